"""Columns with holes: which rows show a value, and the values of those rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.syntax.program import Value
from .columns import Column, Labels, as_column
from .containers import from_tensor, is_container
from .guards import foreign
from .wrapped import unwrapped

_MISSING = ("NAType", "NaTType")
"""The types by which pandas says that a cell of a list is empty."""


def shown_rows(values: Any, what: str) -> np.ndarray:
    """Which rows of a raw column hold a value, bool ``(rows,)``: null and nan are holes, infinity is none.

    Args:
        values: What `as_column` reads, but no single value.
        what: How a diagnostic names it.

    >>> shown_rows([1.5, None, float("nan")], "the column").tolist()
    [True, False, False]
    """
    with foreign(what):
        return ~_holes(values, what)


def _holes(values: Any, what: str) -> np.ndarray:
    if isinstance(values, torch.Tensor):
        values = from_tensor(values, what)
    if isinstance(values, np.ma.MaskedArray):
        masked = np.ma.getmaskarray(values)
        return np.asarray(_by_row(masked) | _holes(np.asarray(values.filled(0)), what))
    if isinstance(values, np.ndarray) and not is_container(values):
        nan = np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, bool)
        return _by_row(nan)
    if is_container(values):
        return np.fromiter((_is_hole(cell) for cell in values), bool, len(values))
    return _of_series(values)


def _by_row(cells: np.ndarray) -> np.ndarray:
    """Whether any number of a row is missing."""
    return np.asarray(cells.reshape(len(cells), -1).any(axis=1))


def _is_hole(cell: object) -> bool:
    if cell is None or type(cell).__name__ in _MISSING:
        return True
    if isinstance(cell, float | np.floating):
        return bool(np.isnan(cell))
    if isinstance(cell, np.ndarray) and cell.dtype.kind == "f":
        return bool(np.isnan(cell).any())
    return False


def _of_series(values: Any) -> np.ndarray:
    """The holes of a series or of an Arrow array."""
    import narwhals as nw
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(values, pa.ChunkedArray | pa.Array):
        values = unwrapped(values)
        null = pc.call_function("is_null", [values], pc.NullOptions(nan_is_null=True))
        return np.asarray(
            null.to_numpy(zero_copy_only=False) if isinstance(null, pa.Array) else null.to_numpy()
        )
    series = nw.from_native(values, series_only=True)
    found = series.is_null().to_numpy()
    if series.dtype.is_float():
        found = found | (series.is_nan().fill_null(True)).to_numpy()
    return np.asarray(found, bool)


def taken(values: Any, shown: np.ndarray) -> Any:
    """The rows of a raw column that a mask names, as the same kind of column."""
    if isinstance(values, torch.Tensor):
        return values[torch.from_numpy(shown)]
    if isinstance(values, np.ma.MaskedArray):
        return np.asarray(values[shown].filled(0))
    if isinstance(values, np.ndarray):
        return values[shown]
    if is_container(values):
        return [cell for cell, kept in zip(values, shown, strict=True) if kept]
    import pyarrow as pa

    if isinstance(values, pa.ChunkedArray | pa.Array):
        return unwrapped(values).filter(pa.array(shown))
    import narwhals as nw

    return nw.from_native(values, series_only=True).filter(shown.tolist())


def shown_column(values: Any, what: str, codes: Sequence[Value] = ()) -> tuple[Column, np.ndarray]:
    """The values of the rows that show a column, and which rows these are, bool ``(rows,)``.

    Args:
        values: The raw column.
        what: How a diagnostic names it.
        codes: Values that stand for a hole. Where a code was a word among numbers, the others are numbers again;
            a list may hold both.

    Raises:
        DofxError: As `as_column`, for the rows that show a value.

    >>> column, shown = shown_column([1.5, -99, None], "the column", [-99])
    >>> column, shown.tolist()
    (array([1.5]), [True, False, False])
    >>> shown_column([3, "NA", 4], "the column", ["NA"])[0]
    array([3, 4])
    """
    shown = shown_rows(values, what)
    try:
        column = as_column(values if shown.all() else taken(values, shown), what)
    except DofxError as error:
        if not codes or error.diagnostics[0].code != "E0404":
            raise
        shown &= np.fromiter((not _is_code(cell, codes) for cell in values), bool, len(values))
        column = as_column(taken(values, shown), what)
    if not codes:
        return column, shown
    coded = _coded(column, codes)
    if coded.any():
        shown[np.flatnonzero(shown)[coded]] = False
        column = _without(column, coded)
    return column, shown


def _is_code(cell: object, codes: Sequence[Value]) -> bool:
    """Whether one value of several kinds is a code, as it stands or as text; nothing else is asked for its text."""
    if not isinstance(cell, str | int | float | np.generic):
        return False
    whole = isinstance(cell, int) and abs(cell) >= 1 << 64  # too long a number has no text
    return not whole and str(cell) in map(str, codes)


def _coded(column: Column, codes: Sequence[Value]) -> np.ndarray:
    """Which rows of a column hold a code."""
    if isinstance(column, Labels):
        meant = np.array([state in codes or str(state) in map(str, codes) for state in column.states], bool)
        return meant[column.codes] if len(column.states) else np.zeros(len(column.codes), bool)
    numbers = [code for code in codes if isinstance(code, int | float) and not isinstance(code, bool)]
    if column.ndim > 1 or column.dtype.kind == "b":
        return np.zeros(len(column), bool)
    return np.isin(column, numbers)


def _without(column: Column, coded: np.ndarray) -> Column:
    if not isinstance(column, Labels):
        return np.asarray(column[~coded])
    codes = column.codes[~coded]
    left = sorted(set(codes.tolist()))
    states = [column.states[code] for code in left]
    if states and all(isinstance(state, str) for state in states):
        try:
            numbers = np.array([float(state) for state in states])
        except ValueError:
            numbers = np.empty(0)
        if len(numbers) and np.isfinite(numbers).all():
            return np.asarray(numbers[np.searchsorted(left, codes)])
    return Labels(column.states, codes, column.ordered)
