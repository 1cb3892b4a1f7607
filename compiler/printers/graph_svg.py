"""Causal graphs as SVG: causes left of effects, confounding as dashed arcs, the query's roles in colour."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ..drawing.canvas import Canvas, Look, box_size
from ..drawing.columns import Edge
from ..drawing.crowded import Followed, abridged, followed
from ..drawing.diagram import Diagram, diagram
from ..graph.admg import ADMG
from ..graph.varset import bits

PLAIN = Look("#f4f6fa", "#8b95a9")
INTERVENTION = Look("#ffe2ad", "#c47f10", width=1.8, square=True)
OUTCOME = Look("#cfe3ff", "#2f6fc4", width=1.8)
CONDITION = Look("#cdeedd", "#22906a", width=1.8)
ARROW = "#727d94"
CONFOUNDING = "#a06ab4"
HEDGE = "#d33c56"
FOREST = Look("#f3c3cc", "none")
SUBFOREST = Look("#ea93a4", "none")
_MOST = 150
"""How many nodes a drawing may have: with more nobody sees anything."""


class HedgeShape(Protocol):
    """What is drawn of a hedge."""

    @property
    def forest(self) -> Collection[str]:
        """The nodes of the larger c-forest."""
        ...

    @property
    def subforest(self) -> Collection[str]:
        """The nodes of the smaller one."""
        ...

    @property
    def forest_edges(self) -> tuple[tuple[str, str], ...]:
        """The directed edges of the larger one."""
        ...

    @property
    def subforest_edges(self) -> tuple[tuple[str, str], ...]:
        """The directed edges of the smaller one."""
        ...

    @property
    def bidirected(self) -> tuple[tuple[str, str], ...]:
        """The bidirected edges among the nodes of the larger one."""
        ...


def graph_svg(
    graph: ADMG,
    *,
    interventions: Iterable[str] = (),
    outcomes: Iterable[str] = (),
    conditions: Iterable[str] = (),
    hedge: HedgeShape | None = None,
    title: str = "",
) -> str:
    """A drawing of a causal graph, self-contained.

    Args:
        graph: The graph.
        interventions: Drawn as amber boxes with corners.
        outcomes: Drawn in blue.
        conditions: Drawn in green.
        hedge: Its c-forests are shaded, the smaller one darker, and its edges are red.
        title: A line above the drawing.

    >>> "<text" in graph_svg(ADMG([], [("x", "y")], [("x", "y")]), interventions=["x"], outcomes=["y"])
    True
    """
    canvas = graph_canvas(graph, interventions, outcomes, conditions, hedge, title)
    return canvas.svg(title or f"Causal graph over {_abridged(graph)}")


def graph_canvas(
    graph: ADMG,
    interventions: Iterable[str] = (),
    outcomes: Iterable[str] = (),
    conditions: Iterable[str] = (),
    hedge: HedgeShape | None = None,
    title: str = "",
    shades: tuple[str, str] = ("hedge F", "hedge F′"),
) -> Canvas:
    """The same drawing as a part of a larger one; a card that says how large the graph is if it is too large."""
    if len(graph.nodes) > _MOST:
        return _card(graph, title)
    roles = {
        "do(…)": (INTERVENTION, tuple(interventions)),
        "outcome": (OUTCOME, tuple(outcomes)),
        "condition": (CONDITION, tuple(conditions)),
    }
    looks = dict.fromkeys(graph.nodes, PLAIN)
    for look, names in roles.values():
        looks |= dict.fromkeys(names, look)
    drawn = _Drawn.of(graph, [look.square for look in looks.values()])
    canvas = Canvas()
    entries = [(look, text) for text, (look, names) in roles.items() if names]
    red_arrows, red_links = set[Edge](), set[Edge]()
    if hedge is not None:
        red_arrows, red_links = _shade_hedge(canvas, drawn.shape, hedge, graph.order.index)
        entries += list(zip((FOREST, SUBFOREST), shades, strict=True))
    drawn.put_edges(canvas, red_arrows, red_links)
    for (name, look), box, note in zip(looks.items(), drawn.shape.boxes, drawn.notes, strict=True):
        canvas.box(box, look, name, note)
    canvas.title(title)
    canvas.legend(entries)
    return canvas


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A graph that is laid out.

    Args:
        graph: The graph.
        shape: Where its nodes and edges go.
        notes: For each node, its edges that are not drawn, in words.
        back: The arrows that close cycles. They are laid out as links, so that all others go from left to right.
    """

    graph: ADMG
    shape: Diagram
    notes: list[str]
    back: set[Edge]

    @classmethod
    def of(cls, graph: ADMG, squares: Sequence[bool]) -> _Drawn:
        """A graph laid out, each node as a box with corners or without."""
        index = graph.order.index
        arrows = [(index[a], index[b]) for a, b in graph.directed]
        links = [(index[a], index[b]) for a, b in graph.bidirected]
        around = {i: loop for loop in graph.cycles for i in bits(loop)}
        back = {(i, j) for i, j in arrows if i > j and around.get(i, 0) >> j & 1}
        shown = followed(len(graph.nodes), [edge for edge in arrows if edge not in back], links)
        notes = [_note(graph, shown, i) for i in range(len(graph.nodes))]
        sizes = [box_size(name, note) for name, note in zip(graph.nodes, notes, strict=True)]
        return cls(graph, diagram(sizes, squares, shown.arrows, [*shown.links, *sorted(back)]), notes, back)

    def put_edges(self, canvas: Canvas, red_arrows: Container[Edge], red_links: Container[Edge]) -> None:
        """Draw the edges, some of them red, and the names of hidden causes beside the links that they make."""
        for edge, curve in self.shape.arrows.items():
            canvas.curve(curve, HEDGE if edge in red_arrows else ARROW)
        for edge, curve in self.shape.links.items():
            if edge in self.back:
                canvas.curve(curve, HEDGE if edge in red_arrows else ARROW)
                continue
            colour = HEDGE if edge in red_links else CONFOUNDING
            canvas.curve(curve, colour, dashes="5 4", heads="both")
            if self.graph.origin is not None:
                names = self.graph.origin.common_causes(*(self.graph.nodes[i] for i in edge))
                canvas.beside(curve, _few(names), colour)


