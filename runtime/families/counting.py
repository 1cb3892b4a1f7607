"""Counting rows by their combination of states, in pieces that stay in a core's cache."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor

PIECE = 1 << 16
"""Rows that are counted at once, unless there are more combinations."""


def combination(columns: Sequence[Tensor], sizes: Sequence[int]) -> Tensor:
    """The number of each row's combination, int64 ``(rows,)``.

    Args:
        columns: State numbers, ``(rows,)`` each; at least one column.
        sizes: The number of states of each column.

    >>> combination([torch.tensor([0, 1]), torch.tensor([2, 1])], (2, 3))
    tensor([2, 4])
    """
    index = columns[0]
    for column, states in zip(columns[1:], sizes[1:], strict=True):
        index = index * states + column
    return index


def joint_counts(columns: Sequence[Tensor], sizes: Sequence[int], weights: Tensor | None = None) -> Tensor:
    """The number of rows of each combination of states, int64 ``(combinations,)``; their weight in float64, if given.

    Args:
        columns: As for `combination`.
        sizes: Likewise.
        weights: How much each row counts, ``(rows,)``.

    >>> joint_counts([torch.tensor([0, 1, 1]), torch.tensor([1, 0, 0])], (2, 2))
    tensor([0, 1, 2, 0])
    >>> joint_counts([torch.tensor([0, 1, 1])], (2,), torch.tensor([1.0, 0.5, 1.5]))
    tensor([1., 2.], dtype=torch.float64)
    """
    cells, rows = prod(sizes), len(columns[0])
    piece = max(PIECE, 4 * cells)
    kind = torch.int64 if weights is None else torch.float64
    counts = torch.zeros(cells, dtype=kind, device=columns[0].device)
    for first in range(0, rows, piece):
        part = [column[first : first + piece] for column in columns]
        counted = None if weights is None else weights[first : first + piece].double()
        counts += torch.bincount(combination(part, sizes), counted, minlength=cells)
    return counts
