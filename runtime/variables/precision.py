"""Whether float32, in which generators compute, holds a column: its numbers, and the differences between them."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from .errors import out_of_float32, rounded_away

LARGEST, LEAST = 1e30, 1e-30
"""Beyond these, squares and quotients of a flow's splines leave the range of float32."""

MOST_LOST = 0.05
"""Rounding by more than this share of a column's spread changes what is learned of it."""

JITTER = 1e-12
"""Differences below this share of the numbers are rounding of float64, as in a constant that was computed."""

_EXACT = 2.0**62


def require_float32(values: np.ndarray, encoded: Tensor, what: str) -> None:
    """Refuse a column whose distribution rounding to float32 would change.

    Args:
        values: The data's own, ``(rows, *event)``.
        encoded: The same, float32.
        what: How a diagnostic names them.

    Raises:
        DofxError: E0407.

    >>> require_float32(np.array([1.0, 2.0]), Tensor([1.0, 2.0]), "column `t`")
    """
    if values.dtype.itemsize < 4:
        return
    column = values.reshape(len(values), -1)
    if whole := values.dtype.kind in "iu":
        column = column.astype(np.int64)
    least, most = column.min(0).astype(np.float64), column.max(0).astype(np.float64)
    largest, reach = np.maximum(-least, most), most - least
    jitter = 0.0 if whole else JITTER * largest  # whole numbers have not been rounded yet
    if (largest > LARGEST).any() or ((reach < LEAST) & (reach > jitter)).any():
        large = bool((largest > LARGEST).any())
        worst = largest.max() if large else reach[reach > 0].min()
        raise out_of_float32(what, large, worst, LEAST, LARGEST)
    if values.dtype == np.float32:
        return
    error = _error(column, encoded.numpy().reshape(column.shape).astype(np.float64))
    if not error.any():
        return
    start = column.min(0)
    from_start = (column - start).astype(np.float64) if _fits(reach) else column.astype(np.float64) - start
    low, middle, high = np.quantile(from_start, (0.25, 0.5, 0.75), axis=0)
    # Of all rows, and of the half in the middle: a few zeros among times hide nothing.
    for lost, spread in ((error.max(0), from_start.std(0)), (np.median(error, 0), high - low)):
        worse = (lost > MOST_LOST * spread) & (spread > jitter)
        if worse.any():
            place = int(np.flatnonzero(worse)[0])
            raise rounded_away(what, least[place] + middle[place], spread[place], lost[place])


def _error(column: np.ndarray, rounded: np.ndarray) -> np.ndarray:
    """How far each number is from what float32 holds: whole numbers are compared as such, to the last digit."""
    if column.dtype != np.int64 or (np.abs(rounded) >= _EXACT).any():
        return np.asarray(np.abs(column.astype(np.float64) - rounded))
    return np.asarray(np.abs(column - rounded.astype(np.int64)), np.float64)


def _fits(reach: np.ndarray) -> bool:
    """Whether no difference leaves the range of whole numbers of 64 bits."""
    return bool((reach < _EXACT).all())
