"""Graphs with cycles: what is admitted, what is identified, and what a refusal says."""

from __future__ import annotations

import pickle

import pytest

import dofx
from dofx.compiler.graph.convert import to_dot
from dofx.compiler.graph.projection import project
from dofx.compiler.identify.feedback import InsideCycle
from dofx.compiler.identify.remedy import remedies
from faces.cases import on_cycles

MARKET = "cost -> price -> quantity -> price; quantity -> profit; feedback {price, quantity}"


@pytest.mark.parametrize(
    ("text", "query", "formula"), [case[1:] for case in on_cycles()], ids=[case[0] for case in on_cycles()]
)
def test_published_cases(text: str, query: str, formula: str) -> None:
    found = dofx.identify(query, dofx.graph(text))
    assert found.verdict == "identified"
    assert str(found.estimand) == formula


# ── what is admitted ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_cycle_is_an_error_that_names_the_way_to_admit_it() -> None:
    for source in ("a -> b -> c -> a; c -> d", [("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")]):
        with pytest.raises(dofx.DofxError) as caught:
            dofx.graph(source) if isinstance(source, str) else dofx.ADMG([], source)
        (fault,) = caught.value.diagnostics
        assert fault.code == "E0201"
        assert "`feedback {a, b, c}`" in fault.help[1]


@pytest.mark.parametrize(
    ("feedback", "is_admitted"),
    [
        (["a", "b", "c"], True),
        ([["a", "b", "c"]], True),
        ([("a", "b"), ("b", "c")], True),  # they share b
        ([{"a", "b", "c", "d"}], True),
        (["a", "b"], False),
        ([("a", "b"), ("c", "d")], False),
    ],
)
def test_a_set_holds_the_cycles_that_it_admits(feedback: list[object], is_admitted: bool) -> None:
    edges = [("a", "b"), ("b", "a"), ("b", "c"), ("c", "b"), ("c", "d")]
    if is_admitted:
        assert dofx.ADMG([], edges, feedback=feedback).feedback == (("a", "b", "c"),)
    else:
        with pytest.raises(dofx.DofxError, match="E0201"):
            dofx.ADMG([], edges, feedback=feedback)


def test_the_other_cycles_of_a_graph_stay_errors() -> None:
    with pytest.raises(dofx.DofxError, match="d -> e -> d"):
        dofx.graph("a -> b -> a; d -> e -> d; feedback {a, b}")


def test_an_edge_to_itself_is_an_error_always() -> None:
    with pytest.raises(dofx.DofxError, match="E0202"):
        dofx.graph("a -> a; feedback {a}")
    with pytest.raises(dofx.DofxError, match="E0202"):
        dofx.ADMG([], [("a", "a")], feedback=["a"])


def test_feedback_names_variables_of_the_graph() -> None:
    with pytest.raises(dofx.DofxError, match="quantitiy"):
        dofx.graph("price -> quantity -> price; feedback {price, quantitiy}")


def test_a_graph_with_cycles_goes_through_every_format() -> None:
    graph = dofx.graph("a -> b -> c -> a; d -> b; d <-> c; e -> f -> e; feedback {a, b, c}; feedback {e, f}")
    assert dofx.graph(str(graph)) == graph
    assert dofx.graph(graph.to_networkx()) == graph
    assert dofx.graph(graph.to_dagitty()) == graph
    assert dofx.graph(to_dot(graph)) == graph
    assert eval(repr(graph), {"ADMG": dofx.ADMG}) == graph
    assert pickle.loads(pickle.dumps(graph)) == graph
    assert "<svg" in graph._repr_svg_()


def test_hidden_variables_of_a_cycle_are_projected_out() -> None:
    graph = dofx.graph("latent u; p -> u; x -> u -> x; u -> y; feedback {u, x}")
    assert str(graph) == "p -> x\np -> y\nx -> y\nx <-> y"
    longer = dofx.graph("latent u, v; x -> u -> v -> w -> x; p -> v; feedback {u, v, w, x}")
    assert longer.feedback == (("x", "w"),)
    assert longer.directed == (("x", "w"), ("w", "x"), ("p", "w"))
    assert project(longer, longer.order.mask(["w"])).feedback == ()


# ── what is identified ───────────────────────────────────────────────────────────────────────────────────────


