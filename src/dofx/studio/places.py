"""Where the nodes of a graph go when nobody placed them: the layout of dofx's own drawings."""

from __future__ import annotations

from functools import lru_cache

from ..compiler.drawing.canvas import box_size
from ..compiler.drawing.layout import layered

Pairs = list[tuple[str, str]]

MOST = 28
"""Characters of a name that the canvas shows, as in `src/studio/looks.js`."""


def places(nodes: list[str], directed: Pairs, bidirected: Pairs) -> dict[str, tuple[float, float]]:
    """The centre of each node, in pixels, causes left of their effects.

    Args:
        nodes: The variables.
        directed: Pairs (cause, effect). Where they form a cycle, the edge that closes it is left out.
        bidirected: Pairs with a common cause.

    >>> places(["x", "y"], [("x", "y")], [])
    {'x': (20.0, 15.0), 'y': (122.0, 15.0)}
    """
    return dict(_placed(tuple(nodes), tuple(map(tuple, directed)), tuple(map(tuple, bidirected))))


@lru_cache(maxsize=32)
def _placed(
    nodes: tuple[str, ...], directed: tuple[tuple[str, str], ...], bidirected: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, tuple[float, float]], ...]:
    index = {name: i for i, name in enumerate(nodes)}
    arrows = _acyclic([(index[a], index[b]) for a, b in directed], len(nodes))
    links = [(index[a], index[b]) for a, b in bidirected if a != b]
    found = layered([box_size(name[:MOST]) for name in nodes], arrows, links)
    pairs = zip(nodes, found.places, strict=True)
    return tuple((name, (place.real, place.imag)) for name, place in pairs)


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
