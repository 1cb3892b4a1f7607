"""Hedges: why an effect is not identifiable, as data."""

from __future__ import annotations

from dataclasses import dataclass

from ..graph.admg import ADMG
from ..graph.varset import VarSet, bits
from .derivation import Rule, Step


@dataclass(frozen=True, slots=True)
class Hedge:
    """Two c-forests with one root set, the larger meeting the interventions and the smaller not.

    Two models can agree on everything observed and differ in the effect on the roots, hence on the outcomes.

    Args:
        forest: Nodes of the larger c-forest F.
        subforest: Nodes of the smaller c-forest F'.
        roots: The root set R of both.
        forest_edges: Directed edges of F, at most one out of each node.
        subforest_edges: Directed edges of F', a part of those of F.
        bidirected: The bidirected edges inside F.
        outcomes: The outcomes of the do-query that failed (for a conditional query, with its conditions).
        interventions: Its interventions.

    References:
        Shpitser and Pearl (2006), definition 6 and theorem 4.
    """

    forest: VarSet
    subforest: VarSet
    roots: VarSet
    forest_edges: tuple[tuple[str, str], ...]
    subforest_edges: tuple[tuple[str, str], ...]
    bidirected: tuple[tuple[str, str], ...]
    outcomes: VarSet
    interventions: VarSet

    def __str__(self) -> str:
        from .explain import hedge_text

        return hedge_text(self)


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
