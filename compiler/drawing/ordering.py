"""The order within the columns of a drawing, so that few edges cross.

The columns are passed from left to right and back. Each is sorted by where the neighbours of its boxes stand on average
in the column just passed::

    a ─╮ ╭─ x           b ──── x
        ╳        ──▶
    b ─╯ ╰─ y           a ──── y
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from itertools import pairwise

from .chains import Chains, Pulls, mean

_SWEEPS = 12
"""How often the columns are passed."""


def ordered(chains: Chains) -> list[list[int]]:
    """The boxes and stand-ins of each column, from top to bottom: of all orders met, one with the fewest crossings."""
    columns = chains.unordered()
    best, fewest = [list(column) for column in columns], _crossings(columns, chains.behind)
    place = {v: row for column in columns for row, v in enumerate(column)}
    for sweep in range(_SWEEPS):
        passed, near = (columns[::-1], chains.behind) if sweep % 2 else (columns, chains.before)
        for column in passed:
            column.sort(key=_wishes(column, (near, chains.beside), place).__getitem__)
            place |= {v: row for row, v in enumerate(column)}
        crossings = _crossings(columns, chains.behind)
        if crossings < fewest:
            best, fewest = [list(column) for column in columns], crossings
    return best


def _wishes(
    column: Sequence[int], neighbours: Sequence[Mapping[int, Pulls]], place: Mapping[int, int]
) -> dict[int, float]:
    """The mean place of the neighbours of each box of a column."""
    return {
        v: mean([(float(place[w]), pull) for near in neighbours for w, pull in near.get(v, ())], place[v])
        for v in column
    }


def _crossings(columns: Sequence[Sequence[int]], behind: Mapping[int, Pulls]) -> int:
    """How often edges between neighbouring columns cross."""
    total = 0
    for column, next_column in pairwise(columns):
        place = {w: row for row, w in enumerate(next_column)}
        above: list[int] = []  # where the edges end that start above, sorted
        for v in column:
            ends = [place[w] for w, _ in behind.get(v, ())]
            total += sum(len(above) - bisect_right(above, end) for end in ends)
            for end in ends:
                insort(above, end)
    return total
