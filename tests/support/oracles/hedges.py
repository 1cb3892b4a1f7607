"""Is it a hedge? Each clause of the definition, checked one by one on names.

References:
    Shpitser, Pearl (AAAI 2006), definitions 5 (C-forest) and 6 (hedge), theorem 4 (no identification).
    Shpitser, Pearl (UAI 2006), theorem 6: likewise once all that rule 2 allows has moved to do().
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from models.graphs import Graph, Query
from oracles.reference import reduce


def complaints(graph: Graph, query: Query, hedge: Any) -> list[str]:
    """The clauses that fail; none for a hedge that forbids identifying the query.

    Args:
        graph: The graph the query was asked on.
        query: The query as asked.
        hedge: Anything with the fields ``forest``, ``subforest``, ``roots``, ``forest_edges``,
            ``subforest_edges``, ``outcomes`` and ``interventions``.
    """
    if hedge is None:
        return ["there is no hedge"]
    forest, subforest, roots = set(hedge.forest), set(hedge.subforest), set(hedge.roots)
    reduced = reduce(graph, query)
    outcomes, interventions = {*reduced.outcomes, *reduced.conditions}, set(reduced.interventions)
    found: list[str] = []
    # the compiler may first drop what the answer does not depend on
    if not set(hedge.outcomes) <= outcomes:
        found.append(f"outcomes {show(set(hedge.outcomes) - outcomes)} are none of the reduced query")
    if not set(hedge.interventions) <= interventions:
        found.append(
            f"interventions {show(set(hedge.interventions) - interventions)} are none of the reduced query"
        )
    if not forest <= set(graph.nodes):
        return [*found, f"the forest has nodes that the graph lacks: {show(forest - set(graph.nodes))}"]
    if not subforest < forest:
        found.append("the subforest is not a proper part of the forest")
    if not roots:
        found.append("the root set is empty")
    if not forest & interventions & set(hedge.interventions):
        found.append("the forest contains no intervention")
    if subforest & interventions:
        found.append(f"the subforest contains interventions: {show(subforest & interventions)}")
    if not roots <= graph.mutilated(into=interventions).ancestors(outcomes & set(hedge.outcomes)):
        found.append("a root is no ancestor of the outcomes once the edges into the interventions are cut")
    found += [f"forest: {text}" for text in forest_complaints(graph, forest, roots, hedge.forest_edges)]
    found += [
        f"subforest: {text}"
        for text in forest_complaints(graph, subforest & set(graph.nodes), roots, hedge.subforest_edges)
    ]
    if not edges(hedge.subforest_edges) <= edges(hedge.forest_edges):
        found.append("the subforest's edges are not all edges of the forest")
    return found


def forest_complaints(graph: Graph, nodes: set[str], roots: set[str], chosen: Iterable[Any]) -> list[str]:
    """What keeps these nodes, with these directed edges, from being a c-forest with these roots."""
    found = []
    kept = edges(chosen)
    if not kept <= set(graph.directed):
        found.append(f"edges that the graph lacks: {sorted(kept - set(graph.directed))}")
    if not all(a in nodes and b in nodes for a, b in kept):
        found.append("edges that leave it")
    children = {v: [b for a, b in sorted(kept) if a == v] for v in sorted(nodes)}
    if any(len(below) > 1 for below in children.values()):
        found.append("a node has two children")
    if {v for v in nodes if not children[v]} != roots:
        found.append(
            f"its childless nodes {show(v for v in nodes if not children[v])} are not the roots {show(roots)}"
        )
    if len(graph.subgraph(nodes).districts()) != 1:
        found.append("not connected by bidirected edges")
    return found


def edges(pairs: Iterable[Any]) -> set[tuple[str, str]]:
    return {(str(a), str(b)) for a, b in pairs}


def show(names: Iterable[str]) -> str:
    return "{" + ", ".join(sorted(names)) + "}"
