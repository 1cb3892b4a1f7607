"""Hedges as data: what two nested districts become, each field exactly, and in words."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import dofx
from dofx.compiler.identify.derivation import Rule, Step
from dofx.compiler.identify.hedge import Hedge, hedge_of
from models.graphs import parse_graph, parse_query
from oracles.hedges import complaints

BOW = "x -> y; x <-> y"
CHAIN = "x -> z -> y; x <-> z; x <-> y"
FORK = "x -> {a, b}; a -> y; b -> y; x <-> a; a <-> b; b <-> y"
"""Here x has two children inside the forest, of which it keeps the first."""


def formed(graph: str, forest: set[str], subforest: set[str], do: set[str]) -> tuple[Hedge, list[Step]]:
    admg, steps = dofx.graph(graph), list[Step]()
    masks = [admg.order.mask(names) for names in (forest, subforest, {"y"}, do)]
    return hedge_of(admg, *masks, steps), steps


def test_the_bow() -> None:
    hedge, steps = formed(BOW, {"x", "y"}, {"y"}, {"x"})
    assert (set(hedge.forest), set(hedge.subforest), set(hedge.roots)) == ({"x", "y"}, {"y"}, {"y"})
    assert (hedge.forest_edges, hedge.subforest_edges, hedge.bidirected) == ((("x", "y"),), (), (("x", "y"),))
    assert (set(hedge.outcomes), set(hedge.interventions)) == ({"y"}, {"x"})
    (step,) = steps
    assert (step.rule, set(step.variables), set(step.graph)) == (Rule.HEDGE, {"y"}, {"x", "y"})
    assert [set(group) for group in step.groups] == [{"x", "y"}, {"y"}]


def test_each_node_keeps_one_edge_and_stays_within_the_smaller_forest_if_it_is_there() -> None:
    hedge, _ = formed(FORK, {"x", "a", "b", "y"}, {"a", "b", "y"}, {"x"})
    assert hedge.forest_edges == (("x", "a"), ("a", "y"), ("b", "y"))
    assert hedge.subforest_edges == (("a", "y"), ("b", "y"))
    assert set(hedge.roots) == {"y"}
    assert not complaints(
        parse_graph(FORK.replace("{a, b}", "a; x -> b")), parse_query("P(y | do(x))"), hedge
    )


def test_bidirected_edges_are_those_inside_the_forest() -> None:
    hedge, _ = formed(f"{BOW}; w <-> x; w -> x", {"x", "y"}, {"y"}, {"x"})
    assert hedge.bidirected == (("x", "y"),)


@pytest.mark.parametrize(
    ("query", "graph"),
    [("P(y | do(x))", BOW), ("P(y | do(x, z))", CHAIN), ("P(y | do(x))", "x -> y; z -> x; x <-> z <-> y")],
)
def test_the_algorithm_stops_at_a_hedge(query: str, graph: str) -> None:
    found = dofx.identify(query, graph)
    assert not found
    assert found.estimand is None
    assert found.hedge is not None
    written = graph.replace("x <-> z <-> y", "x <-> z; z <-> y").replace("x -> z -> y", "x -> z; z -> y")
    assert complaints(parse_graph(written), parse_query(query), found.hedge) == []


def test_the_words_of_a_hedge(golden: Callable[[str, str], None]) -> None:
    golden("identify/hedge.txt", str(dofx.identify("P(y | do(x, z))", CHAIN).hedge))
