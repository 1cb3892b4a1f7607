"""A variable that is set to what another one is, here or in another world, is shifted: its place is its own."""

from __future__ import annotations

import numpy as np
import pytest

import dofx

GRAPH = "z -> {x, y}; x -> y"


@pytest.mark.parametrize("states", [2, 3])
@pytest.mark.parametrize("text", ["P(y[x = z])", "P(y[x = z[]])", "P(y[x = z[x = 1]])", "P(y | do(x = z))"])
def test_the_value_of_another_variable_is_a_shift(text: str, states: int) -> None:
    joint = np.random.default_rng(states).dirichlet(np.ones(states**3)).reshape(states, states, states)
    found = dofx.identify(text, GRAPH).estimand
    assert found is not None
    outcome = joint / joint.sum(-1, keepdims=True)  # y given z and x
    truth = sum(joint[z].sum() * outcome[z, z] for z in range(states))
    assert found.evaluate(dofx.Table("zxy", joint)).array() == pytest.approx(truth, abs=1e-12)


@pytest.mark.parametrize("text", ["E[y[x = z[]]]", "E[y[x = z[x = 1]]]", "E[y[x = 1, m = z[x = 0]]]"])
def test_it_is_fitted_and_answered(text: str) -> None:
    rng = np.random.default_rng(0)
    rows = {name: rng.integers(0, 2, 300) for name in "zxmy"}
    value = dofx.effect(text, f"{GRAPH}; x -> m -> y", rows).value
    assert 0 < value < 1
