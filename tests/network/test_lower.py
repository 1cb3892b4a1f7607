"""Lowering of estimands over several worlds, made by hand: each network has the exact value of its estimand."""

import json

import numpy as np
import pytest

from dofx import Table
from dofx.compiler.estimand.algebra import (
    Conditional,
    Estimand,
    Expression,
    Interim,
    Kernel,
    Never,
    Same,
    Wire,
    marginal,
    product,
    wired,
)
from dofx.compiler.estimand.verify import verify as verify_estimand
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.graph.varset import Order
from dofx.compiler.model.query import Query
from dofx.compiler.model.resolve import always
from dofx.compiler.model.worlds import Constant, Event, Open, Policy, World
from dofx.compiler.network.ir import SamplingNetwork
from dofx.compiler.network.lower import lower
from dofx.compiler.network.verify import verify
from dofx.compiler.passes import PASSES, Context
from dofx.compiler.printers.network.json import network_from_json, network_to_json
from dofx.compiler.printers.network.text import parse_network
from dofx.grammar.diagnostics.diagnostic import DofxError

GRAPH = ADMG([], [("z", "x"), ("x", "m"), ("z", "m"), ("m", "y"), ("x", "y"), ("z", "y")])
JOINT = Table("zxmy", np.random.default_rng(3).dirichlet(np.ones(36)).reshape(2, 3, 2, 3))
G = Policy("g", (Event("x"), Event("z")))
GIVEN = Table(["x", "z", "x'"], np.random.default_rng(4).dirichlet(np.ones(3), (3, 2)))


def leaf(order: Order, target: str, given: str = "", wires: dict[str, Wire] | None = None) -> Expression:
    """A conditional of the data with wires."""
    return wired(Conditional(order.of(target), order.of(*given.split())), wires or {}, order)


def on_the_treated() -> Estimand:
    """``P(y[x=?a] | x)`` by the back door."""
    order = Order(["z", "x", "m", "y", "y[x=?a]", "?a"])
    query = Query((Event("y", World.where(x=Open("?a"))),), (Event("x"),))
    outcome = leaf(order, "y", "z x", {"x": "?a", "y": "y[x=?a]"})
    body = marginal(order.of("z"), product([leaf(order, "z", "x"), outcome]))
    return Estimand(query, order, (), body, (("y[x=?a]", "y"), ("?a", "x")))


def through() -> Estimand:
    """``P(y[m=m[x=0],x=1])``."""
    inner = Event("m", World.where(x=Constant(0)))
    world = World.where(x=Constant(1), m=Open("m"))
    outcome = str(Event("y", world))
    order = Order(["z", "x", "m", "y", outcome])
    factors = [
        leaf(order, "z"),
        leaf(order, "m", "z x", {"x": Constant(0)}),
        leaf(order, "y", "z x m", {"x": Constant(1), "y": outcome}),
    ]
    assert str(inner) == "m[x=0]"
    body = marginal(order.of("z", "m"), product(factors))
    return Estimand(Query((Event("y", world),)), order, (), body, ((outcome, "y"),))


def followed() -> Estimand:
    """``P(y | do(x ~ g(x, z)))``, x drawn naturally and then by the policy."""
    world = World.where(x=G)
    order = Order(["z", "x", "m", "y", "x'"])
    chosen = Conditional(order.of("x'"), order.of("x", "z"), G)
    query = Query((Event("y", world),), (), world)
    chosen_as = wired(chosen, {"x'": "x", "x": "x'"}, order)
    natural = leaf(order, "x", "z", {"x": "x'"})
    factors = [leaf(order, "z"), natural, chosen_as, leaf(order, "m", "z x"), leaf(order, "y", "z x m")]
    body = marginal(order.of("z", "x", "x'", "m"), product(factors))
    return Estimand(query, order, (), body, (("x'", "x"),))


def copied() -> Estimand:
    """``P(z, z[x=0])``, which is one variable twice."""
    order = Order(["z", "x", "m", "y", "z[x=0]"])
    query = Query((Event("z"), Event("z", World.where(x=Constant(0)))))
    same = Conditional(order.of("z[x=0]"), order.of("z"), Same())
    return Estimand(query, order, (), product([leaf(order, "z"), same]), (("z[x=0]", "z"),))


def recursive() -> Estimand:
    """A conditional of an interim kernel whose mechanisms read a constant, and of which one output has a wire."""
    order = Order(["z", "x", "m", "y", "y[x=2]"])
    query = Query((Event("y", World.where(x=Constant(2))),), (Event("m"),))
    inner = product([leaf(order, "z"), leaf(order, "m", "z x", {"x": Constant(0)}), leaf(order, "y", "z m")])
    kernel = Kernel("Q₁", order.of("m", "y"), order.of(), marginal(order.of("z"), inner))
    body = wired(Conditional(order.of("y"), order.of("m"), Interim("Q₁")), {"y": "y[x=2]"}, order)
    return Estimand(query, order, (kernel,), body, (("y[x=2]", "y"),))


@pytest.mark.parametrize("make", [on_the_treated, through, followed, copied, recursive])
def test_the_network_has_the_value_of_the_estimand(make: object) -> None:
    estimand = verify_estimand(make())  # type: ignore[operator]
    network = verify(lower(estimand))
    expected = estimand.evaluate(JOINT, policies={"g": GIVEN})
    context = Context.of(GRAPH, states=JOINT.sizes)
    for run in (None, *PASSES):
        network = network if run is None else verify(run(network, context))
        found: Table = network.evaluate(JOINT, policies={"g": GIVEN})
        assert set(found.names) == set(expected.names)
        np.testing.assert_allclose(found.array(expected.names), expected.array(), atol=1e-12)


def test_each_variable_is_drawn_once() -> None:
    network: SamplingNetwork = lower(through())
    assert str(network).splitlines()[1:] == [
        "answer (y)",
        "  z ~ P(z)",
        "  m ~ P(m | z, x = 0)",
        "  y ~ P(y | z, x = 1, m)",
    ]
    assert [draw.variables for draw in lower(followed()).draws] == [("z",), ("x",), ("x",), ("m",), ("y",)]


def test_what_nothing_can_sample_is_refused() -> None:
    order = Order(["x", "y", "x[x=1]"])
    zero = Estimand(Query.of("y"), order, (), Never(order.of("y")))
    with pytest.raises(DofxError, match="zero"):
        lower(zero)
    weighed = Estimand(
        Query.of("y"), order, (), product([leaf(order, "y"), leaf(order, "x", "", {"x": Constant(1)})])
    )
    with pytest.raises(DofxError, match="weighs its rows by the probability of x = 1"):
        lower(weighed)


def test_what_is_set_to_a_text_is_drawn_as_a_number_is() -> None:
    set_to = Query((Event("x", World.where(x=Constant("low"))),))
    (name,) = set_to.outcomes
    order = Order(["x", "y", name])
    same = wired(Conditional(order.of(name), order.of("x"), Same()), {"x": Constant("low")}, order)
    assert str(lower(Estimand(set_to, order, (), same, ((name, "x"),))).draws[0].source) == str(always("low"))


@pytest.mark.parametrize("make", [on_the_treated, through, followed, copied])
def test_networks_of_several_worlds_are_kept(make: object) -> None:
    network = lower(make())  # type: ignore[operator]
    assert parse_network(str(network)) == network
    assert network_from_json(json.loads(json.dumps(network_to_json(network)))) == network
