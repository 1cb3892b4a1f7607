"""Raw values of any origin as one of two plain things: a numeric array, or labels with their codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set, Sized
from dataclasses import dataclass
from math import isfinite
from typing import Any, TypeAlias

import numpy as np
import torch

from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.syntax.program import Value
from .containers import DEEPEST, from_tensor, has_array, is_container, settle
from .errors import (
    beyond_64_bits,
    codes_without_labels,
    damaged,
    missing_values,
    mixed_kinds,
    nested_lists,
    no_unicode,
    strange,
    too_large_a_number,
    unequal_lists,
)
from .guards import foreign, require_states
from .wrapped import TENSORS, extension, unwrapped

_SCALARS = (str, bool, int, float, complex, np.generic)
_LARGEST_INTEGER = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Labels:
    """A column of labels, factorised: row i holds ``states[codes[i]]``.

    Args:
        states: The distinct values in order of appearance, or a categorical column's own categories.
        codes: int64 array ``(rows,)``.
        ordered: Whether the order of `states` carries meaning.
    """

    states: tuple[Value, ...]
    codes: np.ndarray
    ordered: bool = False

    def __post_init__(self) -> None:
        require_states(self.states, "E0404")

    @property
    def ndim(self) -> int:
        """One: labels are a column, as NumPy's `ndim` sees it."""
        return 1


Column: TypeAlias = np.ndarray | Labels


def as_column(values: Any, what: str, help: Sequence[str] = ()) -> Column:
    """Rows of any origin as a numeric array ``(rows, *event)`` or as `Labels`, with nothing missing.

    Args:
        values: A scalar, list, NumPy array, tensor, pyarrow array, or pandas, polars or narwhals series. A
            column is returned as it is.
        what: How to name it in a diagnostic, such as "column `age`".
        help: What to do about missing values.

    Raises:
        DofxError: E0404 for values of mixed or strange kinds, E0405 for missing or non-finite ones.
    """
    if isinstance(values, Labels):
        return values
    with foreign(what):
        column = _read(values, what, help)
    if isinstance(column, np.ndarray) and column.dtype == np.uint64 and (column > _LARGEST_INTEGER).any():
        raise beyond_64_bits(what, _LARGEST_INTEGER)
    return column


def is_single(values: Any, what: str) -> bool:
    """Whether values are one value rather than rows of them.

    >>> is_single(1.5, "the value"), is_single([1.5], "the value"), is_single(np.array(1.5), "the value")
    (True, False, True)
    """
    if isinstance(values, _SCALARS):
        return True
    with foreign(what):
        axes = getattr(values, "ndim", None)
        if isinstance(axes, int):
            return axes == 0
        return not isinstance(values, Sized) or type(values).__name__.endswith(
            "Scalar"
        )  # pyarrow's have a length


def _read(values: Any, what: str, help: Sequence[str]) -> Column:
    """The column, by way of what may raise anything: every container is settled before a library in C sees it."""
    if isinstance(values, torch.Tensor):
        values = from_tensor(values, what)
    if isinstance(values, Mapping | Set | bytes | bytearray):
        raise strange(type(values).__name__, what)
    if isinstance(values, np.ma.MaskedArray):
        _refuse_missing(np.ma.getmaskarray(values), what, help)
        values = values.data
    if isinstance(values, np.generic):
        values = np.asarray(values)
    if isinstance(values, _SCALARS) or values is None:
        values = [values]
    if not isinstance(values, np.ndarray) and not is_container(values):
        values = _from_series(values, what)
    if is_container(values):
        values = settle(values, what)
        if any(isinstance(cell, list | np.ndarray) for cell in values):
            values = _nested(values)
    if isinstance(values, np.ndarray) and values.dtype.kind in "biuf":
        _refuse_missing(~np.isfinite(values), what, help) if values.dtype.kind == "f" else None
        return _plain(values)
    if isinstance(values, np.ndarray) and values.ndim == 0:
        values = values.reshape(1)
    return _from_arrow(_to_arrow(values, what), what, help)


