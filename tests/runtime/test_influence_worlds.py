"""Influence functions of effects of several worlds and under policies: the derivatives of the answers."""

from __future__ import annotations

import numpy as np
import pytest

import dofx
from gateaux import Problem, check

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
