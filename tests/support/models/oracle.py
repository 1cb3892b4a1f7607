"""Random structural causal models with explicit latents, and their exact interventional truths.

The oracle knows the latents, so it needs no identification: it fixes x, sums the latents out of what is left
(the truncated factorisation, Pearl 2009, eq. 3.10) and normalises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.graphs import Graph, Query

Array = np.ndarray[Any, np.dtype[np.float64]]


def maximal_cliques(graph: Graph) -> list[tuple[str, ...]]:
    """The maximal cliques of the bidirected part (Bron and Kerbosch 1973), singletons left out."""
    found: list[tuple[str, ...]] = []

    def extend(clique: set[str], candidates: set[str], excluded: set[str]) -> None:
        if not candidates and not excluded and len(clique) > 1:
            found.append(tuple(v for v in graph.nodes if v in clique))
        for v in [v for v in graph.nodes if v in candidates]:
            extend(clique | {v}, candidates & graph.spouses[v], excluded & graph.spouses[v])
            candidates = candidates - {v}
            excluded = excluded | {v}

    extend(set(), set(graph.nodes), set())
    return found


@dataclass(frozen=True)
class Model:
    """A structural causal model of finite variables.

    Args:
        graph: The graph it obeys.
        cards: The number of states of each observed variable.
        latents: Priors by latent name.
        mechanisms: ``P(v | parents, latents)`` by variable: the names of the axes, v last, and the table.
    """

    graph: Graph
    cards: dict[str, int]
    latents: dict[str, Array]
    mechanisms: dict[str, tuple[tuple[str, ...], Array]]

    def _contract(self, variables: tuple[str, ...], axes: tuple[str, ...]) -> Array:
        """The product of these variables' mechanisms, latents and all but the axes summed out."""
        label = {name: k for k, name in enumerate([*self.graph.nodes, *self.latents])}
        operands: list[Any] = []
        for v in variables:
            names, table = self.mechanisms[v]
            operands += [table, [label[name] for name in names]]
        for name, prior in self.latents.items():
            operands += [prior, [label[name]]]
        for name in axes:
            operands += [np.ones(self.cards[name]), [label[name]]]
        table = np.einsum(*operands, [label[name] for name in axes], optimize="greedy")
        return np.ascontiguousarray(table)

    def joint(self) -> Array:
        """``P(V)``, axes in the order of the graph's nodes."""
        return self._contract(self.graph.nodes, self.graph.nodes)

    def truth(self, query: Query) -> Array:
        """The true ``P(y | do(x), z)`` for all values, axes in the order of ``query.axes``."""
        free = tuple(v for v in self.graph.nodes if v not in query.interventions)
        table = self._contract(free, query.axes)
        outcomes = tuple(range(table.ndim - len(query.outcomes), table.ndim))
        return np.asarray(table / table.sum(axis=outcomes, keepdims=True))


def random_model(graph: Graph, seed: int) -> Model:
    """A random model: one latent for each bidirected edge, or, in a third, for each maximal clique.

    Tables are a Dirichlet mixed with a uniform, so that no probability comes near zero.
    """
    rng = np.random.default_rng([20060716, seed])
    n = len(graph.nodes)
    ternary = 0.35 if n <= 5 else 0.15 if n == 6 else 0.06
    cards = {v: 3 if rng.random() < ternary else 2 for v in graph.nodes}
    shared = maximal_cliques(graph) if rng.random() < 1 / 3 else list(graph.bidirected)

    def table(card: int, *given: int) -> Array:
        return np.asarray(0.7 * rng.dirichlet(np.ones(card), size=given) + 0.3 / card)

    latents = {f"u{k}": table(3 if n <= 5 and rng.random() < 0.3 else 2) for k in range(len(shared))}
    mechanisms = {}
    for v in graph.nodes:
        given = [p for p in graph.nodes if p in graph.parents[v]]
        hidden = [f"u{k}" for k, members in enumerate(shared) if v in members]
        shape = [*(cards[p] for p in given), *(len(latents[u]) for u in hidden)]
        mechanisms[v] = ((*given, *hidden, v), table(cards[v], *shape))
    return Model(graph, cards, latents, mechanisms)
