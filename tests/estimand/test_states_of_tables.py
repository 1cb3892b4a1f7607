"""What the entries of a table stand for: its states count wherever a table is given, in whatever order it has them."""

from itertools import permutations

import numpy as np
import pytest

import dofx
from dofx import DofxError, Table

GRAPH = "z -> {x, y}; x -> y"
STATES = {"z": ("low", "high"), "x": (1, 0), "y": (3.5, -1.0, 10.0)}
JOINT = np.random.default_rng(3).dirichlet(np.ones(12)).reshape(2, 2, 3)


def table(names: str, array: np.ndarray, orders: dict[str, tuple[int, ...]]) -> Table:
    """A table in which the entries of some axes stand in another order."""
    for axis, name in enumerate(names):
        array = array.take(orders[name], axis) if name in orders else array
    states = {
        name: tuple(STATES[name][place] for place in orders.get(name, range(array.shape[axis])))
        for axis, name in enumerate(names)
    }
    return Table(names, array, states)


def by_hand(value: int) -> float:
    """E[y | do(x = value)]."""
    x = STATES["x"].index(value)
    y_given = JOINT / JOINT.sum(axis=2, keepdims=True)
    return float(JOINT.sum(axis=(1, 2)) @ y_given[:, x] @ np.array(STATES["y"]))


@pytest.mark.parametrize("declared", [None, {"y": "category(-1.0, 3.5, 10.0)", "x": "bool"}])
@pytest.mark.parametrize("order", list(permutations(range(3)))[::2])
def test_an_effect_is_about_the_states(order: tuple[int, ...], declared: dict[str, str] | None) -> None:
    seen = table("zxy", JOINT, {"y": order, "x": (1, 0), "z": (1, 0)})
    effect = "E[y | do(x = 1)] - E[y | do(x = 0)]"
    answers = dofx.compile(effect, GRAPH, variables=declared).fit(seen).answer()
    assert float(answers["effect"]) == pytest.approx(by_hand(1) - by_hand(0), abs=1e-9)


def test_samples_have_the_states_of_the_table() -> None:
    sampler = dofx.compile("P(y, z | do(x = 1))", GRAPH).fit(table("zxy", JOINT, {}))
    assert set(sampler.sample(50, seed=0).to_pandas()["z"]) == {"low", "high"}
    assert sampler.distribution().states["y"] == STATES["y"]


def test_states_that_only_one_of_several_tables_names() -> None:
    data = [dofx.DataSet("a", measures=["z"]), dofx.DataSet("b", sets=["x"], measures=["z", "x", "y"])]
    joint = {"a": Table("z", [0.25, 0.75]), "b": table("zxy", JOINT, {"z": (1, 0)})}
    sampler = dofx.compile("P(z, y | do(x = 1))", "z -> {x, y}; x -> y", data=data).fit(joint)
    identification = dofx.identify("P(z, y | do(x = 1))", "z -> {x, y}; x -> y", data=data)
    assert identification.estimand is not None
    exact = identification.estimand.evaluate(joint).array(["z", "y"])
    assert np.allclose(sampler.distribution().array(["z", "y"]), exact, rtol=0, atol=1e-12)


@pytest.mark.parametrize("flip", [False, True])
def test_a_policy_has_its_states_in_any_order(flip: bool) -> None:
    """Evaluated, by its network, and by a sampler; it treats those who are high."""
    rule = np.array([[0.0, 1.0], [1.0, 0.0]])  # of z = low, high: x = 1, x = 0
    advice = table("zx", rule, {"z": (1, 0), "x": (1, 0)} if flip else {})
    query = "P(y | do(x ~ advice(z)))"
    seen = table("zxy", JOINT, {})
    want = np.einsum("z,zx,zxy->y", JOINT.sum(axis=(1, 2)), rule, JOINT / JOINT.sum(axis=2, keepdims=True))
    identification = dofx.identify(query, GRAPH, policies={"advice": advice})
    assert identification.estimand is not None
    sampler = dofx.compile(query, GRAPH).fit(seen)
    for found in (
        identification.estimand.evaluate(seen, policies={"advice": advice}),
        sampler.network.evaluate(seen, policies={"advice": advice}),
        sampler.distribution(policies={"advice": advice}),
    ):
        assert np.allclose(found.array(["y"]), want, rtol=0, atol=1e-12)


def test_the_support_of_a_policy_is_of_the_declared_states() -> None:
    """Nobody is moved to x = 1, so that the cell in which x is 1 and 0 at once does not come up."""
    query, graph, types = "P(y[x ~ g()] | x = 0)", "x -> y; x <-> y", {"x": "category(0, 1)"}
    for states, law in (((0, 1), [1.0, 0.0]), ((1, 0), [0.0, 1.0])):
        never = {"g": Table("x", law, {"x": states})}
        assert dofx.identify(query, graph, policies=never, variables=types).verdict == "identified"
        always = {"g": Table("x", law[::-1], {"x": states})}
        assert dofx.identify(query, graph, policies=always, variables=types).verdict == "not identified"


def test_other_states_are_refused() -> None:
    with pytest.raises(DofxError, match=r"E0406.*the states -1, 1 of `x`, which is bool"):
        dofx.compile("P(y | do(x))", "x -> y", variables={"x": "bool"}).fit(
            Table("xy", np.full((2, 2), 0.25), {"x": (-1, 1)})
        )
    estimand = dofx.identify("P(y | do(x ~ g()))", "x -> y").estimand
    assert estimand is not None
    with pytest.raises(DofxError, match=r"the policy g has the entries .a., .c. for x, not .a., .b."):
        estimand.evaluate(
            Table("xy", np.full((2, 2), 0.25), {"x": ("a", "b")}),
            policies={"g": Table("x", [0.5, 0.5], {"x": ("a", "c")})},
        )
    with pytest.raises(DofxError, match="two entries of x are 1"):
        Table("x", [0.5, 0.5], {"x": (1, 1)})


def test_states_may_be_numpy_numbers() -> None:
    states = tuple(np.array([4, 7]))
    sampler = dofx.compile("P(y)", "y").fit(Table("y", [0.25, 0.75], {"y": states}))
    assert sampler.distribution().states == {"y": (4, 7)}
