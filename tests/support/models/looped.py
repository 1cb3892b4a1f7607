"""Models with cycles for questions about several worlds: a hidden cause of each cycle says in which order it settles.

Given that order the model has no cycle, so what it does in all worlds is what an acyclic model does; the model is a
mixture of these. Each part of its equations has one solution, whatever is set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations, product

import numpy as np

from models.cyclic import Cyclic
from models.functional import Array, Model, Problem


class Looped:
    """A random model of a problem whose graph may have cycles."""

    def __init__(self, problem: Problem, seed: int) -> None:
        graph = Cyclic(problem.nodes, problem.directed, problem.bidirected)
        rng = np.random.default_rng([7, seed])
        loops = [loop for loop in dict.fromkeys(graph.component.values()) if len(loop) > 1]
        first = Model(problem, seed)
        self.parts: list[tuple[float, Model]] = []
        orders = [list(permutations(sorted(loop))) for loop in loops]
        laws = [rng.dirichlet(np.ones(len(each)) * 2) for each in orders]
        for choice in product(*(range(len(each)) for each in orders)):
            weight = float(np.prod([law[k] for law, k in zip(laws, choice, strict=True)]))
            chosen = [each[k] for each, k in zip(orders, choice, strict=True)]
            self.parts.append((weight, _settling(first, chosen)))

    def joint(self, sets: Sequence[str] = ()) -> Array:
        """P(V | do(sets)), an axis for each node."""
        return np.asarray(sum(weight * model.joint(sets) for weight, model in self.parts))

    def truth(self) -> tuple[list[str], Array]:
        """The answer, as `Model.truth`."""
        found = [(weight, *model.masses()) for weight, model in self.parts]
        both = np.asarray(sum(weight * part for weight, _, part, _ in found))
        given = np.asarray(sum(weight * part for weight, _, _, part in found))
        return found[0][1], np.divide(both, given, out=np.full_like(both, np.nan), where=given > 1e-14)


def _settling(model: Model, orders: Sequence[tuple[str, ...]]) -> Model:
    """The model in which the members of each cycle read only the members before them; the others count as 0."""
    problem = model.problem
    place = {v: (number, k) for number, order in enumerate(orders) for k, v in enumerate(order)}

    def is_read(a: str, b: str) -> bool:
        return a not in place or b not in place or place[a][0] != place[b][0] or place[a] < place[b]

    edges = tuple(edge for edge in problem.directed if is_read(*edge))
    found = Model.__new__(Model)
    found.problem = replace(problem, directed=edges)
    found.noise, found.hidden, found.functions = model.noise, model.hidden, {}
    for v in problem.nodes:
        index = [slice(None) if is_read(parent, v) else 0 for parent in problem.parents(v)]
        found.functions[v] = model.functions[v][(*index, ...)]
    return found


def acyclified(problem: Problem) -> Problem:
    """The problem on the acyclification of its graph."""
    graph = Cyclic(problem.nodes, problem.directed, problem.bidirected)
    home = graph.component
    directed = tuple(
        (a, b)
        for a in problem.nodes
        for b in problem.nodes
        if a not in home[b] and any((a, k) in problem.directed for k in home[b])
    )
    both = {frozenset(edge) for edge in problem.bidirected}
    pairs = tuple((a, b) for a, b in _pairs(problem.nodes) if _tied(home[a], home[b], both))
    return replace(problem, directed=directed, bidirected=pairs)


def _tied(one: frozenset[str], other: frozenset[str], both: set[frozenset[str]]) -> bool:
    return one == other or any(frozenset((a, b)) in both for a in one for b in other)


def _pairs(nodes: Sequence[str]) -> Iterator[tuple[str, str]]:
    for k, a in enumerate(nodes):
        yield from ((a, b) for b in nodes[k + 1 :])
