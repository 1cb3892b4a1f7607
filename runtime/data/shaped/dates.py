"""Dates as numbers: how many units lie between a start and each of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np

from ....grammar.dates import start_of, unit_of
from ....grammar.syntax.query import Value
from .errors import no_date, numbers_for_dates

_MICROSECONDS = 1_000_000


def counted(array: Any, unit: str, column: str, codes: Sequence[Value] = ()) -> Any:
    """Dates in units since a start, as float64 in Arrow; what is missing stays so.

    Args:
        array: An Arrow array of dates, of times, or of text in the form of ISO 8601: ``2000-01-31``,
            ``2000-01-31 14:30``. A time without a zone is in UTC.
        unit: Such as ``years`` or ``days since 2000-01-31``.
        column: The column, for diagnostics.
        codes: Values that stand for a hole.

    Raises:
        DofxError: E0514 for text that is no date, and for numbers.

    >>> import pyarrow as pa
    >>> counted(pa.array(["1970-01-11", None, "1970-01-01 12:00"]), "days", "born").to_pylist()
    [10.0, None, 0.5]
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    found = unit_of(unit)
    assert found is not None, "units are checked where they are declared"
    seconds, start = found
    kind = array.type
    if pa.types.is_dictionary(kind):
        array = pc.cast(array, kind.value_type)
        kind = array.type
    if pa.types.is_null(kind):
        return pc.cast(array, pa.float64())
    if pa.types.is_temporal(kind) and not pa.types.is_time(kind) and not pa.types.is_duration(kind):
        instants = pc.cast(
            pc.cast(array, pa.timestamp("us")) if pa.types.is_date(kind) else array,
            pa.timestamp("us", tz=getattr(kind, "tz", None)),
            safe=False,
        )
        micros = pc.cast(instants, pa.int64())
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        micros = _read(array.to_pylist(), column, {code for code in codes if isinstance(code, str)})
    else:
        raise numbers_for_dates(column)
    first = _micros(start)
    whole = np.array(pc.fill_null(micros, 0).to_numpy(zero_copy_only=False), np.int64)
    units = (whole - first) / (seconds * _MICROSECONDS)
    mask = np.asarray(micros.is_null().to_numpy(zero_copy_only=False), bool)
    return pa.array(units, mask=mask)


def _read(texts: Sequence[str | None], column: str, codes: set[str]) -> Any:
    """The microseconds of each text."""
    import pyarrow as pa

    known: dict[str, int | None] = dict.fromkeys(codes)
    wrong: list[int] = []
    found: list[int | None] = []
    for row, text in enumerate(texts):
        if text is None or not text.strip():
            found.append(None)
            continue
        if text not in known:
            instant = start_of(text)
            if instant is None:
                wrong.append(row)
            known[text] = None if instant is None else _micros(instant)
        elif known[text] is None and text not in codes:
            wrong.append(row)
        found.append(known[text])
    if wrong:
        raise no_date(column, repr(texts[wrong[0]]), wrong[0], len(wrong))
    return pa.array(found, pa.int64())


def _micros(instant: datetime) -> int:
    """Microseconds since the beginning of 1970, exactly."""
    delta = instant - datetime(1970, 1, 1, tzinfo=instant.tzinfo)
    offset = instant.utcoffset()
    micros = (delta.days * 86_400 + delta.seconds) * _MICROSECONDS + delta.microseconds
    return micros - (0 if offset is None else round(offset.total_seconds() * _MICROSECONDS))
