"""An event that is asked both open and with a value: a network evaluates to what its estimand does."""

import numpy as np
import pytest

import dofx

QUERIES = [
    "P(x, x = 1 | w[w = 0])",
    "P(m[y = 1], m[y = 1] = 1, w = 0 | w[y = 1])",
    "P(w, y[x = 0] = 1, w = 1)",
    "P(y[x ~ g()] = 0, y[x ~ g()] | w)",
]
GRAPH = "w -> {m, x, y}; m -> {x, y}; x -> y"


@pytest.mark.parametrize("query", QUERIES)
def test_it_keeps_both(query: str) -> None:
    rng = np.random.default_rng(5)
    joint = dofx.Table("wmxy", rng.dirichlet(np.ones(2 * 2 * 3 * 2)).reshape(2, 2, 3, 2))
    policies = {"g": dofx.Table("x", [0.2, 0.3, 0.5])} if "g()" in query else {}
    identification = dofx.identify(query, GRAPH)
    assert identification.estimand is not None
    sampler = dofx.compile(query, GRAPH)
    exact = identification.estimand.evaluate(joint, policies=policies)
    assert (exact.array() == 0).any()
    for found in (
        sampler.network.evaluate(joint, policies=policies),
        sampler.estimand.evaluate(joint, policies=policies),
    ):
        assert np.allclose(found.array(exact.names), exact.array(), rtol=0, atol=1e-12)
    given = dict.fromkeys(sampler.network.query.conditions, 0)
    drawn = sampler.fit(joint).sample(20, given=given, policies=policies, seed=0)
    assert tuple(drawn) == sampler.network.query.outcomes
