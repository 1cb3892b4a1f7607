"""Several data sets of which one has holes, decided and answered without dofx.

A problem of `populations` gets indicators in one of its data sets. What is sure of the verdict without a theory of
holes: without holes the query must be identified; if it is identified without that data set, it is identified with it;
and holes that come by chance alone change no verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

import dofx
from models.populations import STRATA, Array, Populations, Problem, Rows, decided, random_problem
from posed.problems import data_of

KINDS = ["experiments", "shifted", "partly measured", "selected"]


@dataclass(frozen=True)
class Hidden:
    """Holes in one data set.

    Args:
        problem: The problem.
        home: The number of the data set.
        causes: The causes of each column's holes: nodes, latent causes of the problem, and columns whose own holes are
            meant, which stand earlier.
    """

    problem: Problem
    home: int
    causes: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def graph(self) -> str:
        """The graph as text, the indicators in it."""
        where = f" in {self.problem.data[self.home].name}"
        items = [*self.problem.nodes, *(f"missing({v}){where}" for v, _ in self.causes)]
        items += [f"{a} -> {b}" for a, b in self.problem.directed]
        items += [f"{a} <-> {b}" for a, b in self.problem.bidirected]
        for v, causes in self.causes:
            for cause in causes:
                if "~" in cause:
                    items += [f"{end} <-> missing({v}){where}" for end in cause.split("~")]
                else:
                    start = f"missing({cause[2:]}){where}" if cause.startswith("R ") else cause
                    items.append(f"{start} -> missing({v}){where}")
        return "; ".join(items)

    @property
    def by_chance(self) -> bool:
        """Whether the holes depend on nothing."""
        return not any(causes for _, causes in self.causes)

    @property
    def sure(self) -> bool | None:
        """The verdict, where it is sure."""
        whole, home = self.problem, self.problem.data[self.home]
        rest = tuple(rows for rows in whole.data if rows != home)
        if not decided(whole):
            return None if any(rows.keeps for rows in whole.data) else False
        if rest and decided(replace(whole, data=rest)):
            return True
        return True if self.by_chance and not home.keeps else None

    def found(self) -> dofx.Identification:
        """The answer of dofx."""
        return dofx.identify(self.problem.query, self.graph, data=data_of(self.problem))

    def off(self, found: dofx.Identification, seed: int) -> float:
        """How far an estimand's value is from the truth in a random model, at most."""
        model = Populations(self.problem, seed)
        tables = {rows.name: dofx.Table(*model.table(rows)) for rows in self.problem.data}
        tables[self.problem.data[self.home].name] = dofx.Table(*self._seen(model, seed))
        assert found.estimand is not None
        answer = found.estimand.evaluate(tables)
        asked = (*self.problem.x, *self.problem.w, *self.problem.y)
        truth = model.truth((*(name for name in asked if name not in answer.names), *answer.names))
        return float(np.abs(truth - answer.array()).max())

    def _seen(self, model: Populations, seed: int) -> tuple[tuple[str, ...], Array]:
        """The table of the data set with a last entry for the hole of each column that has some."""
        rng, rows = np.random.default_rng(seed + 1), self.problem.data[self.home]
        names = {v: f"R {v}" for v, _ in self.causes}
        for name in names.values():
            model.label[name] = len(model.label)
            model.cards[name] = 2
        more: list[Any] = []
        for v, causes in self.causes:
            chance = rng.uniform(0.2, 0.8, [model.cards[cause] for cause in causes])
            more += [np.stack([1 - chance, chance], -1), [model.label[c] for c in (*causes, names[v])]]
        axes, full = model.table(rows, tuple(names.values()), more)
        axes = axes[: -len(names)]
        seen = np.zeros([model.cards[v] + (v in names) for v in axes])
        for pattern in product((0, 1), repeat=len(names)):
            shown = dict(zip(names, pattern, strict=True))
            part = full[(..., *pattern)]
            part = part.sum(axis=tuple(k for k, v in enumerate(axes) if shown.get(v) == 0), keepdims=True)
            places = {None: slice(None), 0: slice(-1, None), 1: slice(0, -1)}
            seen[tuple(places[shown.get(v)] for v in axes)] += part
        return axes, seen


def drawn(seed: int, count: int) -> Iterator[tuple[int, Hidden]]:
    """Random problems, each with a seed for its model."""
    rng = np.random.default_rng(seed)
    number = 0
    while number < count:
        kind = KINDS[number % len(KINDS)]
        problem = random_problem(rng, int(rng.choice([3, 4])), **STRATA[kind])
        homes = [k for k, rows in enumerate(problem.data) if set(rows.measures) - set(rows.sets)]
        if not homes or (len(problem.data) == 1 and rng.random() < 0.8):
            continue
        home = int(rng.choice(homes))
        rows = problem.data[home]
        columns = [v for v in problem.nodes if v in rows.measures and v not in rows.sets]
        columns = rng.permutation(columns)[: int(rng.integers(1, 3))].tolist()
        often = rng.choice([0.0, 0.3, 0.6])
        causes: list[tuple[str, tuple[str, ...]]] = []
        for v in columns:
            may = [*problem.nodes, *(f"{a}~{b}" for a, b in problem.bidirected)]
            may += [f"R {other}" for other, _ in causes]
            own = [c for c in may if rng.random() < (often if "~" not in c else often / 3)]
            causes.append((v, tuple(c for c in own if c != v or rng.random() < 0.4)))
        number += 1
        yield seed * 1_000_003 + number, Hidden(problem, home, tuple(causes))


def selected(seed: int, count: int) -> Iterator[tuple[int, Hidden]]:
    """Random problems in which the rows with holes were selected by one variable, which most queries are given."""
    rng = np.random.default_rng(seed)
    number = 0
    while number < count:
        problem = random_problem(rng, int(rng.choice([3, 4])))
        free = [v for v in problem.nodes if v not in (*problem.y, *problem.x)]
        if not free:
            continue
        keeps = str(rng.choice(free))
        census = tuple(v for v in problem.nodes if rng.random() < 0.6)
        data = [Rows("clinic", (), problem.nodes, (), (keeps,))]
        data += [Rows("census", (), census)] if census and rng.random() < 0.4 else []
        given = tuple(dict.fromkeys((*problem.w, keeps))) if rng.random() < 0.8 else problem.w
        causes: list[tuple[str, tuple[str, ...]]] = []
        for v in rng.permutation(problem.nodes)[: int(rng.integers(1, 4))].tolist():
            may = [*problem.nodes, *(f"R {other}" for other, _ in causes)]
            causes.append((v, tuple(c for c in may if rng.random() < (0.1 if c == v else 0.3))))
        number += 1
        yield seed * 1_000_003 + number, Hidden(replace(problem, w=given, data=tuple(data)), 0, tuple(causes))


def fault(hidden: Hidden, seed: int) -> tuple[str, bool]:
    """What is wrong with the answer to a problem, empty where nothing is, and whether it is identified."""
    found = hidden.found()
    if hidden.sure not in (None, bool(found)):
        return f"{found.verdict}, but identified is {hidden.sure}", bool(found)
    if found and not (off := hidden.off(found, seed)) < 1e-9:
        return f"off by {off:.3g}: {found.estimand}", True
    return "", bool(found)
