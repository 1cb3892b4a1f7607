"""Estimands over several worlds, made by hand: printed, kept as JSON, verified and evaluated."""

from __future__ import annotations

import json

import numpy as np
import pytest

from dofx.compiler.estimand.algebra import (
    Conditional,
    Estimand,
    Expression,
    Never,
    Same,
    Wire,
    marginal,
    product,
    wired,
)
from dofx.compiler.estimand.table import Table
from dofx.compiler.estimand.verify import InvalidEstimandError, verify
from dofx.compiler.graph.varset import Order
from dofx.compiler.model.query import Query
from dofx.compiler.model.worlds import Constant, Event, Open, Policy, World
from dofx.grammar.diagnostics.diagnostic import DofxError

ORDER = Order(["z", "x", "y", "y[x=0]", "?a", "x[x~g(z)]"])
ALIASES = (("y[x=0]", "y"), ("?a", "x"), ("x[x~g(z)]", "x"))
POLICY = Policy("g", (Event("z"),))
JOINT = np.random.default_rng(0).dirichlet(np.ones(12)).reshape(2, 3, 2)
TABLE = Table(["z", "x", "y"], JOINT)


def leaf(
    target: str, given: str = "", wires: dict[str, Wire] | None = None, of: Policy | None = None
) -> Expression:
    """A conditional with wires."""
    names = ORDER.of(target), ORDER.of(*given.split())
    return wired(Conditional(*names, of) if of else Conditional(*names), wires or {}, ORDER)


def treated() -> Estimand:
    """P(x = 1, y where x is 0) by the back door."""
    query = Query((Event("y", World.where(x=Constant(0))), Event("x", value=1)))
    outcome = leaf("y", "z x", {"x": Constant(0), "y": "y[x=0]"})
    body = marginal(ORDER.of("z"), product([leaf("z"), leaf("x", "z", {"x": Constant(1)}), outcome]))
    return verify(Estimand(query, ORDER, (), body, ALIASES))


def policy() -> Estimand:
    """P(y) where x follows a policy."""
    world = World.where(x=POLICY)
    drawn: dict[str, Wire] = {"x": "x[x~g(z)]"}
    body = marginal(
        ORDER.of("z", "x[x~g(z)]"),
        product([leaf("z"), leaf("x", "z", drawn, POLICY), leaf("y", "z x", drawn)]),
    )
    return verify(Estimand(Query((Event("y", world),), (), world), ORDER, (), body, ALIASES))


def test_constants_are_read_and_measured() -> None:
    found = treated().evaluate(TABLE)
    y = JOINT[:, 0] / JOINT[:, 0].sum(-1, keepdims=True)
    assert found.names == ("y[x=0]",)
    assert np.allclose(found.array(), np.einsum("z,zy->y", JOINT[:, 1].sum(-1), y), atol=1e-12)


def test_a_policy_is_given_as_a_table() -> None:
    given = np.random.default_rng(1).dirichlet(np.ones(3), size=2)
    found = policy().evaluate(TABLE, policies={"g": Table(["x", "z"], given.T)})
    y = JOINT / JOINT.sum(-1, keepdims=True)
    assert found.names == ("y",)
    assert np.allclose(found.array(), np.einsum("z,zx,zxy->y", JOINT.sum((1, 2)), given, y), atol=1e-12)


@pytest.mark.parametrize(
    "table",
    [
        Table(["z", "x"], np.ones((2, 3))),
        Table(["z", "y"], np.full((2, 2), 0.5)),
        Table(["z", "x"], np.full((2, 2), 0.5)),
    ],
)
def test_what_is_no_policy_is_refused(table: Table) -> None:
    with pytest.raises(DofxError):
        policy().evaluate(TABLE, policies={"g": table})
    with pytest.raises(DofxError):
        policy().evaluate(TABLE)


def test_an_input_has_an_axis() -> None:
    event = Event("y", World.where(x=Open("?a")))
    order = Order(["z", "x", "y", "y[x=?a]", "?a"])
    body = wired(Conditional(order.of("y"), order.of("x")), {"x": "?a", "y": "y[x=?a]"}, order)
    found = Estimand(Query((event,)), order, (), body, (("y[x=?a]", "y"), ("?a", "x")))
    joint = JOINT.sum(0)
    assert np.allclose(
        verify(found).evaluate(TABLE).array(["?a", "y[x=?a]"]), joint / joint.sum(-1, keepdims=True)
    )


def test_copies_and_zeros() -> None:
    order = Order(["x", "x[x=1]"])
    event = Event("x", World.where(x=Constant(1)))
    same = wired(Conditional(order.of("x[x=1]"), order.of("x"), Same()), {"x": Constant(1)}, order)
    table = Table(["x"], [0.2, 0.3, 0.5])
    found = verify(Estimand(Query((event,)), order, (), same, (("x[x=1]", "x"),)))
    assert found.evaluate(table).array().tolist() == [0.0, 1.0, 0.0]
    zero = verify(Estimand(Query((event,)), order, (), Never(order.of("x[x=1]")), (("x[x=1]", "x"),)))
    assert zero.evaluate(table).array().tolist() == [0.0, 0.0, 0.0]
    assert str(zero).endswith(" = 0")


def test_text() -> None:
    assert str(treated()).endswith(" = Σ_z P(z) P(x = 1 | z) P(y | z, x = 0)")
    assert str(policy()).endswith(" = Σ_{z, x} P(z) g(x | z) P(y | z, x)")
    assert str(treated().sympy()) == "Sum(P(x = 1 | z)*P(y | z, x = 0)*P(z), (z, 1, |z|))"
    assert treated().latex().endswith(r"\sum_{z} P(z) \, P(x = 1 \mid z) \, P(y \mid z, x = 0)")


@pytest.mark.parametrize("make", [treated, policy])
def test_json(make: object) -> None:
    found = treated() if make is treated else policy()
    again = Estimand.from_json(json.loads(json.dumps(found.to_json())))
    assert again == found


def test_wires_stay_outside_of_sums_that_bind_their_names() -> None:
    body = marginal(ORDER.of("z"), product([leaf("z"), leaf("y", "z x")]))
    moved = wired(body, {"x": "z"}, ORDER)
    query = Query.of(["y"], ["z"])
    found = verify(Estimand(query, ORDER, (), moved, ALIASES)).evaluate(Table(["z", "x", "y"], JOINT[:, :2]))
    z, y = JOINT[:, :2].sum((1, 2)), JOINT[:, :2] / JOINT[:, :2].sum(-1, keepdims=True)
    assert np.allclose(found.array(["z", "y"]), np.einsum("z,zxy->xy", z / z.sum(), y))


def test_broken_wires_are_found() -> None:
    query = Query((Event("y", World.where(x=Constant(0))),))
    body = leaf("y", "z", {"y": "y[x=0]", "z": "nowhere"})
    with pytest.raises(InvalidEstimandError, match="the wire of z is not in the order"):
        verify(Estimand(query, ORDER, (), body, ALIASES))
