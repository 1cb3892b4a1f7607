"""Whether a query is certainly not identifiable: the verdict alone, without a proof, for many graphs in turn."""

from __future__ import annotations

from ..graph.admg import ADMG
from ..graph.reach import closure
from ..model.query import Query


def is_hopeless(query: Query, graph: ADMG) -> bool:
    """Whether one complete observational data set certainly cannot answer a query.

    Tian's loop on the masks of the graph as it stands: each district of what is asked has to be what is left of the
    district of the whole graph in which it lies, once non-ancestors are summed out. False says nothing: conditions,
    cycles, holes and several worlds are left to `identify_query`.

    Args:
        query: The query.
        graph: The graph.

    References:
        Tian and Pearl (2002), "A general identification condition for causal effects", figure 3; Huang and Valtorta
        (2006) and Shpitser and Pearl (2006) proved that nothing else is identifiable.

    >>> effect = Query.of(("y",), ("x",))
    >>> is_hopeless(effect, ADMG([], [("x", "y")], [("x", "y")]))
    True
    >>> is_hopeless(effect, ADMG([], [("x", "m"), ("m", "y")], [("x", "y")]))
    False
    """
    if not query.plain or query.conditions or graph.cycles or graph.holes:
        return False
    mask, parents = graph.order.mask, graph.parent_masks
    outcomes = mask(query.outcomes)
    whole = closure(parents, outcomes, graph.all)
    asked = closure(parents, outcomes, whole & ~mask(query.interventions))
    districts = sorted(graph.districts_in(asked), key=int.bit_count, reverse=True)  # a hedge is mostly large
    return any(_is_stuck(graph, district, whole) for district in districts)


def _is_stuck(graph: ADMG, district: int, whole: int) -> bool:
    """Whether the loop ends before the district is alone."""
    around = graph.district_of(district, whole)
    while (left := closure(graph.parent_masks, district, around)) != district:
        if left == around:
            return True
        around = graph.district_of(district, left)
    return False
