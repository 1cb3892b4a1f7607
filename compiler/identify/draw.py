"""An identification as SVG: its graph with the query's roles in colour, and the hedge where there is one."""

from __future__ import annotations

from ..graph.draw import graph_svg
from .identify import Identification


def identification_svg(identification: Identification) -> str:
    """A drawing of the graph and the verdict, self-contained.

    >>> from ..graph.admg import ADMG
    >>> from .identify import identify_query
    >>> from .query import Query
    >>> bow = ADMG([], [("x", "y")], [("x", "y")])
    >>> "not identifiable" in identification_svg(identify_query(Query(("y",), ("x",)), bow))
    True
    """
    query = identification.query
    return graph_svg(
        identification.graph,
        interventions=query.interventions,
        outcomes=query.outcomes,
        conditions=query.conditions,
        hedge=identification.hedge,
        title=f"{query} is {'identifiable' if identification else 'not identifiable'}",
    )
