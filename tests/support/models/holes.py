"""Random models of graphs with holes, their observed law and the truth, by enumeration and without the compiler."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Problem:
    """An m-graph and a query.

    Args:
        variables: Variables, causes first.
        holes: Those that have holes.
        directed: Edges; an indicator is written ``missing(v)``.
        bidirected: Edges, likewise.
        query: ``(outcomes, interventions, conditions)``.
        together: Columns with holes that are missing together, so that one indicator decides about them.
    """

    variables: tuple[str, ...]
    holes: tuple[str, ...]
    directed: tuple[tuple[str, str], ...]
    bidirected: tuple[tuple[str, str], ...]
    query: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]
    together: tuple[str, ...] = ()

    def indicator(self, v: str) -> str:
        """The indicator of a column with holes."""
        return f"missing({', '.join(self.together) if v in self.together else v})"

    @property
    def indicators(self) -> tuple[str, ...]:
        """All indicators."""
        return tuple(dict.fromkeys(map(self.indicator, self.holes)))

    @property
    def graph(self) -> str:
        """The graph as text."""
        items = [*self.variables, *self.indicators]
        items += [f"{a} -> {b}" for a, b in self.directed] + [f"{a} <-> {b}" for a, b in self.bidirected]
        return "; ".join(items)

    @property
    def text(self) -> str:
        """The query as text."""
        outcomes, interventions, conditions = self.query
        given = [f"do({', '.join(interventions)})"] if interventions else []
        given += conditions
        return f"P({', '.join(outcomes)}" + (f" | {', '.join(given)})" if given else ")")

    @property
    def keeps_the_full_law(self) -> bool:
        """Whether no path of colliders alone joins a variable to its own indicator (Nabi et al. 2020, theorem 2)."""
        return not any(self._colliding(v) for v in self.holes)

    def _colliding(self, v: str) -> bool:
        """Whether v and its indicator are joined by an edge or by a path whose inner nodes are all colliders."""
        goal = self.indicator(v)
        edges = {*self.directed}
        siblings = {*self.bidirected, *((b, a) for a, b in self.bidirected)}
        if (v, goal) in edges or (v, goal) in siblings:
            return True
        reached = {b for a, b in (*edges, *siblings) if a == v}  # an arrowhead points into each
        waiting = list(reached)
        while waiting:
            node = waiting.pop()
            if (goal, node) in edges or (goal, node) in siblings:
                return True
            for a, b in siblings:
                if a == node and b not in reached:
                    reached.add(b)
                    waiting.append(b)
        return False


def parsed(graph: str, query: str) -> Problem:
    """The problem that texts in the plainest form describe."""
    directed, bidirected, nodes = [], [], dict[str, None]()
    for item in graph.split(";"):
        ends = [end.strip() for end in re.split(r"<->|->", item)]
        nodes |= dict.fromkeys(ends)
        if "<->" in item:
            bidirected.append((ends[0], ends[1]))
        elif "->" in item:
            directed.append((ends[0], ends[1]))
    decided = [node[8:-1].split(", ") for node in nodes if node.startswith("missing(")]
    holes = tuple(dict.fromkeys(v for columns in decided for v in columns))
    together = next((tuple(columns) for columns in decided if len(columns) > 1), ())
    variables = [node for node in dict.fromkeys((*nodes, *holes)) if not node.startswith("missing(")]
    order: list[str] = []
    while len(order) < len(variables):
        order += [
            next(
                v
                for v in variables
                if v not in order and all(a in order or b != v for a, b in directed if a in variables)
            )
        ]
    match = re.fullmatch(r"P\(([^|]*?)(?:\|(.*))?\)", query.strip())
    assert match
    outcomes = tuple(name.strip() for name in match[1].split(","))
    rest = match[2] or ""
    done = re.search(r"do\(([^)]*)\)", rest)
    interventions = tuple(name.strip() for name in done[1].split(",")) if done else ()
    left = rest.replace(done[0], "") if done else rest
    conditions = tuple(name.strip() for name in left.split(",") if name.strip())
    return Problem(
        tuple(order),
        holes,
        tuple(directed),
        tuple(bidirected),
        (outcomes, interventions, conditions),
        together,
    )


def drawn(
    rng: np.random.Generator,
    most_variables: int = 4,
    most_holes: int = 3,
    own: float = 0.35,
    together: bool = False,
) -> Problem:
    """A random problem; in a share `own` of them, a variable may be a cause of its own hole.

    Where `together` says so, the first two columns with holes are missing together.
    """
    size = int(rng.integers(2, most_variables + 1))
    names = tuple("abcde"[:size])
    holes = tuple(v for v in rng.permutation(names)[: rng.integers(1, min(size, most_holes) + 1)].tolist())
    alike = tuple(sorted(holes[:2])) if together and len(holes) > 1 else ()
    shell = Problem(names, holes, (), (), ((), (), ()), alike)
    indicators = list(dict.fromkeys(shell.indicator(v) for v in rng.permutation(holes).tolist()))
    p, q, r = rng.uniform(0.3, 0.8), rng.uniform(0.05, 0.3), rng.uniform(0.1, 0.45)
    s, t, u = rng.uniform(0.0, 0.4), rng.uniform(0.0, 0.2), rng.uniform(0.0, 0.5)
    itself = rng.uniform() < own
    directed = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :] if rng.uniform() < p]
    bidirected = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :] if rng.uniform() < q]
    for i, indicator in enumerate(indicators):
        for v in names:
            if itself or v not in holes or shell.indicator(v) != indicator:
                directed += [(v, indicator)] if rng.uniform() < r else []
                bidirected += [(v, indicator)] if rng.uniform() < t else []
        for other in indicators[i + 1 :]:
            directed += [(indicator, other)] if rng.uniform() < s else []
            bidirected += [(indicator, other)] if rng.uniform() < u * t else []
    roles = rng.permutation(names).tolist()
    y = max(roles[:2]) if rng.uniform() < 0.8 else roles[0]
    others = [v for v in roles if v != y]
    outcomes, interventions, conditions = [y], [], []
    for v in others:
        kind = rng.uniform()
        if (kind < 0.45 and not interventions) or kind < 0.55:
            interventions.append(v)
        elif kind < 0.65:
            conditions.append(v)
        elif kind < 0.72:
            outcomes.append(v)
    query = tuple(outcomes), tuple(interventions), tuple(conditions)
    return Problem(names, holes, tuple(directed), tuple(bidirected), query, alike)


class Model:
    """A random positive model of a problem's graph, a latent for each bidirected edge.

    Args:
        problem: The problem.
        rng: Where its numbers come from.
        states: The number of states of each variable.
    """

    def __init__(self, problem: Problem, rng: np.random.Generator, states: int = 2) -> None:
        self.problem = problem
        self.indicators = list(problem.indicators)
        nodes = [*problem.variables, *self.indicators]
        size = {**dict.fromkeys(problem.variables, states), **dict.fromkeys(self.indicators, 2)}
        latents = [f"latent {k}" for k in range(len(problem.bidirected))]
        size |= dict.fromkeys(latents, 2)
        self.place = {name: k for k, name in enumerate([*nodes, *latents])}
        self.tables: dict[str, tuple[Array, list[int]]] = {}
        for name in nodes:
            above = [a for a, b in problem.directed if b == name]
            above += [latents[k] for k, edge in enumerate(problem.bidirected) if name in edge]
            shape = [size[a] for a in above]
            table = rng.dirichlet(np.ones(size[name]) * 1.5, size=shape) * 0.9 + 0.1 / size[name]
            self.tables[name] = np.moveaxis(table, -1, 0), [self.place[a] for a in (name, *above)]
        for name in latents:
            self.tables[name] = rng.dirichlet(np.ones(2) * 2) * 0.9 + 0.05, [self.place[name]]
        self.size = size

    def law(self, axes: list[str], without: tuple[str, ...] = ()) -> Array:
        """The joint of some nodes, with the mechanisms of others left out."""
        operands: list[object] = []
        for name, (table, labels) in self.tables.items():
            operands += [np.ones(self.size[name]), [self.place[name]]] if name in without else [table, labels]
        found: Array = np.einsum(*operands, [self.place[name] for name in axes], optimize="greedy")  # type: ignore[call-overload]
        return found

    def observed(self) -> Array:
        """The law of the rows that are seen: an axis for each variable, with a last entry for its hole."""
        variables, holes = self.problem.variables, self.problem.holes
        full = self.law([*variables, *self.indicators])
        shape = [self.size[v] + (v in holes) for v in variables]
        seen = np.zeros(shape)
        for pattern in np.ndindex(*(2,) * len(self.indicators)):
            seen_by = dict(zip(self.indicators, pattern, strict=True))
            shown = {v: seen_by[self.problem.indicator(v)] for v in holes}
            part = full[(..., *pattern)]
            hidden = tuple(k for k, v in enumerate(variables) if shown.get(v) == 0)
            part = part.sum(axis=hidden, keepdims=True)
            cut = tuple(
                slice(None) if v not in holes else slice(0, self.size[v]) if shown[v] else slice(-1, None)
                for v in variables
            )
            seen[cut] += part
        return seen

    def truth(self) -> Array:
        """The answer, with axes for outcomes, interventions, conditions."""
        outcomes, interventions, conditions = self.problem.query
        joint = self.law([*outcomes, *interventions, *conditions], interventions)
        total = joint.sum(axis=tuple(range(len(outcomes))), keepdims=True)
        answer: Array = joint / total
        return answer
