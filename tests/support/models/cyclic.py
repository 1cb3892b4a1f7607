"""Graphs with cycles as plain data, models of them with known truths, and σ-separation by its definition on walks.

Nothing here knows of identification. The truth of a linear model is computed from its equations, and that of a finite
one by enumeration. Both are simple: every part of their equations has exactly one solution.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
Edge = tuple[str, str]


@dataclass(frozen=True)
class Cyclic:
    """A directed mixed graph."""

    nodes: tuple[str, ...]
    directed: tuple[Edge, ...]
    bidirected: tuple[Edge, ...]

    @cached_property
    def parents(self) -> dict[str, frozenset[str]]:
        return {v: frozenset(a for a, b in self.directed if b == v) for v in self.nodes}

    def ancestors(self, of: Collection[str]) -> frozenset[str]:
        found, waiting = set(of), list(of)
        while waiting:
            new = self.parents[waiting.pop()] - found
            found |= new
            waiting += new
        return frozenset(found)

    @cached_property
    def component(self) -> dict[str, frozenset[str]]:
        """The strongly connected component of each node."""
        above = {v: self.ancestors([v]) for v in self.nodes}
        return {v: frozenset(w for w in above[v] if v in above[w]) for v in self.nodes}

    def without(self, into: Collection[str]) -> Cyclic:
        """The graph without the edges into some nodes."""
        directed = tuple((a, b) for a, b in self.directed if b not in into)
        return Cyclic(self.nodes, directed, tuple(e for e in self.bidirected if not set(e) & set(into)))

    def within(self, keep: Collection[str]) -> Cyclic:
        """The subgraph over some nodes."""
        inside = set(keep)
        edges = (tuple(e for e in each if inside.issuperset(e)) for each in (self.directed, self.bidirected))
        return Cyclic(tuple(v for v in self.nodes if v in inside), *edges)


def random_graph(rng: np.random.Generator, size: int) -> Cyclic:
    """A graph that has a cycle in most cases."""
    nodes = tuple("abcdefgh"[:size])
    share, opposite = rng.uniform(0.15, 0.45), rng.uniform(0.05, 0.5)
    directed = [(a, b) for i, a in enumerate(nodes) for b in nodes[i + 1 :] if rng.random() < share]
    directed += [(b, a) for a, b in directed if rng.random() < opposite]
    extra = [(b, a) for i, a in enumerate(nodes) for b in nodes[i + 1 :] if rng.random() < 0.06]
    confounded = rng.uniform(0.0, 0.45)
    bidirected = [(a, b) for i, a in enumerate(nodes) for b in nodes[i + 1 :] if rng.random() < confounded]
    return Cyclic(nodes, tuple(dict.fromkeys(directed + extra)), tuple(bidirected))


def random_query(rng: np.random.Generator, graph: Cyclic) -> tuple[list[str], list[str], list[str]]:
    """Outcomes, interventions and conditions."""
    names = [str(v) for v in rng.permutation(graph.nodes)]
    y, x = int(rng.integers(1, 3)), int(rng.integers(1, 3))
    z = int(rng.integers(0, 3)) if rng.random() < 0.7 else 0
    return sorted(names[:y]), sorted(names[y : y + x]), sorted(names[y + x : y + x + z])


# ── linear models ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Linear:
    """``v = B v + e`` with Gaussian e, whose covariance follows the bidirected edges."""

    graph: Cyclic
    weights: Array
    noise: Array

    @classmethod
    def random(cls, graph: Cyclic, rng: np.random.Generator) -> Linear:
        n, at = len(graph.nodes), {v: i for i, v in enumerate(graph.nodes)}
        weights, loads = np.zeros((n, n)), np.zeros((n, len(graph.bidirected)))
        for a, b in graph.directed:
            weights[at[b], at[a]] = rng.uniform(0.3, 0.8) * rng.choice([-1, 1])
        for k, edge in enumerate(graph.bidirected):
            for v in edge:
                loads[at[v], k] = rng.uniform(0.4, 0.9) * rng.choice([-1, 1])
        return cls(graph, weights, loads @ loads.T + np.diag(rng.uniform(0.5, 1.0, n)))

    @property
    def precision(self) -> Array:
        """The inverse of the covariance of the observed equilibrium."""
        return self._form(list(range(len(self.graph.nodes))))

    def _form(self, rows: list[int]) -> Array:
        """The quadratic form that the density of these variables' residuals is."""
        residuals = (np.eye(len(self.weights)) - self.weights)[rows]
        return np.asarray(residuals.T @ np.linalg.solve(self.noise[np.ix_(rows, rows)], residuals))

    def truth(self, outcomes: list[str], interventions: list[str], conditions: list[str]) -> Array:
        """``P(y | do(x), z)`` as a quadratic form over all variables."""
        at = {v: i for i, v in enumerate(self.graph.nodes)}
        free = [i for v, i in at.items() if v not in interventions]
        asked = {at[v] for v in (*outcomes, *conditions)}
        form = eliminated(self._form(free), [i for i in free if i not in asked])
        return form - eliminated(form, [at[v] for v in outcomes])


