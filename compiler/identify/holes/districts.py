"""A query district by district, each from a law in which its parents are set: intervene first, then select the rows."""

from __future__ import annotations

from ...estimand.algebra import Estimand, Expression, leaves, marginal, product
from ...graph.admg import ADMG
from ...graph.varset import bits
from ...model.query import Query
from ...model.rows import rows_of
from .draws import Draws
from .found import Found
from .recovery import Level

MOST_VARIABLES = 8
"""Most variables of a graph whose districts are tried."""


def by_districts(query: Query, graph: ADMG, draws: Draws) -> Found | None:
    """The estimand of ``P(y | do(x))`` as a product of districts, each observed or set; None where one is lost.

    Args:
        query: The query, without conditions.
        graph: The graph, with its indicators.
        draws: What recovers the draws of the graph.
    """
    whole = draws.graph
    if whole.variables.bit_count() > MOST_VARIABLES:
        return None
    plain, mask = whole.graph, whole.graph.order.mask
    outcomes = mask(query.outcomes)
    free = whole.variables & ~mask(query.interventions)
    relevant = plain.ancestors_of(outcomes, within=free)
    factors: list[Expression] = []
    words: list[str] = []
    for district in plain.districts_in(relevant):
        parents = plain.parents_of(district) & ~district
        found = _observed(draws, district, parents)
        if found is None:
            found = draws.district(district, parents)
            if found is None:
                return None
            names = plain.nodes
            rows = sorted({name for leaf in leaves(found) for name in rows_of(leaf.of).shows})
            set_ = " and ".join(names[i] for i in bits(parents))
            members = ", ".join(names[i] for i in bits(district))
            words.append(
                f"{members} is learnt from the rows that show {' and '.join(rows)}, as if {set_} had been set"
            )
        factors.append(found)
    body = marginal(whole.order.set(relevant & ~outcomes), product(factors))
    estimand = Estimand(query, whole.order, (), body, (), graph.holes)
    return Found(estimand, tuple(words))


def _observed(draws: Draws, district: int, parents: int) -> Expression | None:
    """A district that is one of the whole graph, as the product of the draws of its members."""
    graph = draws.graph.graph
    if graph.siblings_of(district) & draws.graph.variables & ~district:
        return None
    factors: list[Expression] = []
    known = parents
    for v in bits(district):
        target = 1 << v
        before = known & (target - 1)
        recovery = next(
            (
                each
                for level in Level
                if level != Level.REFIT
                and (each := draws.recover(target, before, 0, level)) is not None
                and not each.joint
            ),
            None,
        )
        if recovery is None:
            return None
        factors.append(recovery.expression)
        known |= target
    return product(factors)
