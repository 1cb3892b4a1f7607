"""Columns that say which person a row belongs to, or when it was taken."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...variables import rows_text
from .errors import missing_key, no_key


def arrow_of(raw: Any) -> Any:
    """A raw column of any origin as one Arrow array."""
    import narwhals as nw
    import pyarrow as pa

    if isinstance(raw, pa.ChunkedArray):
        return raw.combine_chunks() if raw.num_chunks != 1 else raw.chunk(0)
    if isinstance(raw, pa.Array):
        return raw
    series = nw.from_native(raw, series_only=True, pass_through=True)
    if isinstance(series, nw.Series):
        found = series.to_arrow()
        return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
    values = (
        raw.tolist() if callable(getattr(raw, "tolist", None)) and not isinstance(raw, np.ndarray) else raw
    )
    return pa.array(values, from_pandas=True)


def key_of(raw: Any, column: str, source: str, what: str) -> np.ndarray:
    """Who or when each row is of, as whole numbers or text ``(rows,)``.

    Args:
        raw: The column.
        column: Its name, for diagnostics.
        source: Where it stands.
        what: What it says, such as "which person a row belongs to".

    Raises:
        DofxError: E0513 for rows where it is missing, and for values that are neither whole numbers nor text.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    array = arrow_of(raw)
    if pa.types.is_dictionary(array.type):
        array = pc.cast(array, array.type.value_type)
    if array.null_count:
        holes = np.flatnonzero(array.is_null().to_numpy(zero_copy_only=False))
        raise missing_key(column, source, rows_text(holes.tolist()), what)
    kind = array.type
    if pa.types.is_floating(kind):
        numbers = array.to_numpy(zero_copy_only=False)
        if not np.array_equal(numbers, np.floor(numbers)):
            raise no_key(column, source)
        return np.asarray(numbers, np.int64)
    if pa.types.is_integer(kind):
        return np.asarray(array.to_numpy(zero_copy_only=False), np.int64)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return np.array(array.to_pylist(), dtype=np.str_)
    raise no_key(column, source)
