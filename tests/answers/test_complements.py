"""Effects that only the complement of one of two states identifies, written out, on tables of random laws."""

from __future__ import annotations

import numpy as np
import pytest

import dofx
from oracles.gateaux import Problem, check

NAPKIN = "w -> r -> x -> y; x <-> w <-> y"
TWO = dict.fromkeys("wrx", "category(2)")
EFFECTS = {
    "treated": ("E[y[x = 0] | x = 1]", "P(y[x = 0] | x = 1)"),
    "both": ("P(y[x = 0] = 1, x = 1)", "P(y[x = 0] = 1, x = 1)"),
    "flipped": ("E[y | do(x = 1 - x)]", "P(y | do(x = 1 - x))"),
}


def law(seed: int, states: int) -> dofx.Table:
    """A law of a random model of the napkin, so that the differences are probabilities."""
    rng = np.random.default_rng(seed)
    u, v = rng.dirichlet(np.ones(2)), rng.dirichlet(np.ones(2))
    w, r, x = (
        rng.dirichlet(np.ones(2), (2, 2)),
        rng.dirichlet(np.ones(2), 2),
        rng.dirichlet(np.ones(2), (2, 2)),
    )
    y = rng.dirichlet(np.ones(states), (2, 2))
    return dofx.Table("wrxy", np.einsum("u,v,uvw,wr,rux,xvy->wrxy", u, v, w, r, x, y))


def program(states: int) -> dofx.CompiledProgram:
    text = "\n".join(f"effect {name} = {effect}" for name, (effect, _) in EFFECTS.items())
    found = dofx.compile(text, NAPKIN, variables={**TWO, "y": f"category({states})"})
    assert isinstance(found, dofx.CompiledProgram)
    return found


@pytest.mark.parametrize("states", [2, 3])
def test_effects_are_those_of_the_estimands(states: int) -> None:
    compiled, variables = program(states), {**TWO, "y": f"category({states})"}
    for seed in range(3):
        joint = law(seed, states)
        answers = compiled.fit(joint).answer()
        for name, (_, query) in EFFECTS.items():
            estimand = dofx.identify(query, NAPKIN, variables=variables).estimand
            assert estimand is not None
            table = estimand.evaluate(joint).array()
            expected = float(table if table.ndim == 0 else table.reshape(-1) @ np.arange(states))
            assert answers[name].value == pytest.approx(expected, abs=1e-9), name


def test_the_influence_function_is_the_derivative() -> None:
    joint = 0.5 * law(5, 2).array("wrxy") + 0.5 / 16
    declared = f"{NAPKIN} }}\nvariables {{ w, r, x : category(2)"
    for effect in EFFECTS.values():
        found = check(Problem(5, declared, effect[0], None, tuple("wrxy"), joint), directions=2)
        assert found is not None
        assert found[0] < 1e-6


def test_what_has_no_complement_is_refused_as_before() -> None:
    for graph, states in (("x -> y; x <-> y", 2), (NAPKIN, 3)):
        text = f"graph {{ {graph} }} variables {{ x : category({states}) }} effect a = E[y[x = 0] | x = 1]"
        compiled = dofx.compile(text)
        assert isinstance(compiled, dofx.CompiledProgram)
        assert not compiled.identified


def test_what_is_identified_at_its_values_alone_is_a_product() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.random((2, 400)) < 0.4
    found = dofx.effect("P(x = false, y[x = false] = true)", "x -> y; x <-> y", {"x": x, "y": y})
    assert found.value == pytest.approx((~x & y).mean(), abs=1e-6)