def _nested(cells: list[Any]) -> Any:
    """Settled lists within lists as one array, or as they are if their lengths differ."""
    try:
        return np.asarray(cells)
    except ValueError:
        return cells


def factorise(column: np.ndarray) -> Labels:
    """The distinct values of a flat numeric column as labels, in order of appearance.

    >>> factorise(np.array([3, 1, 3])).states
    (3, 1)
    """
    import pyarrow as pa

    if column.dtype.kind == "f":  # there is no -0.0, and Arrow before 17 does not distinguish halves
        column = column.astype(np.float32 if column.dtype == np.float16 else column.dtype) + 0.0
    encoded = pa.array(column).dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return Labels(tuple(encoded.dictionary.to_pylist()), codes)


def _plain(array: np.ndarray) -> np.ndarray:
    """The array as torch takes it: of the machine's own byte order, without steps back, of 64 bits at most."""
    wide = array.dtype.kind == "f" and array.dtype.itemsize > 8
    dtype = np.dtype(np.float64) if wide else array.dtype.newbyteorder("=")
    return np.asarray(array, dtype, order="C")


def _from_series(values: Any, what: str) -> Any:
    """An Arrow array from any kind of series, an array from any other object that has one."""
    import narwhals as nw

    if type(values).__module__.split(".")[0] == "pyarrow":
        return values
    series = nw.from_native(values, series_only=True, pass_through=True)
    if not isinstance(series, nw.Series):
        return np.asarray(values) if has_array(values) else [values]
    native = _intervals_as_text(series.to_native())
    if str(getattr(native, "dtype", "")).lower() == "object":
        return series.to_list()
    categories = getattr(getattr(native, "cat", None), "categories", None)
    if categories is not None and str(getattr(categories, "dtype", "")) == "object":
        settle(categories.tolist(), what)
    try:
        return _ordered(nw.from_native(native, series_only=True))
    except Exception:  # what its own library cannot convert may still be a list of plain values
        return series.to_list()


def _ordered(series: Any) -> Any:
    """A series in Arrow. The categories of an enum are in order, which the oldest polars does not hand on."""
    import narwhals as nw
    import pyarrow as pa

    array = series.to_arrow()
    if isinstance(series.dtype, nw.Enum) and pa.types.is_dictionary(array.type) and not array.type.ordered:
        whole = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
        return pa.DictionaryArray.from_arrays(whole.indices, whole.dictionary, ordered=True)
    return array


def _intervals_as_text(series: Any) -> Any:
    """A pandas series that was cut into intervals, as `pandas.cut` does, with their text; any other as it is."""
    categories = getattr(getattr(series, "cat", None), "categories", None)
    if str(getattr(categories, "dtype", "")).startswith("interval"):
        return series.cat.rename_categories(str)
    return series


def _to_arrow(values: Any, what: str) -> Any:
    import pyarrow as pa

    if isinstance(values, pa.ChunkedArray | pa.Array):
        try:
            values.validate(full=True)  # Arrow trusts its buffers: damaged ones end the interpreter
        except pa.ArrowException as error:
            raise damaged(what, str(error).splitlines()[0]) from None
        return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    if isinstance(values, pa.Scalar):
        return pa.repeat(values, 1)
    try:
        return pa.array(values, from_pandas=True)
    except OverflowError:
        raise too_large_a_number(what) from None
    except UnicodeEncodeError as error:
        raise no_unicode(what, error.object[error.start]) from None
    except Exception:
        flat = values.reshape(-1).tolist() if isinstance(values, np.ndarray) else values
        kinds = list(dict.fromkeys(type(v).__name__ for v in flat))
        _refuse_surrogates(flat, what)
        if len(kinds) == 1:
            raise strange(kinds[0], what) from None
        raise mixed_kinds(what, kinds) from None


def _refuse_surrogates(values: Iterable[Any], what: str) -> None:
    """Refuse texts that cannot be written, as those decoded with ``errors="surrogateescape"``.

    Raises:
        DofxError: E0407.
    """
    for value in values:
        try:
            value.encode() if isinstance(value, str) else None
        except UnicodeEncodeError as error:
            raise no_unicode(what, value[error.start]) from None


