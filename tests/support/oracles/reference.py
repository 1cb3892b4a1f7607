"""ID and IDC line by line, slowly and plainly: a second opinion on every verdict.

It is the recursion as printed (no c-factor loop, no bit masks, no optimisation), with the tables carried
along when a joint is given. It also notes when an answer re-conditions an interim kernel, the hard case.

References:
    Shpitser, Pearl (AAAI 2006): Identification of joint interventional distributions, figure 3 (ID).
    Shpitser, Pearl (UAI 2006): Identification of conditional interventional distributions, figure 6 (IDC).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.graphs import Graph, Query

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class WitnessedHedge:
    """The two c-forests that line 5 throws, with one choice of directed edges."""

    forest: frozenset[str]
    subforest: frozenset[str]
    roots: frozenset[str]
    forest_edges: frozenset[tuple[str, str]]
    subforest_edges: frozenset[tuple[str, str]]
    outcomes: tuple[str, ...]
    interventions: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """What the recursion says.

    Args:
        identifiable: Whether it went through.
        lines: The lines taken, in the order of the calls.
        interim: Whether line 6 or 7 took a conditional of a kernel that line 7 had put in P's place, after a
            variable was summed out of it that the remaining factors depend on.
        hedge: The witness when it failed.
        reduced: The query after IDC moved conditions to interventions.
        table: The answer's table, axes as in `Query.axes`, when a joint was given.
    """

    identifiable: bool
    lines: tuple[int, ...]
    interim: bool
    hedge: WitnessedHedge | None
    reduced: Query
    table: Array | None


class _Hedge(Exception):
    def __init__(self, graph: Graph, inner: frozenset[str]) -> None:
        self.graph, self.inner = graph, inner


@dataclass(frozen=True)
class _Distribution:
    """P of the paper: a table with an axis (perhaps of length one) for each node of the whole graph."""

    table: Array | None
    kernel: bool = False
    removed: frozenset[str] = frozenset()


class _Recursion:
    def __init__(self, graph: Graph) -> None:
        self.whole = graph
        self.axis = {v: k for k, v in enumerate(graph.nodes)}
        self.lines: list[int] = []
        self.interim = False

    def sum(self, table: Array | None, over: frozenset[str]) -> Array | None:
        if table is None:
            return None
        return np.asarray(table.sum(axis=tuple(sorted(self.axis[v] for v in over)), keepdims=True))

    def conditionals(self, p: _Distribution, graph: Graph, targets: frozenset[str]) -> Array | None:
        """The product of ``P(v | predecessors)`` over the targets, of the P that was given."""
        if p.kernel and any(self.whole.ancestors([v]) & p.removed for v in targets):
            self.interim = True
        if p.table is None:
            return None
        result: Array = np.ones((1,) * p.table.ndim)
        for k, v in enumerate(graph.order):
            if v in targets:
                upto = self.sum(p.table, frozenset(graph.order[k + 1 :]))
                before = self.sum(p.table, frozenset(graph.order[k:]))
                assert upto is not None
                assert before is not None
                result = result * (upto / before)
        return result

    def id(self, y: frozenset[str], x: frozenset[str], p: _Distribution, graph: Graph) -> Array | None:
        v = frozenset(graph.nodes)
        # line 1
        if not x:
            self.lines.append(1)
            return self.sum(p.table, v - y)
        # line 2
        ancestral = graph.ancestors(y)
        if v != ancestral:
            self.lines.append(2)
            dropped = v - ancestral
            marginal = _Distribution(self.sum(p.table, dropped), p.kernel, p.removed | dropped)
            return self.id(y, x & ancestral, marginal, graph.subgraph(ancestral))
        # line 3
        w = (v - x) - graph.mutilated(into=x).ancestors(y)
        if w:
            self.lines.append(3)
            return self.id(y, x | w, p, graph)
        # line 4
        parts = graph.subgraph(v - x).districts()
        if len(parts) > 1:
            self.lines.append(4)
            result: Array | None = None if p.table is None else np.ones((1,) * p.table.ndim)
            for part in parts:
                factor = self.id(part, v - part, p, graph)
                if result is not None:
                    result = result * factor
            return self.sum(result, v - y - x)
        (s,) = parts
        # line 5
        districts = graph.districts()
        if len(districts) == 1:
            self.lines.append(5)
            raise _Hedge(graph, s)
        # line 6
        if s in districts:
            self.lines.append(6)
            return self.sum(self.conditionals(p, graph, s), s - y)
        # line 7
        self.lines.append(7)
        larger = next(d for d in districts if s < d)
        kernel = _Distribution(self.conditionals(p, graph, larger), kernel=True)
        return self.id(y, x & larger, kernel, graph.subgraph(larger))


def separated(graph: Graph, a: frozenset[str], b: frozenset[str], given: frozenset[str]) -> bool:
    """Whether a and b are m-separated: no path in the moral graph of the ancestors, latents explicit.

    References:
        Lauritzen, Dawid, Larsen, Leimer (1990), proposition 3.
    """
    latents = {f"latent {k}": e for k, e in enumerate(graph.bidirected)}
    edges = [*graph.directed, *((u, v) for u, e in latents.items() for v in e)]
    dag = Graph((*latents, *graph.nodes), tuple(edges), ())
    kept = dag.subgraph(dag.ancestors(a | b | given))
    neighbours: dict[str, set[str]] = {v: set() for v in kept.nodes}
    for v in kept.nodes:
        family = {v, *kept.parents[v]}
        for w in family:
            neighbours[w] |= family - {w}
    reached, todo = set[str](), list(a - given)
    while todo:
        v = todo.pop()
        if v not in reached:
            reached.add(v)
            todo.extend(neighbours[v] - given)
    return not reached & b


def reduce(graph: Graph, query: Query) -> Query:
    """Move to do() each condition that rule 2 lets go there: IDC's first line, repeated."""
    y, x, z = frozenset(query.outcomes), list(query.interventions), list(query.conditions)
    moved = True
    while moved:
        moved = False
        for v in z:
            others = frozenset(z) - {v}
            if separated(graph.mutilated(into=x, out_of=[v]), y, frozenset([v]), others | frozenset(x)):
                x.append(v)
                z.remove(v)
                moved = True
                break
    return Query(query.outcomes, tuple(x), tuple(z))


