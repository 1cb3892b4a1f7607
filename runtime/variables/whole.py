"""Columns of whole numbers that lie close together, such as codes: read by counting, not by hashing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...grammar.syntax.program import Value

MOST_APART = 1 << 16
"""Most numbers from the least to the greatest of a column that is counted."""


def whole_states(column: np.ndarray) -> tuple[int, ...] | None:
    """The distinct values of a flat column, ascending; None where it is not of whole numbers close together.

    >>> whole_states(np.array([3, 1, 3])), whole_states(np.array([0.5]))
    ((1, 3), None)
    """
    ends = _ends(column)
    if ends is None:
        return None
    low, counts = ends[0], np.bincount(_from(column, ends[0]))
    return tuple(low + place for place in np.flatnonzero(counts).tolist())


def encode_whole(states: Sequence[Value], column: np.ndarray) -> np.ndarray | None:
    """The number of each row's state, int64 ``(rows,)``; None where a row has none, or the column is another kind.

    >>> encode_whole((1, 2, 3), np.array([3, 1, 3])), encode_whole((1, 2), np.array([3]))
    (array([2, 0, 2]), None)
    """
    ends = _ends(column)
    if ends is None:
        return None
    low, high = ends
    numbers = np.full(high - low + 1, -1)
    for number, state in enumerate(states):
        if not isinstance(state, str) and low <= state <= high and state == int(state):
            numbers[int(state) - low] = number
    rows = _from(column, low)
    if np.array_equal(numbers, np.arange(len(numbers))):
        return rows.copy() if np.shares_memory(rows, column) else rows
    encoded = numbers[rows]
    return None if -1 in numbers and encoded.min() < 0 else encoded


def _ends(column: np.ndarray) -> tuple[int, int] | None:
    """The least and the greatest number of a column that can be counted."""
    if column.ndim != 1 or not len(column) or column.dtype.kind not in "iu":
        return None
    low, high = int(column.min()), int(column.max())
    return (low, high) if high - low < MOST_APART and high < 1 << 63 else None


def _from(column: np.ndarray, low: int) -> np.ndarray:
    """The column less its least number, int64."""
    wide = column.astype(np.int64, copy=False)
    return wide - low if low else wide
