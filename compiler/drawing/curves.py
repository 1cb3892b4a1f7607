"""Curves between the boxes of a drawing, as geometry; `routing` chooses among them.

Points are complex numbers, with the real part to the right and the imaginary part downward. A curve is a tuple of cubic
Bézier segments: where each starts, two points that pull it, where it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

Segment: TypeAlias = tuple[complex, complex, complex, complex]
Curve: TypeAlias = tuple[Segment, ...]

_HALVINGS = 24
"""How exactly the border of a box is met."""


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
        across = abs(offset.real) - self.width / 2 + self.radius  # beyond where the round corners start
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
            return (split(segment, _exit(segment, box, gap))[1], *curve[i + 1 :])
    return curve


def _exit(segment: Segment, box: Box, gap: float) -> float:
    """Where a segment has left a box by a gap, between 0 and 1, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        inside = box.distance(point_at(segment, middle)) <= gap
        low, high = (middle, high) if inside else (low, middle)
    return high


def between(curve: Curve, start: Box, end: Box, gaps: tuple[float, float]) -> Curve:
    """The part of a curve outside the two boxes that it joins."""
    return backwards(leaving(backwards(leaving(curve, start, gaps[0])), end, gaps[1]))


def extent(curve: Curve) -> list[complex]:
    """Points that show how far a curve reaches."""
    return [point_at(segment, i / 8) for segment in curve for i in range(9)]
