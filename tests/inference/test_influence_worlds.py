"""Influence functions of effects of several worlds and under policies: the derivatives of the answers."""

from __future__ import annotations

import numpy as np
import pytest

import dofx
from oracles.gateaux import Problem, check

BACK_DOOR = "z -> {x, m, y}; x -> m -> y; x -> y"
FRONT_DOOR = "z -> {x, y}; x -> m -> y; x <-> y; z -> m"
SHARED = dofx.Table(("z", "x"), [[0.9, 0.1], [0.3, 0.7]])
SHIFTED = dofx.Table(("x", "z", "x'"), [[[0.9, 0.1], [0.2, 0.8]], [[0.5, 0.5], [0.1, 0.9]]])


@pytest.mark.parametrize(
    ("graph", "effect"),
    [
        (BACK_DOOR, "E[y[x = 0] | x = 1]"),
        (BACK_DOOR, "E[y[x = 1, m = m[x = 0]]]"),
        (BACK_DOOR, "nie(y, x, through m, 1, 0 | z = 1) / ate(y, x, 1, 0 | z = 1)"),
        (BACK_DOOR, "E[y[x = 1] | m[x = 1] = 1]"),
        (BACK_DOOR, "E[m[x = 0] | x = 1]"),
        (BACK_DOOR, "E[y | do(x ~ g(z))] - E[y]"),
        (BACK_DOOR, "E[y | do(x ~ g(z)), m = 1]"),
        (BACK_DOOR, "E[y[x ~ h(x, z)] | x = 0]"),
        (BACK_DOOR, "E[y | do(x = max(x, z))]"),
        (BACK_DOOR, "P(x = 1 | x[x ~ g(z)] = 0)"),
        (BACK_DOOR, "E[y | x[x ~ g(z)] = 1, x = 0]"),
        (FRONT_DOOR, "att(y, x, 1, 0)"),
        (FRONT_DOOR, "E[y[m = m[x = 1]]]"),
        (FRONT_DOOR, "E[y | do(x ~ g(z)), m = 0]"),
    ],
)
def test_the_influence_function_is_the_derivative(graph: str, effect: str) -> None:
    joint = np.random.default_rng(3).dirichlet(np.ones(16)).reshape(2, 2, 2, 2)
    case = Problem(3, graph, effect, None, tuple("zxmy"), 0.5 * joint + 0.5 / 16)
    asked = {name: table for name, table in {"g": SHARED, "h": SHIFTED}.items() if f"{name}(" in effect}
    found = check(case, 2, asked)
    assert found is not None
    assert found[0] < 1e-6


@pytest.mark.parametrize(
    ("effect", "value"),
    [("P(x = 0 | z = 1, x[y = 1] = 1)", 0.0), ("E[x | x[m = 1] = 1]", 1.0), ("E[x | x[y = 0] = 0] + 2", 2.0)],
)
def test_what_is_certain_has_an_interval_of_one_point_and_no_row_moves_it(effect: str, value: float) -> None:
    """What x is in a world that does not affect it is given, so that no column is read."""
    joint = np.random.default_rng(3).integers(0, 2, (4, 200))
    rows = dict(zip("zxmy", joint, strict=True))
    program = dofx.compile(f"graph {{ {BACK_DOOR} }}\neffect e = {effect}")
    assert isinstance(program, dofx.CompiledProgram)
    answer = program.fit(rows, progress=False).answer(rows, intervals="influence")["e"]
    assert answer.interval is not None
    assert (answer.value, answer.interval.low, answer.interval.high, answer.standard_error) == (
        value,
        value,
        value,
        0,
    )
    assert program.influence(rows)["e"].tolist() == [0.0] * 200
