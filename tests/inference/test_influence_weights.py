"""Influence functions at weighted rows: each is the derivative of the answer by the weight of its row.

The derivative is a difference of answers after fits, and so shares nothing with the backward pass.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dofx

ROWS = 120

CASES = {
    "ratio": (
        "z -> {x, y}; w -> {x, y}; x -> y",
        "E[y | do(x = 1)] / E[y | do(x = 0)] - P(y = 1 | do(x = 0), w = 2)",
    ),
    "interim stage": ("w -> r -> x -> y; x <-> w <-> y", "P(y = 1 | do(x = 1)) - E[y | do(x = 0)]"),
    "product": ("x -> m -> y; x <-> y", "E[y | do(x = 1)] * E[m | do(x = 1)]"),
    "joint": ("z -> {x, y, m}; x -> {m, y}; m <-> y", "P(m = 1, y = 0 | do(x = 1), z = 0)"),
    "policy that reads what it sets": ("z -> {x, y}; x -> y", "E[y | do(x ~ g(x, z))] - E[y]"),
    "shift": ("z -> {x, y}; x -> y", "E[y | do(x = 1 - x)] - E[y]"),
    "natural value": ("z -> {x, m, y}; x -> {m, y}; m -> y", "E[y[x = 1, m = m[x = 0]]] - E[y[x = 0]]"),
    "treated": ("z -> {x, y}; x -> y", "E[y[x = 1] | x = 0] - E[y[x = 0] | x = 1]"),
    "feedback": (
        "feedback {a, b}; z -> a; a -> b; b -> a; w -> b; b -> y; w -> y",
        "E[y | do(b = 1)] - P(a = 1 | do(z = 1))",
    ),
    "holes": ("z -> {x, y}; x -> y; x -> missing(y); z -> missing(y)", "E[y | do(x = 1)]"),
}


@pytest.mark.parametrize("kind", CASES)
def test_the_influence_function_is_the_derivative_by_a_weight(kind: str) -> None:
    graph, effect = CASES[kind]
    rng = np.random.default_rng(5)
    program = dofx.compile(f"graph {{ {graph} }}\ndata P weights weight\neffect e = {effect}")
    assert isinstance(program, dofx.CompiledProgram)
    if "~" in effect:
        program.bind({"g": dofx.Table(("x", "z", "x'"), rng.dirichlet(np.ones(2), (2, 2)))})
    rows: dict[str, Any] = {
        name: rng.integers(3 if name == "w" else 2, size=ROWS) for name in program.columns
    }
    for name in [name for name in rows if f"missing({name})" in graph]:
        rows[name] = np.where(rng.random(ROWS) < 0.25, np.nan, rows[name])
    weights = 0.2 + rng.gamma(2, size=ROWS)

    def answer(row: int, more: float) -> float:
        counts = weights + more * (np.arange(ROWS) == row)
        return program.fit({**rows, "weight": counts}, progress=False).answer()["e"].value

    answer(0, 0.0)
    moved = program.influence({**rows, "weight": weights})["e"]
    assert abs(moved @ weights) < 1e-4 * weights.sum()
    for row in (int(np.abs(moved).argmax()), 1):
        step = 0.01 * weights[row]
        slope = (answer(row, step) - answer(row, -step)) / (2 * step)
        assert moved[row] == pytest.approx(slope * weights.sum(), rel=1e-4, abs=1e-5)