def _witness(failure: _Hedge, reduced: Query) -> WitnessedHedge:
    """Choose one child for each node but the roots, on a way to the roots, the smaller c-forest first."""
    graph, inner = failure.graph, failure.inner
    small = graph.subgraph(inner)
    roots = frozenset(v for v in inner if not any(a == v for a, _ in small.directed))
    edges: dict[str, str] = {}
    reached = set(roots)
    for allowed in (inner, frozenset(graph.nodes)):
        grown = True
        while grown:
            new = {a: b for a, b in graph.directed if a in allowed and a not in reached and b in reached}
            edges.update(new)
            reached |= set(new)
            grown = bool(new)
    return WitnessedHedge(
        forest=frozenset(graph.nodes),
        subforest=inner,
        roots=roots,
        forest_edges=frozenset(edges.items()),
        subforest_edges=frozenset((a, b) for a, b in edges.items() if a in inner),
        outcomes=reduced.outcomes + reduced.conditions,
        interventions=reduced.interventions,
    )


def decide(graph: Graph, query: Query, joint: Array | None = None) -> Verdict:
    """IDC, which is ID when there are no conditions."""
    reduced = reduce(graph, query)
    recursion = _Recursion(graph)
    outcomes = frozenset(reduced.outcomes + reduced.conditions)
    try:
        table = recursion.id(outcomes, frozenset(reduced.interventions), _Distribution(joint), graph)
    except _Hedge as failure:
        return Verdict(False, tuple(recursion.lines), False, _witness(failure, reduced), reduced, None)
    if table is not None:
        shape = [size if v in query.axes else 1 for v, size in zip(graph.nodes, joint.shape, strict=True)]  # type: ignore[union-attr]
        table = table[tuple(slice(0, 1) if v not in query.axes else slice(None) for v in graph.nodes)]
        table = np.broadcast_to(table, shape)
        table = table.transpose(
            [recursion.axis[v] for v in (*query.axes, *(set(graph.nodes) - set(query.axes)))]
        )
        table = table.reshape(table.shape[: len(query.axes)])
        last = tuple(range(len(query.axes) - len(query.outcomes), len(query.axes)))
        table = np.asarray(table / table.sum(axis=last, keepdims=True))
    return Verdict(True, tuple(recursion.lines), recursion.interim, None, reduced, table)
