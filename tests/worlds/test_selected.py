"""Questions about several worlds to selected rows: the causes of the selection matter wherever they are."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

import dofx
from dofx import DataSet
from models.populations import Problem, random_problem
from posed import problems as posed


@pytest.mark.parametrize(
    ("query", "graph"),
    [
        ("P(y[x = 1])", "x -> s; s <-> y"),
        ("P(y | do(x ~ g(z)))", "x -> s; s <-> y; z"),
        ("P(y | do(x ~ g(z)), z)", "x -> s; s <-> y; z"),
        ("P(y[x = 1] | x = 0)", "x -> {s, y}; s <-> y"),
        ("P(y[x = 1, m = m[x = 0]])", "x -> {m, y}; m -> y -> s"),
    ],
)
def test_what_is_no_cause_of_the_question_selects_all_the_same(query: str, graph: str) -> None:
    chosen = DataSet("chosen", keeps=["s"])
    assert dofx.identify(query, graph, data=[chosen]).verdict == "not identified"
    found = dofx.identify(query, graph, data=[chosen, DataSet("others")])
    assert found
    assert "chosen" not in str(found).partition(" = ")[2]


def in_brackets(problem: Problem) -> str:
    """The question ``P(y | do(x), w)`` with the world of each variable in brackets."""
    world = f"[{', '.join(problem.x)}]"
    given = " | " + ", ".join(w + world for w in problem.w) if problem.w else ""
    return f"P({', '.join(y + world for y in problem.y)}{given})"


def test_random_problems() -> None:
    verdicts: Counter[str] = Counter()
    for seed in range(60):
        rng = np.random.default_rng([17, seed])
        problem = random_problem(rng, 4, selected=0.8, shifted=0.1, partly=0.1)
        if not problem.x:
            continue
        query, data = in_brackets(problem), posed.data_of(problem)
        found = dofx.identify(query, posed.graph_of(problem), data=data)
        verdicts[found.verdict] += 1
        if found.estimand is None:
            continue
        tables, model = posed.tables_of(problem, seed)
        answer = found.estimand.evaluate(tables)
        bare = [name.partition("[")[0] for name in answer.names]
        lacking = [name for name in (*problem.x, *problem.w, *problem.y) if name not in bare]
        assert np.abs(model.truth((*lacking, *bare)) - answer.array()).max() < 1e-9, (query, problem)
    assert min(verdicts["identified"], verdicts["not identified"]) > 5