def _from_arrow(array: Any, what: str, help: Sequence[str]) -> Column:
    import pyarrow as pa
    import pyarrow.compute as pc

    array = unwrapped(array)
    if pa.types.is_null(array.type) or array.null_count:
        _refuse_missing(array.is_null().to_numpy(zero_copy_only=False), what, help)
    kind = array.type
    if pa.types.is_null(kind):
        return np.empty(0)
    if pa.types.is_dictionary(kind):
        return _from_dictionary(array, what, help)
    if is_text(kind):
        return _from_dictionary(pc.cast(array, pa.large_string()).dictionary_encode(), what, help)
    if pa.types.is_decimal(kind) or pa.types.is_float16(kind):
        array = pc.cast(array, pa.float64())
        kind = array.type
    if extension(kind) == TENSORS:
        return _read(array.to_numpy_ndarray(), what, help)
    if _is_list(kind):
        if _depth(kind) >= DEEPEST:
            raise nested_lists(what, DEEPEST)
        lengths = set(pc.call_function("list_value_length", [array]).to_pylist())
        flat = _from_arrow(array.flatten(), what, help)
        if len(lengths) > 1 or isinstance(flat, Labels):
            raise unequal_lists(what)
        return flat.reshape(len(array), -1, *flat.shape[1:])
    if _is_number(kind):
        numbers: np.ndarray = array.to_numpy(zero_copy_only=False)
        if numbers.dtype.kind == "f":
            _refuse_missing(~np.isfinite(numbers), what, help)
        return numbers
    raise _strange_arrow(kind, what)


def _from_dictionary(array: Any, what: str, help: Sequence[str]) -> Labels:
    """The labels of a dictionary, of which entries may be missing, may recur, and may be meant by no row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    entries, kind = array.dictionary, array.type.value_type
    if pa.types.is_decimal(kind) or pa.types.is_float16(kind):
        entries = pc.cast(entries, pa.float64())
    elif not (is_text(kind) or _is_number(kind)):
        raise _strange_arrow(kind, what)
    states = entries.to_pylist()
    codes = array.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    if codes.size and not 0 <= codes.min() <= codes.max() < len(states):
        raise codes_without_labels(what)
    missing = [state is None or (isinstance(state, float) and not isfinite(state)) for state in states]
    _refuse_missing(np.array(missing, bool)[codes], what, help)
    number: dict[Value, int] = {}
    for state, lacks in zip(states, missing, strict=True):
        if not lacks:
            number.setdefault(state, len(number))
    renumbered = np.array([number.get(state, -1) for state in states], np.int64)
    return Labels(tuple(number), renumbered[codes], ordered=array.type.ordered)


def _is_number(kind: Any) -> bool:
    import pyarrow as pa

    return any(check(kind) for check in (pa.types.is_boolean, pa.types.is_integer, pa.types.is_floating))


def is_text(kind: Any) -> bool:
    """Whether an Arrow type is one of those of text."""
    import pyarrow as pa

    is_text = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return any(check(kind) for check in is_text)


def _strange_arrow(kind: Any, what: str) -> DofxError:
    import pyarrow as pa

    fields = pa.types.is_struct(kind) or pa.types.is_map(kind)
    return strange(str(kind), what, dates=pa.types.is_temporal(kind), fields=fields)


def _depth(kind: Any) -> int:
    """How many lists within one another an Arrow type has; it stops where that is too many."""
    depth = 0
    while depth <= DEEPEST and _is_list(kind):
        depth, kind = depth + 1, kind.value_type
    return depth


def _is_list(kind: Any) -> bool:
    import pyarrow as pa

    return any(
        check(kind) for check in (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    )


def _refuse_missing(missing: np.ndarray, what: str, help: Sequence[str]) -> None:
    rows = list(dict.fromkeys(np.argwhere(np.atleast_1d(missing))[:, 0].tolist()))
    if rows:
        raise missing_values(what, rows, help)
