"""Raw values of any origin as one of two plain things: a numeric array, or labels with their codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import torch

from ...grammar.diagnostics import DofxError
from ...grammar.syntax import Value
from .faults import fault, rows_text


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
    if isinstance(values, torch.Tensor):
        values = _from_tensor(values, what)
    if isinstance(values, Mapping):
        raise _strange(type(values).__name__, what)
    if isinstance(values, np.ma.MaskedArray):
        _refuse_missing(np.ma.getmaskarray(values), what, help)
        values = values.data
    if isinstance(values, (str, bool, int, float)) or values is None:
        values = [values]
    if not isinstance(values, np.ndarray) and not _is_flat_list(values):
        values = _from_series(values)
    if isinstance(values, np.ndarray) and values.dtype.kind in "biuf":
        _refuse_missing(~np.isfinite(values), what, help) if values.dtype.kind == "f" else None
        return _plain(values)
    return _from_arrow(_to_arrow(values, what), what, help)


def factorise(column: np.ndarray) -> Labels:
    """The distinct values of a flat numeric column as labels, in order of appearance.

    >>> factorise(np.array([3, 1, 3])).states
    (3, 1)
    """
    import pyarrow as pa

    encoded = pa.array(column + 0.0 if column.dtype.kind == "f" else column).dictionary_encode()  # no -0.0
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return Labels(tuple(encoded.dictionary.to_pylist()), codes)


def _from_tensor(tensor: torch.Tensor, what: str) -> np.ndarray:
    """A tensor of any layout as an array; numbers that NumPy lacks, such as bfloat16, as float32."""
    if tensor.is_meta:
        raise fault("E0404", f"{what} is a tensor on the device `meta`, which holds no values")
    if tensor.is_nested:
        raise fault("E0404", f"{what} is a nested tensor, whose rows differ in shape")
    tensor = tensor.detach().cpu()
    tensor = tensor.dequantize() if tensor.is_quantized else tensor
    tensor = tensor if is_dense(tensor) else tensor.to_dense()
    narrow = tensor.is_floating_point() and tensor.element_size() < 4
    array: np.ndarray = (tensor.float() if narrow else tensor.resolve_neg()).numpy()
    return array


def is_dense(tensor: torch.Tensor) -> bool:
    """Whether a tensor holds its values in one plain block of memory."""
    plain = tensor.layout is torch.strided and not tensor.is_quantized
    return plain and not tensor.is_meta and not tensor.is_nested


def _plain(array: np.ndarray) -> np.ndarray:
    """The array as torch takes it: of the machine's own byte order, without steps back, of 64 bits at most."""
    wide = array.dtype.kind == "f" and array.dtype.itemsize > 8
    dtype = np.dtype(np.float64) if wide else array.dtype.newbyteorder("=")
    return np.asarray(array, dtype, order="C")


def _is_flat_list(values: Any) -> bool:
    return isinstance(values, (list, tuple)) and not any(
        hasattr(v, "__len__") and not isinstance(v, str) for v in values
    )


def _from_series(values: Any) -> Any:
    """An Arrow array from any kind of series, an array from nested lists or array-likes."""
    import narwhals as nw
    import pyarrow as pa

    series = nw.from_native(values, series_only=True, pass_through=True)
    if isinstance(series, nw.Series):
        try:
            return nw.from_native(_intervals_as_text(series.to_native()), series_only=True).to_arrow()
        except pa.ArrowException:  # mixed kinds, which the conversion of the list will find again
            return series.to_list()
    if type(values).__module__.startswith("pyarrow"):
        return values
    try:
        return np.asarray(values)
    except ValueError:
        return values


def _intervals_as_text(series: Any) -> Any:
    """A pandas series that was cut into intervals, as `pandas.cut` does, with their text; any other as it is."""
    categories = getattr(getattr(series, "cat", None), "categories", None)
    if str(getattr(categories, "dtype", "")).startswith("interval"):
        return series.cat.rename_categories(str)
    return series


def _to_arrow(values: Any, what: str) -> Any:
    import pyarrow as pa

    if isinstance(values, pa.ChunkedArray):
        return values.combine_chunks()
    if isinstance(values, pa.Array):
        return values
    try:
        return pa.array(values, from_pandas=True)
    except OverflowError:
        raise fault("E0407", f"{what} holds whole numbers of more than 64 bits") from None
    except UnicodeEncodeError as error:
        raise fault("E0407", f"{what} holds text that is no Unicode", (error.reason,)) from None
    except (pa.ArrowException, TypeError, ValueError):
        kinds = list(dict.fromkeys(type(v).__name__ for v in np.ravel(np.asarray(values, dtype=object))))
        if len(kinds) == 1:
            raise _strange(kinds[0], what) from None
        raise fault(
            "E0404",
            f"{what} mixes kinds of values: {', '.join(kinds[:4])}",
            help=("give every row the same kind: all numbers, all strings or all bools",),
        ) from None


def _from_arrow(array: Any, what: str, help: Sequence[str]) -> Column:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_null(array.type) or array.null_count:
        _refuse_missing(array.is_null().to_numpy(zero_copy_only=False), what, help)
    kind = array.type
    if pa.types.is_null(kind):
        return np.empty(0)
    if pa.types.is_dictionary(kind):
        if pa.types.is_nested(kind.value_type) or pa.types.is_temporal(kind.value_type):
            raise _strange(kind.value_type, what)
        states, codes = array.dictionary.to_pylist(), array.indices.to_numpy(zero_copy_only=False)
        return Labels(tuple(states), codes.astype(np.int64), ordered=kind.ordered)
    if _is_text(kind):
        array = pc.cast(array, pa.large_string()).dictionary_encode()
        return _from_arrow(array, what, help)
    if pa.types.is_decimal(kind) or pa.types.is_float16(kind):
        array = pc.cast(array, pa.float64())
        kind = array.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        lengths = set(pc.call_function("list_value_length", [array]).to_pylist())
        flat = _from_arrow(array.flatten(), what, help)
        if len(lengths) > 1 or isinstance(flat, Labels):
            raise fault("E0404", f"{what} holds lists of unequal lengths or of labels")
        return flat.reshape(len(array), -1, *flat.shape[1:])
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        numbers: np.ndarray = array.to_numpy(zero_copy_only=False)
        if numbers.dtype.kind == "f":
            _refuse_missing(~np.isfinite(numbers), what, help)
        return numbers
    raise _strange(kind, what)


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    is_text = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return any(check(kind) for check in is_text)


def _strange(kind: Any, what: str) -> DofxError:
    import pyarrow as pa

    dates = isinstance(kind, pa.DataType) and pa.types.is_temporal(kind)
    hint = "turn dates and times into numbers, such as days since a start" if dates else "turn them into text"
    return fault("E0404", f"{what} holds {kind} values, which have no variable type", help=(hint,))


def _refuse_missing(missing: np.ndarray, what: str, help: Sequence[str]) -> None:
    rows = list(dict.fromkeys(np.argwhere(np.atleast_1d(missing))[:, 0].tolist()))
    if rows:
        count = len(rows)
        noun = "1 missing value" if count == 1 else f"{count:,} missing values"
        raise fault(
            "E0405",
            f"{what} has {noun}",
            notes=(f"missing (null, nan or inf) in {rows_text(rows)}",),
            help=help,
        )
