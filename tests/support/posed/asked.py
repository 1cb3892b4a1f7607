"""Random problems over several worlds, and how they are put to dofx through its public calls."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np

import dofx
from models.functional import Array, Event, Model, Problem, World

KINDS = ("joint", "conditional", "nested", "policy", "regime", "shift")


def random_problem(rng: np.random.Generator, kind: str, *, hidden: float = 1.0) -> Problem:
    """A random problem of a kind, as plain data; `hidden` says how much of it is confounded, 1 being a little."""
    n = int(rng.integers(2, 5))
    nodes = tuple("ABCDE"[:n])
    density, doubled = rng.choice([0.4, 0.6, 0.8]), rng.choice([0.0, 0.15, 0.35])
    pairs = list(combinations(nodes, 2))
    directed = tuple(pair for pair in pairs if rng.random() < density)
    bidirected = tuple(pair for pair in pairs if rng.random() < doubled * hidden)[:3]
    states = {v: int(rng.choice([2, 2, 3])) for v in nodes}
    maker = _Maker(rng, nodes, directed, states)
    worlds: list[World] = [(), maker.world(kind), maker.world(kind)]
    if rng.random() < 0.3:
        worlds.append(maker.world(kind))
    asked = [maker.event(worlds[int(rng.integers(1, len(worlds)))], effect=True)]
    if rng.random() < 0.5:
        asked.append(maker.event(worlds[int(rng.integers(len(worlds)))]))
    given = []
    if kind == "conditional" or rng.random() < 0.35:
        places = rng.integers(len(worlds), size=rng.integers(1, 4))
        given = [maker.event(worlds[int(place)], closed=0.85) for place in places]
    if given and rng.random() < 0.05:
        given.append(asked[-1])
    every = tuple(z for k in range(n) for z in combinations(nodes, k))
    data: tuple[tuple[str, ...], ...] = ((),)
    chance = rng.random()
    if chance < 0.12:
        data = every
    elif chance < 0.2:
        data = ((), every[int(rng.integers(1, len(every)))]) if len(every) > 1 else ((),)
    return Problem(nodes, directed, bidirected, tuple(asked), tuple(given), states, maker.policies, data)


class _Maker:
    def __init__(
        self,
        rng: np.random.Generator,
        nodes: tuple[str, ...],
        directed: tuple[tuple[str, str], ...],
        states: dict[str, int],
    ) -> None:
        self.rng, self.nodes, self.directed, self.states = rng, nodes, directed, states
        self.policies: dict[str, tuple[str, tuple[tuple[str, World | None], ...], Array]] = {}

    def world(self, kind: str, depth: int = 0) -> World:
        """A random world that sets one variable or two."""
        rng = self.rng
        size = min(int(rng.choice([1, 1, 2])) + (kind == "regime"), len(self.nodes))
        sets = sorted(rng.choice(self.nodes, size=size, replace=False), key=self.nodes.index)
        world: list[tuple[str, Any]] = []
        for place, name in enumerate(map(str, sets)):
            policy = kind in ("policy", "shift", "regime") and (rng.random() < 0.7 or place == 0)
            if kind == "nested" and depth < 2 and rng.random() < 0.6:
                there = () if rng.random() < 0.3 else self.world(kind, depth + 1)
                world.append((name, ("in", name, there)))
            elif policy and depth == 0:
                world.append((name, self.policy(name, kind)))
            elif rng.random() < 0.06:
                world.append((name, f"?{name.lower()}{int(rng.integers(2))}"))
            else:
                world.append((name, int(rng.integers(self.states[name]))))
        return tuple(world)

    def policy(self, name: str, kind: str) -> Any:
        """A policy that reads variables before it; a shift reads the natural value of what it sets too."""
        rng = self.rng
        before = [v for v in self.nodes[: self.nodes.index(name)] if rng.random() < 0.5]
        reads: list[tuple[str, World | None]] = [(v, None) for v in before[-2:]]
        if kind == "shift" or rng.random() < 0.1:
            reads.append((name, None))
        if before and rng.random() < 0.1:
            reads[0] = (reads[0][0], ())
        size = self.states[name]
        shape = [self.states[v] for v, _ in reads]
        style = rng.random()
        if style < 0.4:
            table = rng.dirichlet(np.ones(size), size=shape or None)
        else:
            table = np.eye(size)[rng.integers(size, size=shape or None)]
            if style < 0.6 and len(reads) == 1 and self.states[reads[0][0]] == size:
                table = np.eye(size)[rng.permutation(size)]
            if style > 0.85:
                table = (
                    table + rng.dirichlet(np.ones(size), size=shape or None) * (rng.random((*shape, 1)) < 0.5)
                ) / 1.0
                table = table / table.sum(-1, keepdims=True)
        key = f"g{len(self.policies)}"
        self.policies[key] = (name, tuple(reads), np.asarray(table, dtype=float))
        return ("policy", key, tuple(reads))

    def event(self, world: World, *, effect: bool = False, closed: float = 0.6) -> Event:
        """A random event in a world."""
        rng = self.rng
        later = self.nodes[len(self.nodes) // 2 :] if effect else self.nodes
        variable = str(rng.choice(later))
        value = int(rng.integers(self.states[variable])) if rng.random() < closed else None
        return Event(variable, world, value)


def data_sets(problem: Problem) -> list[dofx.DataSet] | None:
    """The data sets of a problem; None for one observational one."""
    if problem.data == ((),):
        return None
    return [dofx.DataSet("P" if not z else f"do_{''.join(z)}", sets=z) for z in problem.data]


def policy_tables(problem: Problem) -> dict[str, dofx.Table]:
    """The tables of the policies."""
    from models.functional import read_text

    found = {}
    for name, (sets, reads, table) in problem.policies.items():
        texts = [read_text(read) for read in reads]
        found[name] = dofx.Table([*texts, f"{sets}'" if sets in texts else sets], table)
    return found


def identified(problem: Problem, variables: dict[str, str] | None = None) -> dofx.Identification:
    """What dofx says."""
    graph = dofx.ADMG(problem.nodes, problem.directed, problem.bidirected)
    return dofx.identify(
        problem.query, graph, data=data_sets(problem), policies=policy_tables(problem), variables=variables
    )


def error(problem: Problem, found: dofx.Identification, seed: int) -> float:
    """How far the estimand is from the truth of a random model, where that is defined."""
    model = Model(problem, seed)
    tables = {
        "P" if not z else f"do_{''.join(z)}": dofx.Table(problem.nodes, model.joint(z)) for z in problem.data
    }
    assert found.estimand is not None
    answer = found.estimand.evaluate(tables, policies=policy_tables(problem))
    axes, truth = model.truth()
    assert set(answer.names) == set(axes), (answer.names, axes)
    difference = np.abs(answer.array(axes) - truth)
    return float(np.nan_to_num(difference, nan=0.0).max(initial=0.0))
