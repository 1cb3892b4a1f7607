"""Problems with several data sets, decided and answered without dofx: by sets of names and by enumeration.

A problem is a graph with latent causes, a query and data sets. Its verdict comes from the shortest form of the
theory: a c-factor survives in a data set if taking ancestors and districts in turn, in what is not set there, comes
down to it. Its truth comes from a random model in which shifted mechanisms are other random tables of the same causes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
Names = frozenset[str]


@dataclass(frozen=True)
class Rows:
    """What is declared of a data set."""

    name: str
    sets: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Problem:
    """A query ``P(y | do(x), w)`` about a graph whose nodes stand in topological order, and data sets."""

    nodes: tuple[str, ...]
    directed: tuple[tuple[str, str], ...]
    bidirected: tuple[tuple[str, str], ...]
    y: tuple[str, ...]
    x: tuple[str, ...]
    w: tuple[str, ...]
    data: tuple[Rows, ...]

    @property
    def query(self) -> str:
        """The query as text."""
        given = [f"do({', '.join(self.x)})"] if self.x else []
        return f"P({', '.join(self.y)}{' | ' if given or self.w else ''}{', '.join([*given, *self.w])})"


@dataclass
class Dag:
    """A graph with its latent causes as nodes: parents by node."""

    parents: dict[str, set[str]]
    latent: set[str] = field(default_factory=set)

    def without_causes(self, nodes: set[str] | Names) -> Dag:
        """The graph in which some nodes have no causes."""
        return Dag({v: set() if v in nodes else set(ps) for v, ps in self.parents.items()}, self.latent)

    def without_effects(self, nodes: set[str] | Names) -> Dag:
        """The graph in which some nodes have no effects."""
        return Dag({v: ps - nodes for v, ps in self.parents.items()}, self.latent)

    def ancestors(self, nodes: set[str] | Names) -> set[str]:
        """Some nodes and all that lead to them, latent ones too."""
        found, waiting = set(nodes), list(nodes)
        while waiting:
            for parent in self.parents[waiting.pop()] - found:
                found.add(parent)
                waiting.append(parent)
        return found

    def separated(self, a: set[str], b: set[str], given: set[str]) -> bool:
        """Whether two sets are d-separated: by a moral ancestral graph, the given nodes taken out."""
        inside = self.ancestors(a | b | given)
        near: dict[str, set[str]] = {v: set() for v in inside}
        for v in inside:
            for one in (family := [v, *self.parents[v]]):
                near[one] |= set(family) - {one}
        seen, waiting = set(a - given), list(a - given)
        while waiting:
            for other in near[waiting.pop()] - seen - given:
                seen.add(other)
                waiting.append(other)
        return not seen & b

    def mixed(self, seen: set[str]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
        """Parents and siblings of the projection onto some nodes."""
        sources: dict[str, set[str]] = {}
        for v in seen:
            reach, waiting = set[str](), list(self.parents[v])
            while waiting:
                node = waiting.pop()
                if node not in reach:
                    reach.add(node)
                    waiting += [] if node in seen else self.parents[node]
            sources[v] = reach
        parents = {v: sources[v] & seen for v in seen}
        siblings = {v: {u for u in seen if u != v and (sources[u] & sources[v]) - seen} for v in seen}
        return parents, siblings


def dag_of(problem: Problem) -> Dag:
    """The graph of a problem, a latent node for each bidirected edge."""
    parents: dict[str, set[str]] = {v: set() for v in problem.nodes}
    for a, b in problem.directed:
        parents[b].add(a)
    latent = set()
    for a, b in problem.bidirected:
        name = f"{a}~{b}"
        latent.add(name)
        parents[name] = set()
        parents[a].add(name)
        parents[b].add(name)
    return Dag(parents, latent)


def closure(rows: dict[str, set[str]], start: set[str], within: set[str]) -> set[str]:
    """All that is reached from some nodes inside a set."""
    found, waiting = start & within, list(start & within)
    while waiting:
        for other in (rows[waiting.pop()] & within) - found:
            found.add(other)
            waiting.append(other)
    return found


def parts_of(siblings: dict[str, set[str]], within: set[str]) -> list[set[str]]:
    """The districts of a set."""
    left, found = set(within), []
    while left:
        found.append(closure(siblings, {min(left)}, within))
        left -= found[-1]
    return found


def decided(problem: Problem) -> bool:
    """Whether the theory identifies the query, with the simple rule for rows that were selected."""
    dag, y, x, w = dag_of(problem), set(problem.y), set(problem.x), set(problem.w)
    moved = True
    while moved:
        moved = False
        for v in sorted(w):
            cut = dag.without_causes(x).without_effects({v})
            if cut.separated(y, {v}, x | (w - {v})):
                x.add(v)
                w.remove(v)
                moved = True
                break
    world = dag.without_causes(x)
    relevant = world.ancestors(y | w) - dag.latent
    optional = sorted(relevant - x - y - w)
    for hide in range(len(optional) + 1):
        for dropped in map(set, combinations(optional, hide)):
            seen = relevant - dropped
            siblings = world.mixed(seen)[1]
            if all(
                any(_serves(dag, rows, part, _folded(world, part, dropped)) for rows in problem.data)
                for part in parts_of(siblings, seen - x)
            ):
                return True
    return False


def _folded(dag: Dag, part: set[str], hidden: set[str]) -> set[str]:
    return closure(dag.parents, part, part | hidden)


def _serves(dag: Dag, rows: Rows, part: set[str], folded: set[str]) -> bool:
    sets, measures = set(rows.sets), set(rows.measures) - set(rows.sets)
    causes = set().union(*(dag.parents[v] for v in folded)) - dag.latent - folded
    if folded & (sets | set(rows.differs)) or not part <= measures or not causes <= measures | sets:
        return False
    whole = dag.without_causes(sets)
    if rows.keeps:
        whole = Dag({**whole.parents, "kept": set(rows.keeps)}, whole.latent)
    chosen = {"kept"} if rows.keeps else set()
    parents, siblings = whole.mixed(measures | sets | chosen)
    for each in parts_of(siblings, folded & measures):
        inside = closure(parents, each | chosen, measures | chosen)
        district = closure(siblings, each, inside)
        if rows.keeps and district & closure(parents, chosen, measures | chosen):
            return False
        while True:
            smaller = closure(siblings, each, closure(parents, each, district))
            if smaller == district:
                break
            district = smaller
        if district != each:
            return False
    return True


def random_problem(
    rng: np.random.Generator,
    size: int,
    *,
    shifted: float = 0.0,
    partly: float = 0.0,
    selected: float = 0.0,
    dense: float = 0.5,
) -> Problem:
    """A random problem.

    Args:
        rng: Where chance comes from.
        size: The number of nodes.
        shifted: How probable it is that a mechanism of a data set is another.
        partly: How probable it is that a data set lacks a column.
        selected: How probable it is that a data set is selected.
        dense: How probable an edge is.
    """
    nodes = tuple(f"v{i}" for i in range(size))
    pairs = list(combinations(nodes, 2))
    directed = tuple(pair for pair in pairs if rng.random() < dense)
    bidirected = tuple(pair for pair in pairs if rng.random() < 0.6 * dense)
    shuffled = [str(v) for v in rng.permutation(nodes)]
    many = 1 + int(rng.random() < 0.25)
    y, rest = tuple(shuffled[:many]), shuffled[many:]
    x = tuple(rest[: 1 + int(rng.random() < 0.3)])
    w = tuple(rest[len(x) : len(x) + int(rng.random() < 0.35)])

    def some(probability: float) -> tuple[str, ...]:
        return tuple(v for v in nodes if rng.random() < probability)

    data = []
    for number in range(int(rng.integers(1, 4))):
        sets = some(rng.choice([0.0, 0.2, 0.4]))
        measures = tuple(v for v in nodes if v in sets or rng.random() >= partly)
        keeps = some(0.3) if rng.random() < selected else ()
        data.append(Rows(f"d{number}", sets, measures, some(shifted), keeps))
    return Problem(nodes, directed, bidirected, y, x, w, tuple(data))


def deep_problem(rng: np.random.Generator, size: int) -> Problem:
    """A random problem about a long path whose far ends are confounded: its c-factors take several rounds to find."""
    nodes = tuple(f"v{i}" for i in range(size))
    pairs = [(i, j) for i, j in combinations(range(size), 2)]
    directed = tuple((nodes[i], nodes[j]) for i, j in pairs if j == i + 1 or rng.random() < 0.08)
    bidirected = tuple((nodes[i], nodes[j]) for i, j in pairs if j > i + 1 and rng.random() < 0.45)
    x = nodes[-2 if rng.random() < 0.6 else int(rng.integers(size - 1))]
    data = []
    for number in range(int(rng.integers(1, 4))):
        sets = tuple(v for v in nodes[:-1] if rng.random() < rng.choice([0.0, 0.15]))
        differs = tuple(v for v in nodes if rng.random() < 0.1)
        data.append(Rows(f"d{number}", sets, nodes, differs))
    return Problem(nodes, directed, bidirected, nodes[-1:], (x,), (), tuple(data))


@dataclass
class Populations:
    """A random model of the target population and of the population of each data set.

    Args:
        problem: The problem.
        seed: Where chance comes from.
    """

    problem: Problem
    seed: int

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        problem = self.problem
        self.dag = dag_of(problem)
        names = [*problem.nodes, *sorted(self.dag.latent)]
        self.cards = {name: int(rng.integers(2, 4)) for name in names}
        self.label = {name: place for place, name in enumerate(names)}
        self.laws = {name: _random(rng, (), self.cards[name]) for name in self.dag.latent}
        self.mechanisms = {v: self._mechanism(rng, v) for v in problem.nodes}
        self.others = {(rows.name, v): self._mechanism(rng, v) for rows in problem.data for v in rows.differs}
        self.chances = {
            rows.name: rng.uniform(0.1, 0.9, [self.cards[c] for c in rows.keeps]) for rows in problem.data
        }

    def _mechanism(self, rng: np.random.Generator, v: str) -> Array:
        return _random(rng, tuple(self.cards[p] for p in self._causes(v)), self.cards[v])

    def _causes(self, v: str) -> list[str]:
        return sorted(self.dag.parents[v], key=self.label.__getitem__)

    def _contract(self, made: dict[str, Array], axes: tuple[str, ...], more: list[Any]) -> Array:
        operands: list[Any] = []
        for v, mechanism in made.items():
            operands += [mechanism, [self.label[name] for name in (*self._causes(v), v)]]
        for name, law in self.laws.items():
            operands += [law, [self.label[name]]]
        for name in axes:
            operands += [np.ones(self.cards[name]), [self.label[name]]]
        out = [self.label[name] for name in axes]
        return np.asarray(np.einsum(*operands, *more, out, optimize="greedy"))

    def table(
        self, rows: Rows, beside: tuple[str, ...] = (), more: Sequence[Any] = ()
    ) -> tuple[tuple[str, ...], Array]:
        """The names of the axes of a data set's table, and the table: a distribution for each setting.

        What is `beside` has axes too, the last ones, and its mechanisms are operands in `more`.
        """
        problem = self.problem
        made = {
            v: self.others.get((rows.name, v), self.mechanisms[v])
            for v in problem.nodes
            if v not in rows.sets
        }
        measured = tuple(v for v in problem.nodes if v in rows.measures and v not in rows.sets)
        axes = (*rows.sets, *measured, *beside)
        kept = [self.chances[rows.name], [self.label[c] for c in rows.keeps]] if rows.keeps else []
        table = self._contract(made, axes, [*kept, *more])
        whole = tuple(range(len(rows.sets), table.ndim))
        return axes, np.asarray(table / table.sum(axis=whole, keepdims=True))

    def truth(self, axes: tuple[str, ...]) -> Array:
        """``P(y | do(x), w)`` of the target population, with these axes."""
        problem = self.problem
        made = {v: self.mechanisms[v] for v in problem.nodes if v not in problem.x}
        order = (*problem.x, *problem.w, *problem.y)
        table = self._contract(made, order, [])
        ends = tuple(range(len(problem.x) + len(problem.w), table.ndim))
        table = table / table.sum(axis=ends, keepdims=True)
        return np.asarray(table.transpose([order.index(name) for name in axes]))


def _random(rng: np.random.Generator, causes: tuple[int, ...], states: int) -> Array:
    table = rng.dirichlet(np.ones(states), causes) if causes else rng.dirichlet(np.ones(states))
    return np.asarray((table + 0.3 / states) / 1.3)


STRATA: dict[str, dict[str, float]] = {
    "experiments": {},
    "shifted": {"shifted": 0.2},
    "partly measured": {"partly": 0.3},
    "shifted and partly measured": {"shifted": 0.15, "partly": 0.2},
    "selected": {"selected": 0.6, "partly": 0.1},
    "confounded": {"dense": 0.75, "shifted": 0.1},
}


def problems(seed: int, count: int, sizes: tuple[int, ...] = (3, 4, 5)) -> Iterator[tuple[str, int, Problem]]:
    """Random problems of every stratum in turn, each with its stratum and a seed for its model."""
    rng = np.random.default_rng(seed)
    kinds = [*STRATA, "deep"]
    for number in range(count):
        kind = kinds[number % len(kinds)]
        size = int(rng.choice(sizes))
        deep = kind == "deep"
        problem = deep_problem(rng, size + 2) if deep else random_problem(rng, size, **STRATA[kind])
        yield kind, seed * 1_000_003 + number, problem
