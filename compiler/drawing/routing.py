"""Which curve joins two boxes: one that touches no other box and runs along no other curve.

The drawing is a grid of small cells, each of which knows the boxes and the curves in it. For every new curve a handful
of candidates are tried, from the plainest on::

      ╭───────╮
      │  ╭─╮  ▼         a straight line is best; it would cross the box in the middle,
    (a)──│m│─▶(b)       so an arc is taken, and its cells are marked
         ╰─╯

A candidate costs what its shape costs, and more for each box and each curve in its way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

from .curves import Box, Curve, along, arc, between, line, point_at, through

Cell: TypeAlias = tuple[int, int]
Candidate: TypeAlias = tuple[float, Curve]
"""A curve, and what its shape costs."""

_CELL = 7.0
"""The side of a cell."""

_MARGIN = 4.0
"""How far around a box its cells reach."""

_GAP = 2.0
"""The room between a box and the end of a curve."""

_PATIENCE = 50_000
"""How many cells a router looks at. After that, it takes the first candidate for every curve."""

_THROUGH_A_BOX = 80.0
"""The cost of each cell of another box that a curve passes."""

_CROSSING, _ALONG, _MOST_ALONG, _CELLS_OF_A_CROSSING = 3.0, 7.0, 60.0, 3
"""The cost of crossing a curve, of each further cell that it is followed, and of following it at most; and how many
cells two curves share that just cross."""

_BENDS = (0.1, 0.18, 0.28, 0.42, 0.65, 0.9)
"""The arcs that are tried: how far each bulges, by its length."""

_BULGES = (30.0, 48.0, 70.0, 95.0)
"""The same in units of the drawing, for long curves that would bulge too far."""

_IDEAL_BEND = 0.28
"""Of a link."""

_MOST_BEND = 0.42
"""Of an arrow."""


@dataclass(slots=True)
class Router:
    """Finds a way for each new curve; a grid records which places of the drawing are taken."""

    boxes: Sequence[Box]
    taken: dict[Cell, set[int]] = field(default_factory=dict)
    """The boxes in each cell."""
    used: dict[Cell, list[int]] = field(default_factory=dict)
    """The curves in each cell, by their number."""
    curves: int = 0
    patience: int = _PATIENCE

    def __post_init__(self) -> None:
        for number, box in enumerate(self.boxes):
            half = complex(box.width / 2 + _MARGIN, box.height / 2 + _MARGIN)
            left, top = _cell(box.centre - half)
            right, bottom = _cell(box.centre + half)
            for x in range(left, right + 1):
                for y in range(top, bottom + 1):
                    self.taken.setdefault((x, y), set()).add(number)

    def join(self, start: int, end: int, lanes: Sequence[complex], bent: bool) -> Curve:
        """The best curve between two boxes, from border to border, and mark it as taken.

        Args:
            start: The box it starts from.
            end: The box it points to.
            lanes: Points where it has room to pass.
            bent: Whether it should be an arc even where a straight line is free.
        """
        first, last = self.boxes[start], self.boxes[end]
        candidates = list(_candidates(first.centre, last.centre, list(lanes), bent))
        plainest = sorted(candidates, key=_shape)
        best, least = (candidates[1] if lanes else plainest[0])[1], float("inf")
        for shape, candidate in plainest:
            if shape >= least or self.patience <= 0:
                break
            cost = self._cost(candidate, {start, end}, shape, least)
            if cost < least:
                best, least = candidate, cost
        best = between(best, first, last, (_GAP, _GAP))
        for cell in self._cells(best):
            self.used.setdefault(cell, []).append(self.curves)
        self.curves += 1
        return best

    def _cost(self, curve: Curve, own: set[int], cost: float, most: float) -> float:
        """The cost of a curve: boxes in its way, curves that it crosses, and above all curves that it runs along.

        Args:
            curve: The curve.
            own: The boxes that it joins.
            cost: What its shape costs.
            most: A cost from which on it is not looked at any further.
        """
        shared: Counter[int] = Counter()  # cells with each other curve
        for cell in self._cells(curve):
            self.patience -= 1
            if cell in self.taken:
                cost += _THROUGH_A_BOX * len(self.taken[cell] - own)
                if cost >= most:
                    return cost
            shared.update(self.used.get(cell, ()))
        return cost + sum(_cost_of_meeting(cells) for cells in shared.values())

    @staticmethod
    def _cells(curve: Curve) -> Iterator[Cell]:
        """The cells that a curve passes, in order, each at most once in a row."""
        last = None
        for segment in curve:
            a, b, c, d = segment
            steps = int((abs(b - a) + abs(c - b) + abs(d - c)) / _CELL) + 1
            for i in range(steps + 1):
                cell = _cell(point_at(segment, i / steps))
                if cell != last:
                    yield cell
                    last = cell


def _cell(point: complex) -> Cell:
    return int(point.real // _CELL), int(point.imag // _CELL)


def _shape(candidate: Candidate) -> float:
    return candidate[0]


def _cost_of_meeting(cells: int) -> float:
    """The cost of sharing some cells with another curve."""
    return _CROSSING + min(_ALONG * max(0, cells - _CELLS_OF_A_CROSSING), _MOST_ALONG)


def _candidates(start: complex, end: complex, lanes: list[complex], bent: bool) -> Iterator[Candidate]:
    """Curves to try: a straight line, ways through the lanes, an S, and arcs to both sides."""
    yield 12.0 * bent, line(start, end)
    if lanes:
        yield from _through_lanes(start, end, lanes)
    step = (end - start).real / 2
    if step:
        yield 9.0 + abs((end - start).imag) / 40, ((start, start + step, end - step, end),)
    yield from _arcs(start, end, bent)


def _through_lanes(start: complex, end: complex, lanes: list[complex]) -> Iterator[Candidate]:
    """A smooth curve through the middles of the lanes, and one that runs level along each."""
    middles = [(a + b) / 2 for a, b in zip(lanes[::2], lanes[1::2], strict=True)]
    turns = sum(abs(b.imag - a.imag) for a, b in pairwise(middles))
    length = sum(abs(b - a) for a, b in pairwise([start, *middles, end]))
    detour = (length - abs(end - start) + turns) / 8
    yield detour + 4.0, through([start, *middles, end])
    yield detour + 8.0, along(start, lanes, end)


def _arcs(start: complex, end: complex, bent: bool) -> Iterator[Candidate]:
    """Arcs of every bend, to both sides; upward is a little better than downward."""
    chord = abs(end - start)
    bends = [*_BENDS, *(bulge / chord for bulge in _BULGES if bulge / chord < _BENDS[0])]
    for bend in bends if bent else [bend for bend in bends if bend <= _MOST_BEND]:
        detour = chord * bend * bend * 8 / 3 / 8
        shape = detour + (10 * abs(bend - _IDEAL_BEND) if bent else 3 + 12 * bend)
        for side in (1, -1):
            downward = (side > 0) == (end.real > start.real)
            yield shape + 0.5 * downward, arc(start, end, side * bend)
