"""Where the nodes of a graph go when nobody placed them: the layout of dofx's own drawings."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from ..compiler.drawing.canvas import box_size
from ..compiler.drawing.chains import Size
from ..compiler.drawing.layout import layered

Pairs = list[tuple[str, str]]

MOST = 28
"""Characters of a name that the canvas shows, as in `src/studio/looks.js`."""

ROOM = 460.0, 620.0
"""Width and height of a usual canvas, in pixels."""

READABLE = 0.5
"""The smallest scale at which names can be read."""


def places(
    nodes: list[str], directed: Pairs, bidirected: Pairs, room: Sequence[float] = ROOM
) -> dict[str, tuple[float, float]]:
    """The centre of each node, in pixels: causes are left of their effects, or above them if there is no room for that.

    Args:
        nodes: The variables.
        directed: Pairs (cause, effect). Where they form a cycle, the edge that closes it is left out.
        bidirected: Pairs with a common cause.
        room: Width and height of the canvas, in pixels.

    >>> places(["x", "y"], [("x", "y")], [])
    {'x': (20.0, 15.0), 'y': (122.0, 15.0)}
    """
    width, height = room
    edges = tuple(map(tuple, directed)), tuple(map(tuple, bidirected))
    return dict(_placed(tuple(nodes), *edges, (float(width), float(height))))


@lru_cache(maxsize=32)
def _placed(
    nodes: tuple[str, ...],
    directed: tuple[tuple[str, str], ...],
    bidirected: tuple[tuple[str, str], ...],
    room: Size,
) -> tuple[tuple[str, tuple[float, float]], ...]:
    index = {name: i for i, name in enumerate(nodes)}
    arrows = _acyclic([(index[a], index[b]) for a, b in directed], len(nodes))
    links = [(index[a], index[b]) for a, b in bidirected if a != b]
    sizes = [box_size(name[:MOST]) for name in nodes]
    across = [(place.real, place.imag) for place in layered(sizes, arrows, links).places]
    if _scale(across, sizes, room) >= READABLE:
        return tuple(zip(nodes, across, strict=True))
    turned = layered([(height, width) for width, height in sizes], arrows, links).places
    down = [(place.imag, place.real) for place in turned]
    best = max(across, down, key=lambda places: _scale(places, sizes, room))
    return tuple(zip(nodes, best, strict=True))


def _scale(places: list[tuple[float, float]], sizes: list[Size], room: Size) -> float:
    """How large a drawing can be shown in a canvas; 1 is its own size.

    >>> _scale([(20.0, 15.0), (440.0, 15.0)], [(40.0, 30.0), (40.0, 30.0)], (460.0, 620.0))
    1.0
    """
    if not places:
        return 1.0
    extents = (
        max(at[axis] + size[axis] / 2 for at, size in zip(places, sizes, strict=True))
        - min(at[axis] - size[axis] / 2 for at, size in zip(places, sizes, strict=True))
        for axis in (0, 1)
    )
    return min(there / extent for there, extent in zip(room, extents, strict=True))


def _acyclic(arrows: list[tuple[int, int]], size: int) -> list[tuple[int, int]]:
    """The arrows without those that close a cycle."""
    reaches = [1 << i for i in range(size)]
    kept = []
    for tail, head in arrows:
        if reaches[head] >> tail & 1:
            continue
        kept.append((tail, head))
        for i in range(size):
            if reaches[i] >> tail & 1:
                reaches[i] |= reaches[head]
    return kept
