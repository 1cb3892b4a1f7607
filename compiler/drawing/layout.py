"""Where the nodes of a drawing go: a layered layout, causes left of their effects.

It knows nothing of causality: boxes have sizes, arrows go one way, links go both ways. Each connected part is laid out
in four steps, a module each: `columns`, `chains` (long edges), `ordering` (within columns) and `placing`.

References:
    Sugiyama, Tagawa, Toda (1981), "Methods for visual understanding of hierarchical system structures".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .chains import Chains, Size
from .columns import Edge, parts
from .ordering import ordered
from .placing import ROW_GAP, Places

_NARROWEST, _EMPTY = 320.0, 480.0
"""How wide lines of boxes without edges are at least, and where there is nothing else."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where things go, in complex numbers.

    Args:
        places: The centres of the boxes.
        lanes: For each long edge the points, two a column that it crosses, between which it has room.
    """

    places: tuple[complex, ...]
    lanes: dict[Edge, tuple[complex, ...]]


def layered(sizes: Sequence[Size], arrows: Sequence[Edge], links: Sequence[Edge] = ()) -> Layout:
    """Lay boxes out in columns, every arrow from left to right, connected parts one below the other.

    Args:
        sizes: Width and height of each box.
        arrows: Pairs (tail, head), without cycles.
        links: Pairs of boxes that are to be near each other. They yield to arrows.
    """
    places: dict[int, complex] = {}
    lanes: dict[Edge, tuple[complex, ...]] = {}
    top, alone = 0.0, []
    for members in parts(len(sizes), arrows, links):
        if len(members) == 1:
            alone += members
            continue
        chains = Chains.of(sizes, members, _inside(arrows, members), _inside(links, members))
        found = Places.of(chains, ordered(chains))
        down = top - found.top
        places |= {v: found.at(v) + 1j * down for v in members}
        for edge in chains.lanes:
            lanes[edge] = tuple(point + 1j * down for point in found.lane(edge))
        top = found.bottom + down + ROW_GAP
    wide = max((place.real + sizes[v][0] / 2 for v, place in places.items()), default=_EMPTY)
    places |= _in_lines(sizes, alone, top, max(wide, _NARROWEST))
    return Layout(tuple(places[v] for v in range(len(sizes))), lanes)


def _inside(edges: Sequence[Edge], members: Sequence[int]) -> list[Edge]:
    """The edges within a part."""
    inside = set(members)
    return [edge for edge in edges if inside.issuperset(edge)]


def _in_lines(sizes: Sequence[Size], boxes: list[int], top: float, wide: float) -> dict[int, complex]:
    """Boxes without edges, set like words in lines."""
    places, left, tall = {}, 0.0, 0.0
    for v in boxes:
        width, height = sizes[v]
        if left and left + width > wide:
            left, top, tall = 0.0, top + tall + ROW_GAP / 2, 0.0
        places[v] = complex(left + width / 2, top + height / 2)
        left += width + ROW_GAP / 2
        tall = max(tall, height)
    return places
