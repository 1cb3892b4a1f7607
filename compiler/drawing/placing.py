"""Where the boxes of ordered columns go: level with their neighbours, as far as they keep apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .chains import ARROW, Chains, Pulls, mean

COLUMN_GAP, ROW_GAP = 62.0, 30.0
"""The room between columns, and between the boxes of one."""

_SWEEPS = 12
"""How often the columns are passed in each of the four ways."""

_STEEPEST = 600.0
"""The mean climb of arrows beyond which the room between two columns does not grow."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the boxes and stand-ins of one part go, in the units of their sizes.

    Args:
        chains: The part.
        across: The middle of each column.
        widths: The width of each column.
        down: The middle of each box and stand-in.
    """

    chains: Chains
    across: tuple[float, ...]
    widths: tuple[float, ...]
    down: Mapping[int, float]

    @classmethod
    def of(cls, chains: Chains, columns: Sequence[Sequence[int]]) -> Places:
        """Places for the boxes of ordered columns."""
        down = _heights(chains, columns)
        across, widths = [], []
        edge = 0.0
        for column in columns:
            width = max((chains.sizes[v][0] for v in column if chains.is_box(v)), default=0.0)
            across.append(edge + width / 2)
            widths.append(width)
            edge += width + COLUMN_GAP + min(_climb(column, chains.behind, down), _STEEPEST) / 4
        return cls(chains, tuple(across), tuple(widths), down)

    @property
    def top(self) -> float:
        """The upper border of the highest."""
        return min(y - self.chains.height(v) / 2 for v, y in self.down.items())

    @property
    def bottom(self) -> float:
        """The lower border of the lowest."""
        return max(y + self.chains.height(v) / 2 for v, y in self.down.items())

    def at(self, v: int) -> complex:
        """The middle of a box."""
        return complex(self.across[self.chains.column[v]], self.down[v])

    def lane(self, edge: tuple[int, int]) -> Iterator[complex]:
        """Both ends of each stand-in of a long edge, in the order in which the edge passes them."""
        column = self.chains.column
        backwards = column[edge[0]] > column[edge[1]]
        for v in self.chains.lanes[edge]:
            half = self.widths[column[v]] / 2
            ends = [complex(self.across[column[v]] + side, self.down[v]) for side in (-half, half)]
            yield from reversed(ends) if backwards else ends


def _climb(column: Sequence[int], behind: Mapping[int, Pulls], down: Mapping[int, float]) -> float:
    """How far the arrows that leave a column climb or fall, on average."""
    climbs = [abs(down[v] - down[w]) for v in column for w, pull in behind.get(v, ()) if pull >= ARROW]
    return sum(climbs) / len(climbs) if climbs else 0.0


def _heights(chains: Chains, columns: Sequence[Sequence[int]]) -> dict[int, float]:
    """The middle of each box, found by passing the columns: first with one side fixed, then between both sides."""
    forth, back = columns, columns[::-1]
    both = (chains.before, chains.behind)
    passes = (
        [(forth, both[:1]), (back, both[1:])] * _SWEEPS + [(forth, both)] * _SWEEPS + [(back, both)] * _SWEEPS
    )
    down: dict[int, float] = {}
    for column in columns:
        down |= _apart(chains, column, [0.0] * len(column))
    for passed, sides in passes:
        for column in passed:
            down |= _apart(chains, column, [_level(v, (*sides, chains.beside), down) for v in column])
    return down


def _level(v: int, sides: Sequence[Mapping[int, Pulls]], down: Mapping[int, float]) -> float:
    """The height at which a box is level with its neighbours; if it has arrows, only their ends count."""
    pulls = [(down[w], pull) for side in sides for w, pull in side.get(v, ())]
    return mean([(y, pull) for y, pull in pulls if pull >= ARROW] or pulls, down[v])


def _apart(chains: Chains, column: Sequence[int], wished: Sequence[float]) -> dict[int, float]:
    """The heights nearest to the wished ones that keep the order and the gaps: isotonic regression.

    Without the gaps, what is left is to find heights that never decrease. Where two wishes are in the wrong order,
    both boxes get the weighted mean, and so do their neighbours in turn if the mean is in the wrong order with them.

    References:
        Ayer, Brunk, Ewing, Reid, Silverman (1955), "An empirical distribution function for sampling with incomplete
        information": pooling adjacent violators.
    """
    offsets = _offsets(chains, column)
    pools: list[tuple[float, float, int]] = []  # height without gaps, mass, number of boxes
    for v, wish, offset in zip(column, wished, offsets, strict=True):
        height, mass, count = wish - offset, chains.mass[v], 1
        while pools and pools[-1][0] >= height:
            other, weight, number = pools.pop()
            height = (height * mass + other * weight) / (mass + weight)
            mass, count = mass + weight, count + number
        pools.append((height, mass, count))
    heights = [height for height, _, count in pools for _ in range(count)]
    return {v: height + offset for v, height, offset in zip(column, heights, offsets, strict=True)}


def _offsets(chains: Chains, column: Sequence[int]) -> list[float]:
    """How far the middle of each box of a column is below the first, where all stand as close as may be."""
    found = [0.0]
    for upper, lower in pairwise(column):
        gap = ROW_GAP if chains.is_box(upper) and chains.is_box(lower) else ROW_GAP / 2
        found.append(found[-1] + ((chains.height(lower) + chains.height(upper)) / 2 + gap))
    return found