def test_do_inside_a_cycle_is_refused_with_what_would_help() -> None:
    found = dofx.identify("P(profit | do(price))", MARKET)
    assert found.verdict == "not identified"
    assert not found
    assert isinstance(found.witness, InsideCycle)
    assert found.hedge is None
    assert tuple(found.witness.cycle) == ("price", "quantity")
    assert tuple(found.witness.interventions) == ("price",)
    assert tuple(found.witness.feeding) == ("quantity",)
    text = found.explain()
    assert "do(price) is inside the cycle price ⇄ quantity, and quantity still affects the answer." in text
    assert [remedy.kind for remedy in remedies(found)] == ["ask", "randomise", "unroll"]
    assert "price[t] -> quantity[t + 1]" in text
    assert "do(cost)" in text
    assert dofx.identify("P(profit | do(cost))", MARKET)


def test_a_member_whose_cycle_no_longer_matters_may_be_set() -> None:
    graph = dofx.graph("x -> z -> x; x -> y; feedback {x, z}")
    assert str(dofx.identify("P(y | do(x))", graph).estimand) == "P(y | do(x)) = P(y | x)"
    assert not dofx.identify("P(y, z | do(x))", graph)


def test_the_members_of_a_cycle_share_what_is_unobserved() -> None:
    """Districts are consolidated: c is confounded with the outcome by way of the cycle that holds a and b."""
    graph = dofx.graph("a -> b -> a; c <-> a; {b, c} -> y; b <-> y; feedback {a, b}")
    assert not dofx.identify("P(y | do(c))", graph)
    assert dofx.identify("P(y | do(c))", dofx.graph("a; c <-> a; {b, c} -> y; b <-> y"))


def test_a_condition_is_set_where_that_leaves_the_cycle_behind() -> None:
    """The cycle matters by way of w alone; once w is set, it is forgotten."""
    graph = dofx.graph("a -> b -> a; b -> w -> y; a -> y; feedback {a, b}")
    assert str(dofx.identify("P(y | do(a), w)", graph).estimand) == "P(y | do(a), w) = P(y | a, w)"
    assert not dofx.identify("P(y | do(a))", graph)
    assert dofx.compile("P(y | do(a), w)", graph).network.draws


def test_a_condition_inside_a_cycle_is_kept_there() -> None:
    """Cutting the edges out of w would break its cycle: seeing w says more than setting it."""
    graph = dofx.graph("x -> w -> b -> w; b -> y; w -> y; feedback {w, b}")
    assert str(dofx.identify("P(y | do(x), w)", graph).estimand) == "P(y | do(x), w) = P(y | x, w)"


def test_a_hedge_says_which_of_its_edges_stand_for_a_cycle() -> None:
    graph = dofx.graph("a -> b -> a; c <-> a; {b, c} -> y; b <-> y; feedback {a, b}")
    found = dofx.identify("P(y | do(c))", graph)
    assert found.hedge is not None
    assert found.hedge.by_cycles == (("b", "c"),)
    text = found.explain()
    assert "b and c are tied by a cycle" in text
    assert "no complete rules are known" in text
    assert "measure what b and c have in common" not in text


def test_the_drawing_has_every_edge_of_a_cycle() -> None:
    assert dofx.graph(MARKET)._repr_svg_().count("<path") > dofx.graph(
        "cost -> price -> quantity -> profit"
    )._repr_svg_().count("<path")


def test_what_is_not_answered_on_graphs_with_cycles_is_said() -> None:
    for ask in (
        lambda: dofx.identify("P(y)", "x -> y -> x; x -> missing(y); feedback {x, y}"),
        lambda: dofx.identify("P(y[x = 1] | x = 0)", "x -> y -> x; x -> missing(y); feedback {x, y}"),
    ):
        with pytest.raises(dofx.DofxError, match="E0209"):
            ask()


def test_separation_in_a_graph_with_cycles_is_sigma_separation() -> None:
    """In ``x1 -> x3 <=> x4 <- x2`` d-separation holds given the cycle, and models with nonlinear cycles violate it."""
    graph = dofx.graph("x1 -> x3 -> x4 -> x3; x2 -> x4; feedback {x3, x4}")
    assert not graph.is_separated(["x1"], ["x2"], ["x3", "x4"])
    assert graph.is_separated(["x1"], ["x2"])
    assert [str(found) for found in dofx.implications(graph)] == ["x1 ⊥ x2"]