def _few(names: tuple[str, ...]) -> str:
    """The names of hidden causes as a label, at most two of them."""
    return ", ".join((*names[:2], "…") if len(names) > 2 else names)


def _note(graph: ADMG, shown: Followed, i: int) -> str:
    """The edges of a node that are not drawn, in words."""
    causes, others = (
        abridged([graph.nodes[j] for j in ends]) for ends in (shown.tails.get(i, ()), shown.ends.get(i, ()))
    )
    return "  ".join([*([f"← {causes}"] if causes else []), *([f"↔ {others}"] if others else [])])


def _abridged(graph: ADMG) -> str:
    return ", ".join(graph.nodes) if len(graph.nodes) <= _MOST else f"{len(graph.nodes):,} variables"


def _shade_hedge(
    canvas: Canvas, shape: Diagram, hedge: HedgeShape, index: dict[str, int]
) -> tuple[set[Edge], set[Edge]]:
    """Shade the two c-forests; return their arrows and links."""
    red_arrows, red_links = set[Edge](), set[Edge]()
    for nodes, edges, look, grow in (
        (hedge.forest, hedge.forest_edges, FOREST, 11.0),
        (hedge.subforest, hedge.subforest_edges, SUBFOREST, 6.0),
    ):
        inside = {index[name] for name in nodes}
        arrows = {(index[a], index[b]) for a, b in edges}
        pairs = ((index[a], index[b]) for a, b in hedge.bidirected)
        links = {edge for a, b in pairs for edge in ((a, b), (b, a)) if edge in shape.links}
        links = {edge for edge in links if inside.issuperset(edge)}
        drawn = sorted(arrows & shape.arrows.keys())
        curves = [shape.arrows[edge] for edge in drawn] + [shape.links[edge] for edge in sorted(links)]
        canvas.halo([shape.boxes[i] for i in sorted(inside)], curves, look.fill, grow=grow, opacity=0.6)
        red_arrows |= arrows
        red_links |= links
    return red_arrows, red_links


def _card(graph: ADMG, title: str) -> Canvas:
    """What stands for a graph that is too large to be drawn."""
    directed, bidirected = graph.sizes
    size = f"{len(graph.nodes):,} variables, {directed:,} directed edges and {bidirected:,} bidirected ones"
    canvas = Canvas()
    canvas.text(0, 0, title or "Causal graph", size=14.0, weight="600")
    canvas.text(0, 22, f"{size}: too many to draw")
    return canvas