def eliminated(form: Array, over: list[int]) -> Array:
    """A quadratic form after its variables `over` are integrated out."""
    if not over:
        return form
    left = np.array(form)
    cross = form[:, over]
    left -= cross @ np.linalg.solve(form[np.ix_(over, over)], cross.T)
    left[over, :] = left[:, over] = 0
    return left


# ── finite models ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Finite:
    """A finite model with a table for each variable, given its causes and the latent variables that it shares.

    In each state of what all members of a cycle depend on, the members' mechanisms read each other in one direction
    only. So a cycle has exactly one solution whatever is set, and its direction changes from unit to unit.
    """

    graph: Cyclic
    sizes: dict[str, int]
    latents: dict[str, Array]
    mechanisms: dict[str, tuple[tuple[str, ...], Array]]

    @classmethod
    def random(cls, graph: Cyclic, rng: np.random.Generator) -> Finite:
        sizes = {v: int(rng.choice([2, 2, 3])) for v in graph.nodes}
        hidden = {v: [f"u{k}" for k, e in enumerate(graph.bidirected) if v in e] for v in graph.nodes}
        latents = {f"u{k}": _table(rng, 2) for k in range(len(graph.bidirected))}
        size = sizes | dict.fromkeys(latents, 2)
        mechanisms = {}
        for loop in dict.fromkeys(graph.component.values()):
            members = [v for v in graph.nodes if v in loop]
            reads = {v: [*sorted(graph.parents[v]), *hidden[v]] for v in members}
            context = [c for c in reads[members[0]] if c not in loop and all(c in reads[v] for v in members)]
            orders = {
                state: [str(v) for v in rng.permutation(members)]
                for state in np.ndindex(*(size[c] for c in context))
            }
            for v in members:
                table = _table(rng, sizes[v], *(size[name] for name in reads[v]))
                for state, order in orders.items():
                    later = set(order[order.index(v) :])
                    index = tuple(state[context.index(c)] if c in context else slice(None) for c in reads[v])
                    left = [name for name in reads[v] if name not in context]
                    for axis, name in enumerate(left):
                        if name in later:
                            part = table[index]
                            table[index] = np.take(part, [0], axis=axis)
                mechanisms[v] = ((*reads[v], v), table)
        return cls(graph, sizes, latents, mechanisms)

    def _contract(self, variables: Collection[str], axes: Collection[str]) -> Array:
        label = {name: k for k, name in enumerate([*self.graph.nodes, *self.latents])}
        operands: list[Any] = []
        for v in variables:
            names, table = self.mechanisms[v]
            operands += [table, [label[name] for name in names]]
        for name, prior in self.latents.items():
            operands += [prior, [label[name]]]
        for name in axes:
            operands += [np.ones(self.sizes[name]), [label[name]]]
        return np.asarray(np.einsum(*operands, [label[name] for name in axes], optimize="greedy"))

    def joint(self) -> Array:
        """The observed distribution, axes in the order of the nodes."""
        return self._contract(self.graph.nodes, self.graph.nodes)

    def truth(self, outcomes: list[str], interventions: list[str], conditions: list[str]) -> Array:
        """``P(y | do(x), z)``, axes x, z, y."""
        free = [v for v in self.graph.nodes if v not in interventions]
        table = self._contract(free, [*interventions, *conditions, *outcomes])
        last = tuple(range(table.ndim - len(outcomes), table.ndim))
        return np.asarray(table / table.sum(axis=last, keepdims=True))


def _table(rng: np.random.Generator, card: int, *given: int) -> Array:
    return np.asarray(0.7 * rng.dirichlet(np.ones(card), size=given) + 0.3 / card)


# ── σ-separation ─────────────────────────────────────────────────────────────────────────────────────────────


def sigma_separated(graph: Cyclic, x: str, y: str, given: Collection[str]) -> bool:
    """Whether every walk between two nodes is σ-blocked.

    A walk is open where each collider on it is an ancestor of what is given, and each other node is not given or
    points along the walk only to nodes of its own strongly connected component.

    References:
        Forré, Mooij (2018), "Constraint-based causal discovery for non-linear structural causal models with cycles
        and latent confounders", definition of σ-separation.
    """
    opened = graph.ancestors(given)
    steps: list[
        tuple[str, bool, str, bool]
    ] = []  # from, whether a head is there, to, whether a head is there
    for a, b in graph.directed:
        steps += [(a, False, b, True), (b, True, a, False)]
    for a, b in graph.bidirected:
        steps += [(a, True, b, True), (b, True, a, True)]
    seen = set[tuple[str, bool, str]]()
    waiting = [(b, head, a) for a, _, b, head in steps if a == x]
    while waiting:
        state = waiting.pop()
        if state in seen:
            continue
        seen.add(state)
        node, arrived, before = state
        if node == y:
            return False
        for a, leaves, b, head in steps:
            if a != node:
                continue
            if arrived and leaves:
                is_open = node in opened
            else:
                tails = ([] if arrived else [before]) + ([] if leaves else [b])
                is_open = node not in given or all(w in graph.component[node] for w in tails)
            if is_open:
                waiting.append((b, head, node))
    return True
