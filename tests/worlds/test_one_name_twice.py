"""One name both as what is set and as what is known: `P(y[x] | x = 1)` reads it as `P(y[x = ?a] | x = 1)`."""

from __future__ import annotations

import numpy as np
import pytest

import dofx

BACK_DOOR = "z -> {x, y}; x -> y"
FRONT_DOOR = "x -> m -> y; x <-> y"


def table(names: str, states: int, seed: int = 0) -> dofx.Table:
    rng = np.random.default_rng(seed)
    shape = (states,) * len(names)
    return dofx.Table(tuple(names), rng.dirichlet(np.ones(states ** len(names))).reshape(shape))


@pytest.mark.parametrize("states", [2, 3])
@pytest.mark.parametrize(("graph", "names"), [(BACK_DOOR, "zxy"), (FRONT_DOOR, "xmy")])
@pytest.mark.parametrize("text", ["P(y[{}] | x = 1)", "P(y[{}], x = 1)", "P(y[{}] | x[y = 0] = 1)"])
def test_what_is_set_is_the_input(text: str, graph: str, names: str, states: int) -> None:
    whole = table(names, states)
    short, long = (dofx.identify(text.format(how), graph).estimand for how in ("x", "x = ?a"))
    assert short is not None
    assert long is not None
    found, expected = short.evaluate(whole), long.evaluate(whole)
    assert found.names == ("x", "y[x]")
    assert expected.names == ("?a", "y[x=?a]")
    np.testing.assert_allclose(found.array(), expected.array(), atol=1e-12)


def test_a_sampler_sets_it_and_keeps_what_is_known() -> None:
    rng = np.random.default_rng(0)
    z, by_y = rng.random(2_000) < 0.5, rng.random(2_000)
    x = rng.random(2_000) < 0.2 + 0.5 * z
    rows = {"z": z, "x": x, "y": by_y < 0.1 + 0.3 * x + 0.4 * z}
    sampler = dofx.compile("P(y[x] | x = true)", BACK_DOOR).fit(rows)
    other = dofx.compile("P(y[x = ?a] | x = true)", BACK_DOOR).fit(rows)
    for value in (False, True):
        found, expected = sampler.distribution(do={"x": value}), other.distribution(do={"?a": value})
        np.testing.assert_allclose(found.array(), expected.array(), atol=1e-9)
    np.testing.assert_allclose(
        sampler.distribution(do={"x": True}).array()[1], rows["y"][x].mean(), atol=0.02
    )
    assert sampler.network.query.inputs == ("x",)
    assert "P(y[x] | x = true)" in str(sampler.network)
    with pytest.raises(dofx.DofxError, match="an intervention of the query"):
        sampler.sample(5, given={"x": False})


@pytest.mark.parametrize("text", ["P(y[x] | x)", "P(y[x], x)"])
def test_left_open_twice_it_is_refused(text: str) -> None:
    with pytest.raises(dofx.DofxError, match="left open twice"):
        dofx.identify(text, BACK_DOOR)
