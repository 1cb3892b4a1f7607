"""Curves between the boxes of a drawing: chosen so as to touch no other box and to run along no other curve.

Points are complex numbers; a curve is a tuple of cubic Bézier segments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

Segment: TypeAlias = tuple[complex, complex, complex, complex]
Curve: TypeAlias = tuple[Segment, ...]

_CELL = 7.0
_PATIENCE = 50_000
"""How many cells a router looks at. After that, it takes the first candidate for every curve."""
_GAP = 2.0
_BENDS = (0.1, 0.18, 0.28, 0.42, 0.65, 0.9)
_IDEAL_BEND, _MOST_BEND = 0.28, 0.42  # for a link, for an arrow
_BULGES = (30.0, 48.0, 70.0, 95.0)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with round corners."""

    centre: complex
    width: float
    height: float
    radius: float

    def distance(self, point: complex) -> float:
        """How far a point is outside the border, negative inside."""
        offset = point - self.centre
        across = abs(offset.real) - self.width / 2 + self.radius
        down = abs(offset.imag) - self.height / 2 + self.radius
        return abs(complex(max(across, 0.0), max(down, 0.0))) + min(max(across, down), 0.0) - self.radius


def line(start: complex, end: complex) -> Curve:
    """A straight line."""
    third = (end - start) / 3
    return ((start, start + third, end - third, end),)


def arc(start: complex, end: complex, bend: float) -> Curve:
    """A curve that bulges to one side, by a fraction of its length."""
    along = end - start
    aside = along * 1j * bend * 4 / 3
    return ((start, start + along / 4 + aside, end - along / 4 + aside, end),)


def through(points: list[complex]) -> Curve:
    """A smooth curve through points, in the manner of Catmull and Rom."""
    slopes = [c - a for a, c in zip(points, points[2:], strict=False)]
    slopes = [points[1] - points[0], *slopes, points[-1] - points[-2]]
    segments = []
    for (a, b), (out, into) in zip(pairwise(points), pairwise(slopes), strict=True):
        reach = abs(b - a) / 3
        segments.append((a, a + out / abs(out) * reach, b - into / abs(into) * reach, b))
    return tuple(segments)


def along(start: complex, lanes: list[complex], end: complex) -> Curve:
    """A curve that runs level between each pair of points, its lanes, and swings from one to the next."""
    points = [start, *lanes, end]
    segments = []
    for i, (a, b) in enumerate(pairwise(points)):
        reach = (b.real - a.real) / 2
        out = a + (b - a) / 3 if i == 0 else a + reach
        into = b - (b - a) / 3 if i == len(points) - 2 else b - reach
        segments.append((a, out, into, b))
    return tuple(segments)


def point_at(segment: Segment, t: float) -> complex:
    """The point of a segment at ``t`` between 0 and 1."""
    a, b, c, d = segment
    s = 1 - t
    return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d


def split(segment: Segment, t: float) -> tuple[Segment, Segment]:
    """The two parts of a segment, by de Casteljau's construction."""
    a, b, c, d = segment
    ab, bc, cd = a + (b - a) * t, b + (c - b) * t, c + (d - c) * t
    abc, bcd = ab + (bc - ab) * t, bc + (cd - bc) * t
    middle = abc + (bcd - abc) * t
    return (a, ab, abc, middle), (middle, bcd, cd, d)


def backwards(curve: Curve) -> Curve:
    """The same curve from end to start."""
    return tuple((d, c, b, a) for a, b, c, d in reversed(curve))


def leaving(curve: Curve, box: Box, gap: float) -> Curve:
    """The part of a curve from where it has left a box by a gap."""
    for i, segment in enumerate(curve):
        if box.distance(segment[3]) > gap:
            low, high = 0.0, 1.0
            for _ in range(24):
                middle = (low + high) / 2
                inside = box.distance(point_at(segment, middle)) <= gap
                low, high = (middle, high) if inside else (low, middle)
            return (split(segment, high)[1], *curve[i + 1 :])
    return curve


def between(curve: Curve, start: Box, end: Box, gaps: tuple[float, float]) -> Curve:
    """The part of a curve outside the two boxes that it joins."""
    return backwards(leaving(backwards(leaving(curve, start, gaps[0])), end, gaps[1]))


