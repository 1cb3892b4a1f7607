"""Causal graphs and queries as plain data, and seeded random ones: what the compiler is judged on."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

NAMES = "abcdefghijklmnopqrst"


@dataclass(frozen=True)
class Graph:
    """An acyclic directed mixed graph: directed edges and unobserved common causes."""

    nodes: tuple[str, ...]
    directed: tuple[tuple[str, str], ...]
    bidirected: tuple[tuple[str, str], ...]

    @cached_property
    def parents(self) -> dict[str, frozenset[str]]:
        return {v: frozenset(a for a, b in self.directed if b == v) for v in self.nodes}

    @cached_property
    def spouses(self) -> dict[str, frozenset[str]]:
        return {v: frozenset(w for e in self.bidirected if v in e for w in e if w != v) for v in self.nodes}

    @cached_property
    def order(self) -> tuple[str, ...]:
        """A topological order."""
        order: list[str] = []
        while len(order) < len(self.nodes):
            order.append(next(v for v in self.nodes if v not in order and self.parents[v] <= set(order)))
        return tuple(order)

    def subgraph(self, keep: Collection[str]) -> Graph:
        return Graph(
            tuple(v for v in self.nodes if v in keep),
            tuple(e for e in self.directed if e[0] in keep and e[1] in keep),
            tuple(e for e in self.bidirected if e[0] in keep and e[1] in keep),
        )

    def mutilated(self, into: Collection[str] = (), out_of: Collection[str] = ()) -> Graph:
        """Without the edges into the one set (bidirected ones too) and out of the other."""
        return Graph(
            self.nodes,
            tuple((a, b) for a, b in self.directed if b not in into and a not in out_of),
            tuple((a, b) for a, b in self.bidirected if a not in into and b not in into),
        )

    def ancestors(self, of: Iterable[str]) -> frozenset[str]:
        """The set itself and all that has a directed path into it."""
        found: set[str] = set()
        todo = list(of)
        while todo:
            v = todo.pop()
            if v not in found:
                found.add(v)
                todo.extend(self.parents[v])
        return frozenset(found)

    def districts(self) -> list[frozenset[str]]:
        """The c-components: what bidirected paths connect."""
        parts: list[frozenset[str]] = []
        for v in self.nodes:
            if not any(v in part for part in parts):
                part, todo = set[str](), [v]
                while todo:
                    w = todo.pop()
                    if w not in part:
                        part.add(w)
                        todo.extend(self.spouses[w])
                parts.append(frozenset(part))
        return parts

    def colours(self, query: Query | None = None) -> dict[str, tuple[Any, ...]]:
        """Colour refinement: nodes that a symmetry swaps get the same colour. Small graphs only."""
        colour: dict[str, Any] = {v: (0 if query is None else query.role(v),) for v in self.nodes}
        for _ in self.nodes:
            signature = {
                v: (
                    colour[v],
                    tuple(sorted(colour[a] for a, b in self.directed if b == v)),
                    tuple(sorted(colour[b] for a, b in self.directed if a == v)),
                    tuple(sorted(colour[w] for w in self.spouses[v])),
                )
                for v in self.nodes
            }
            rank = {s: (i,) for i, s in enumerate(sorted(set(signature.values())))}
            colour = {v: rank[signature[v]] for v in self.nodes}
        return colour

    def __str__(self) -> str:
        alone = set(self.nodes) - {v for e in (*self.directed, *self.bidirected) for v in e}
        return "; ".join(
            [f"{a} -> {b}" for a, b in self.directed]
            + [f"{a} <-> {b}" for a, b in self.bidirected]
            + [v for v in self.nodes if v in alone]
        )


@dataclass(frozen=True)
class Query:
    """``P(outcomes | do(interventions), conditions)``."""

    outcomes: tuple[str, ...]
    interventions: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()

    def role(self, v: str) -> int:
        return (v in self.outcomes) + 2 * (v in self.interventions) + 3 * (v in self.conditions)

    @property
    def axes(self) -> tuple[str, ...]:
        """The axes of the answer: interventions, conditions, outcomes."""
        return self.interventions + self.conditions + self.outcomes

    def renamed(self, names: dict[str, str]) -> Query:
        return Query(
            *(tuple(names[v] for v in part) for part in (self.outcomes, self.interventions, self.conditions))
        )

    def __str__(self) -> str:
        do = [f"do({', '.join(self.interventions)})"] if self.interventions else []
        given = ", ".join([*do, *self.conditions])
        return f"P({', '.join(self.outcomes)}{' | ' + given if given else ''})"


def parse_graph(text: str, nodes: Iterable[str] = ()) -> Graph:
    """Read ``a -> b -> c; a <-> c; d``. Nodes not given beforehand are declared by first mention."""
    declared = dict.fromkeys(nodes)
    edges: dict[str, list[tuple[str, str]]] = {"->": [], "<->": []}
    for statement in filter(None, (part.strip() for part in text.split(";"))):
        words = re.split(r"\s*(<->|->)\s*", statement)
        declared.update(dict.fromkeys(words[::2]))
        for left, arrow, right in zip(words[::2], words[1::2], words[2::2], strict=False):
            edges[arrow].append((left, right))
    return Graph(tuple(declared), tuple(edges["->"]), tuple(edges["<->"]))


def parse_query(text: str) -> Query:
    """Read ``P(y1, y2 | do(x), z)``."""
    inside = re.fullmatch(r"P\((.*)\)", text.strip())
    assert inside, text
    outcomes, _, given = inside[1].partition("|")
    do = re.search(r"do\(([^)]*)\)", given)
    conditions = re.sub(r"do\([^)]*\)", "", given)

    def names(part: str) -> tuple[str, ...]:
        return tuple(re.findall(r"\w+", part))

    return Query(names(outcomes), names(do[1]) if do else (), names(conditions))


def random_graph(rng: np.random.Generator, n: int) -> Graph:
    """A random graph on n nodes, at most three bidirected edges a node, declared in no particular order."""
    order = [NAMES[i] for i in rng.permutation(n)]
    density = rng.uniform(0.2, 0.7)
    directed = [(order[i], order[j]) for i in range(n) for j in range(i + 1, n) if rng.random() < density]
    pairs = [(order[i], order[j]) for i in range(n) for j in range(i + 1, n)]
    wanted = rng.integers(0, (3 * n) // 2 + 1)
    bidirected: list[tuple[str, str]] = []
    for k in rng.permutation(len(pairs)):
        if len(bidirected) == wanted:
            break
        if all(sum(v in e for e in bidirected) < 3 for v in pairs[k]):
            bidirected.append(pairs[k])
    nodes = tuple(NAMES[i] for i in rng.permutation(n))
    rng.shuffle(directed)
    return Graph(nodes, tuple((a, b) for a, b in directed), tuple(bidirected))


def random_query(rng: np.random.Generator, graph: Graph, *, conditional: bool) -> Query:
    """A random query: joint outcomes, several interventions, conditions if asked for.

    Four in five have an intervention that is an ancestor of an outcome: the others are answered trivially.
    """
    n = len(graph.nodes)
    causal = rng.random() < 0.8
    for _ in range(50):
        names = [graph.nodes[i] for i in rng.permutation(n)]
        most = n - 1 if not conditional else n - 2
        y = int(rng.integers(1, min(3, most) + 1))
        x = int(rng.integers(1, min(3, n - y - conditional) + 1))
        z = int(rng.integers(1, min(3, n - y - x) + 1)) if conditional else 0
        query = Query(tuple(names[:y]), tuple(names[y : y + x]), tuple(names[y + x : y + x + z]))
        if not causal or graph.ancestors(query.outcomes) & set(query.interventions):
            break
    return query


def random_cases(seed: Sequence[int], count: int, sizes: Sequence[int]) -> Iterable[tuple[Graph, Query, int]]:
    """Graph, query and a seed for the model; a third of the queries have conditions."""
    rng = np.random.default_rng(seed)
    for k in range(count):
        graph = random_graph(rng, int(rng.choice(sizes)))
        conditional = k % 3 == 2 and len(graph.nodes) > 2
        yield graph, random_query(rng, graph, conditional=conditional), int(rng.integers(2**31))
