"""An identification as SVG: its graph with the query's roles in colour, and the hedge where there is one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ...drawing.canvas import Canvas
from ...graph.admg import ADMG
from ...identify.identify import Identification
from ...identify.worlds.conflict import Conflict
from ..coloured import coloured
from ..graph_svg import graph_canvas
from .text import verdict_text


def identification_svg(identification: Identification) -> str:
    """A drawing of the graph and the verdict, self-contained.

    >>> from ...graph.admg import ADMG
    >>> from ...identify.identify import identify_query
    >>> from ...model.query import Query
    >>> bow = ADMG([], [("x", "y")], [("x", "y")])
    >>> "not identifiable" in identification_svg(identify_query(Query.of(("y",), ("x",)), bow))
    True
    """
    title = verdict_text(identification)
    return identification_canvas(identification, title).svg(title)


def identification_canvas(identification: Identification, title: str = "") -> Canvas:
    """The same drawing as a part of a larger one, without a title if there is none."""
    graph, witness = identification.graph, identification.witness
    roles = coloured(identification.query)
    if isinstance(witness, Conflict):
        shown = _Shaded(witness.district, (witness.variable,), graph)
        return graph_canvas(graph, *roles, shown, title, ("district", "variable at two values"))
    return graph_canvas(graph, *roles, identification.hedge, title)


@dataclass(frozen=True, slots=True)
class _Shaded:
    """A district in conflict, drawn as a hedge is: what its variables share is red."""

    forest: Collection[str]
    subforest: Collection[str]
    graph: ADMG

    @property
    def forest_edges(self) -> tuple[tuple[str, str], ...]:
        return ()

    @property
    def subforest_edges(self) -> tuple[tuple[str, str], ...]:
        """The edges by which the variable is read in the district."""
        return tuple(
            edge for edge in self.graph.directed if edge[0] in self.subforest and edge[1] in self.forest
        )

    @property
    def bidirected(self) -> tuple[tuple[str, str], ...]:
        return tuple(edge for edge in self.graph.bidirected if {*edge} <= {*self.forest})
