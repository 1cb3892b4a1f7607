"""Worlds, events and queries: their canonical text, their equality, and the graph of each world."""

from __future__ import annotations

import pytest

import dofx
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.model.data import OBSERVED, DataSet
from dofx.compiler.model.model import Model
from dofx.compiler.model.worlds import FACTUAL, Constant, Event, Natural, Open, Policy, World
from dofx.grammar.diagnostics.diagnostic import DofxError

X0 = World.where(x=Constant(0))


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Event("y"), "y"),
        (Event("y", X0), "y[x=0]"),
        (Event("y", World.where(x=Open("?a"))), "y[x=?a]"),
        (Event("y", World.where(x=Constant(True), m=Natural(Event("m", X0)))), "y[m=m[x=0],x=true]"),
        (Event("y", World.where(m=Natural(Event("m")))), "y[m=m[]]"),
        (Event("y", World.where(x2=Policy("g1", (Event("x1"), Event("z"))))), "y[x2~g1(x1,z)]"),
        (Event("blood pressure", World.where(x=Constant("on"))), '"blood pressure"[x="on"]'),
    ],
)
def test_canonical_text(event: Event, text: str) -> None:
    assert str(event) == text


def test_worlds_are_equal_in_any_order() -> None:
    one, other = World.where(a=Constant(1), b=Open("b")), World.where(b=Open("b"), a=Constant(1))
    assert one == other
    assert hash(one) == hash(other)
    assert one != World.where(a=Constant(2), b=Open("b"))
    assert not FACTUAL
    assert {one: 1}[other] == 1


def test_a_query_of_one_world() -> None:
    query = dofx.Query.of(["y"], ["x", "w"], ["z"], {"x": 1, "z": "old"})
    assert str(query) == 'P(y | do(x = 1, w), z = "old")'
    assert (query.outcomes, query.interventions, query.conditions) == (("y",), ("x", "w"), ("z",))
    assert query.variables == ("x", "w", "z", "y")
    assert query.values == {"x": 1, "z": "old"}
    assert str(query.kernel) == "P(y | do(x, w), z)"
    assert query.asked[0].world == query.do == World.setting(["w", "x"], {"x": 1})


def test_the_graph_of_a_world() -> None:
    model = Model(ADMG([], [("z", "x"), ("x", "m"), ("m", "y")], [("x", "y")]))
    assert model.under(FACTUAL) is model.graph
    done = model.under(World.setting(["x"]))
    assert (done.nodes, list(done.parents("x")), done.bidirected) == (model.graph.nodes, [], ())
    shifted = model.under(World.where(x=Policy("g", (Event("z"),))))
    assert list(shifted.parents("x")) == ["z"]
    with pytest.raises(DofxError, match="cycle"):
        model.under(World.where(x=Policy("g", (Event("y"),))))


def test_a_data_set_is_of_the_world_that_its_experiment_makes() -> None:
    trial = DataSet("trial", sets=("x",), measures=("x", "y"))
    assert trial.world == World.setting(["x"])
    assert OBSERVED.world == FACTUAL