@dataclass(slots=True)
class Router:
    """Finds a way for each new curve; a grid records which places of the drawing are taken."""

    boxes: Sequence[Box]
    taken: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    used: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    curves: int = 0
    patience: int = _PATIENCE

    def __post_init__(self) -> None:
        for i, box in enumerate(self.boxes):
            half = complex(box.width / 2 + 4, box.height / 2 + 4)
            left, top = _cell(box.centre - half)
            right, bottom = _cell(box.centre + half)
            for x in range(left, right + 1):
                for y in range(top, bottom + 1):
                    self.taken.setdefault((x, y), set()).add(i)

    def join(self, start: int, end: int, lanes: Sequence[complex], bent: bool) -> Curve:
        """The best curve between two boxes, from border to border, and mark it as taken.

        Args:
            start: The box it starts from.
            end: The box it points to.
            lanes: Points where it has room to pass.
            bent: Whether it should be an arc even where a straight line is free.
        """
        a, b = self.boxes[start], self.boxes[end]
        candidates = list(_candidates(a.centre, b.centre, list(lanes), bent))
        best, least = (candidates[1] if lanes else min(candidates, key=lambda pair: pair[0]))[1], float("inf")
        for taste, candidate in sorted(candidates, key=lambda pair: pair[0]):
            if taste >= least or self.patience <= 0:
                break
            cost = self._cost(candidate, {start, end}, taste, least)
            if cost < least:
                best, least = candidate, cost
        best = between(best, a, b, (_GAP, _GAP))
        for cell in self._cells(best):
            self.used.setdefault(cell, []).append(self.curves)
        self.curves += 1
        return best

    def _cost(self, curve: Curve, own: set[int], cost: float, most: float) -> float:
        """The cost of a curve: boxes in its way, curves that it crosses, and above all curves that it runs along."""
        met: dict[int, int] = {}
        for cell in self._cells(curve):
            self.patience -= 1
            if cell in self.taken:
                cost += 80.0 * len(self.taken[cell] - own)
                if cost >= most:
                    return cost
            for other in self.used.get(cell, ()):
                met[other] = met.get(other, 0) + 1
        return cost + sum(3.0 + min(7.0 * max(0, cells - 3), 60.0) for cells in met.values())

    @staticmethod
    def _cells(curve: Curve) -> Iterator[tuple[int, int]]:
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


def _cell(point: complex) -> tuple[int, int]:
    return int(point.real // _CELL), int(point.imag // _CELL)


def _candidates(
    start: complex, end: complex, lanes: list[complex], bent: bool
) -> Iterator[tuple[float, Curve]]:
    """Curves to try, each with a cost for its shape."""
    yield 12.0 * bent, line(start, end)
    if lanes:
        middles = [(a + b) / 2 for a, b in zip(lanes[::2], lanes[1::2], strict=True)]
        points = [start, *middles, end]
        turns = sum(abs(b.imag - a.imag) for a, b in pairwise(middles))
        detour = (sum(abs(b - a) for a, b in pairwise(points)) - abs(end - start) + turns) / 8
        yield detour + 4.0, through(points)
        yield detour + 8.0, along(start, lanes, end)
    chord, step = abs(end - start), (end - start).real / 2
    if step:
        yield 9.0 + abs((end - start).imag) / 40, ((start, start + step, end - step, end),)
    bends = [*_BENDS, *(bulge / chord for bulge in _BULGES if bulge / chord < _BENDS[0])]
    for bend in bends if bent else [bend for bend in bends if bend <= _MOST_BEND]:
        detour = chord * bend * bend * 8 / 3 / 8
        taste = detour + (10 * abs(bend - _IDEAL_BEND) if bent else 3 + 12 * bend)
        for side in (1, -1):
            downward = (side > 0) == (end.real > start.real)
            yield taste + 0.5 * downward, arc(start, end, side * bend)


def extent(curve: Curve) -> list[complex]:
    """Points that show how far a curve reaches."""
    return [point_at(segment, i / 8) for segment in curve for i in range(9)]
