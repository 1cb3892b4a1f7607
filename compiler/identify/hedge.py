"""Hedges: why an effect is not identifiable, as data."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..graph.admg import ADMG
from ..graph.origin import Origin
from ..graph.varset import VarSet, bits
from .derivation import Rule, Step


@dataclass(frozen=True, slots=True)
class Hedge:
    """Two c-forests with one root set, the larger meeting the interventions and the smaller not.

    The identification algorithm stops at a hedge exactly where it fails, and the algorithm is complete: the query is
    then not identifiable. Two models can agree on everything observed and differ in what the interventions do to F'.
    A graph may hold a hedge and the query be identifiable all the same: the hedge criterion (Shpitser and Pearl 2006,
    corollary 3), which says more than this, does not hold as it was stated.

    Args:
        forest: Nodes of the larger c-forest F.
        subforest: Nodes of the smaller c-forest F'.
        roots: The root set R of both.
        forest_edges: Directed edges of F, at most one out of each node.
        subforest_edges: Directed edges of F', a part of those of F.
        bidirected: The bidirected edges inside F.
        outcomes: The outcomes of the do-query that failed (for a conditional query, with its conditions).
        interventions: Its interventions.
        causes: For each bidirected edge, the common causes that the graph's source named; none where it named none.
        left_out: Those of these causes that are observed and were not to be used.
        by_cycles: Those of the bidirected edges that stand for a cycle and not for an unobserved cause.

    References:
        Shpitser and Pearl (2006), definition 6 and theorem 4. Shpitser (2023), "When does the ID algorithm fail?",
        arXiv 2307.03750, on corollary 3.
    """

    forest: VarSet
    subforest: VarSet
    roots: VarSet
    forest_edges: tuple[tuple[str, str], ...]
    subforest_edges: tuple[tuple[str, str], ...]
    bidirected: tuple[tuple[str, str], ...]
    outcomes: VarSet
    interventions: VarSet
    causes: tuple[tuple[str, ...], ...] = ()
    left_out: tuple[str, ...] = ()
    by_cycles: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        from ..printers.identification.text import hedge_text

        return hedge_text(self)


def with_causes(hedge: Hedge, origin: Origin | None) -> Hedge:
    """The hedge with the names of the hidden causes behind its bidirected edges, as far as they have names."""
    if origin is None:
        return hedge
    causes = tuple(origin.common_causes(*edge) for edge in hedge.bidirected)
    return replace(hedge, causes=causes, left_out=origin.left_out)


def hedge_of(
    graph: ADMG, forest: int, subforest: int, outcomes: int, interventions: int, steps: list[Step]
) -> Hedge:
    """The hedge that two nested districts form, one ancestral to the other; the last step of a derivation."""
    names, node = graph.order.set, graph.nodes
    edges, roots = [], 0
    for i in bits(forest):
        within = subforest if subforest >> i & 1 else forest
        children = graph.child_masks[i] & within
        if children:
            edges.append((i, next(bits(children))))
        else:
            roots |= 1 << i
    steps.append(Step(Rule.HEDGE, names(subforest), names(forest), groups=(names(forest), names(subforest))))
    inside = graph.subgraph(forest)
    return Hedge(
        forest=names(forest),
        subforest=names(subforest),
        roots=names(roots),
        forest_edges=tuple((node[i], node[j]) for i, j in edges),
        subforest_edges=tuple((node[i], node[j]) for i, j in edges if subforest >> i & 1),
        bidirected=inside.bidirected,
        outcomes=names(outcomes),
        interventions=names(interventions),
    )
