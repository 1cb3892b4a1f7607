"""An identification as SVG: its graph with the query's roles in colour, and the hedge where there is one."""

from __future__ import annotations

from ..drawing.canvas import Canvas
from ..identify.identify import Identification
from .graph_svg import graph_canvas
from .identification_text import verdict_text


def identification_svg(identification: Identification) -> str:
    """A drawing of the graph and the verdict, self-contained.

    >>> from ..graph.admg import ADMG
    >>> from ..identify.identify import identify_query
    >>> from ..model.query import Query
    >>> bow = ADMG([], [("x", "y")], [("x", "y")])
    >>> "not identifiable" in identification_svg(identify_query(Query.of(("y",), ("x",)), bow))
    True
    """
    title = verdict_text(identification)
    return identification_canvas(identification, title).svg(title)


def identification_canvas(identification: Identification, title: str = "") -> Canvas:
    """The same drawing as a part of a larger one, without a title if there is none."""
    query = identification.query
    return graph_canvas(
        identification.graph,
        query.interventions,
        query.outcomes,
        query.conditions,
        identification.hedge,
        title,
    )
