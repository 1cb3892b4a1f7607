"""Boxes laid out and joined: what drawings of causal graphs and of sampling networks have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .chains import Size
from .columns import Edge
from .curves import Box, Curve
from .layout import layered
from .routing import Router


@dataclass(frozen=True, slots=True)
class Diagram:
    """Boxes, and the curves that join them: arrows from the first to the second, links both ways."""

    boxes: tuple[Box, ...]
    arrows: dict[Edge, Curve]
    links: dict[Edge, Curve]


def diagram(
    sizes: Sequence[Size],
    squares: Sequence[bool],
    arrows: Sequence[Edge],
    links: Sequence[Edge] = (),
) -> Diagram:
    """Lay boxes out and route the curves between them, short ones first.

    Args:
        sizes: Width and height of each box.
        squares: Whether a box has corners; the others are round at both ends.
        arrows: Pairs (tail, head), without cycles.
        links: Pairs that an arc joins.
    """
    layout = layered(sizes, arrows, links)
    boxes = tuple(
        Box(place, *size, 5.0 if square else size[1] / 2)
        for place, size, square in zip(layout.places, sizes, squares, strict=True)
    )
    router = Router(boxes)

    def length(edge: Edge) -> float:
        return abs(boxes[edge[0]].centre - boxes[edge[1]].centre)

    def routed(edges: Sequence[Edge], bent: bool) -> dict[Edge, Curve]:
        curves = {}
        for edge in sorted(edges, key=length):
            curves[edge] = router.join(*edge, layout.lanes.get(edge, ()), bent)
        return curves

    return Diagram(boxes, routed(arrows, bent=False), routed(links, bent=True))
