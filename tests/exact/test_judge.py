"""The judge judged: oracle, plain recursion and hedge checker, against each other and against faults."""

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.graphs import Graph, Query, parse_graph, parse_query, random_cases
from models.oracle import maximal_cliques, random_model
from oracles import reference
from oracles.hedges import complaints
from posed import judge

NAPKIN = parse_graph("w -> r -> x -> y; w <-> x; w <-> y")
EFFECT = Query(("y",), ("x",))


def by_hand(graph: Graph, seed: int, query: Query) -> np.ndarray[Any, Any]:
    """The truth by loops over every state of every variable, seen and unseen."""
    model = random_model(graph, seed)
    sizes = {**model.cards, **{name: len(prior) for name, prior in model.latents.items()}}
    result = np.zeros([model.cards[v] for v in query.axes])
    for x in itertools.product(*(range(model.cards[v]) for v in query.interventions)):
        for states in itertools.product(*(range(size) for size in sizes.values())):
            world = dict(zip(sizes, states, strict=True))
            if any(world[v] != value for v, value in zip(query.interventions, x, strict=True)):
                continue
            weight = np.prod([prior[world[name]] for name, prior in model.latents.items()])
            for v, (names, table) in model.mechanisms.items():
                if v not in query.interventions:
                    weight *= table[tuple(world[name] for name in names)]
            result[tuple(world[v] for v in query.axes)] += weight
    outcomes = tuple(range(result.ndim - len(query.outcomes), result.ndim))
    return np.asarray(result / result.sum(axis=outcomes, keepdims=True))


@pytest.mark.parametrize("seed", range(12))
def test_oracle_is_enumeration(seed: int) -> None:
    for graph, query, model in random_cases([2, seed], 3, sizes=(3, 4, 5)):
        np.testing.assert_allclose(
            random_model(graph, model).truth(query), by_hand(graph, model, query), atol=1e-12
        )


def test_joint_is_positive_and_sums_to_one() -> None:
    for graph, _, seed in random_cases([3], 60, sizes=(3, 5, 8)):
        joint = random_model(graph, seed).joint()
        assert joint.shape == tuple(random_model(graph, seed).cards[v] for v in graph.nodes)
        assert joint.sum() == pytest.approx(1)
        assert joint.min() > 1e-8


def test_latents_are_edges_or_cliques() -> None:
    graph = parse_graph("a; b; c; d; a <-> b; b <-> c; a <-> c; c <-> d")
    assert sorted(maximal_cliques(graph)) == [("a", "b", "c"), ("c", "d")]
    assert {len(random_model(graph, seed).latents) for seed in range(20)} == {2, 4}


def test_plain_recursion_finds_the_truth() -> None:
    for graph, query, seed in random_cases([4], 400, sizes=(4, 5, 6, 7, 8)):
        model = random_model(graph, seed)
        verdict = reference.decide(graph, query, model.joint())
        if verdict.identifiable:
            np.testing.assert_allclose(verdict.table, model.truth(query), atol=1e-10)
        else:
            assert not complaints(graph, query, verdict.hedge)


def test_plain_recursion_notes_interim_kernels() -> None:
    assert reference.decide(NAPKIN, EFFECT).interim
    assert reference.decide(NAPKIN, EFFECT).lines == (3, 7, 2, 6)
    frontdoor = parse_graph("x -> m -> y; x <-> y")
    assert not reference.decide(frontdoor, EFFECT).interim


def test_separation() -> None:
    graph = parse_graph("a -> b -> c; d -> c; a <-> d; d <-> e")
    one = frozenset
    assert not reference.separated(graph, one("a"), one("c"), one("b"))
    assert reference.separated(graph, one("a"), one("c"), one("bd"))
    assert reference.separated(graph, one("a"), one("e"), one())
    assert not reference.separated(graph, one("a"), one("e"), one("d"))
    assert not reference.separated(graph, one("a"), one("e"), one("c"))


HEDGED = parse_graph("w -> z; x -> y; w <-> x; w <-> y; x <-> z; y <-> z")
ASKED = parse_query("P(y, z | do(w, x))")
HEDGE = reference.decide(HEDGED, ASKED).hedge


def test_checker_accepts_the_textbook_hedge() -> None:
    assert HEDGE is not None
    assert HEDGE.forest == set("wxyz")
    assert HEDGE.subforest == HEDGE.roots == set("yz")
    assert complaints(HEDGED, ASKED, HEDGE) == []


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"forest": frozenset("yz")}, "not a proper part"),
        ({"forest": frozenset("wxyzv")}, "the graph lacks: {v}"),
        ({"subforest": frozenset("xyz")}, "contains interventions: {x}"),
        ({"forest": frozenset("vyz"), "subforest": frozenset("yz")}, "the graph lacks"),
        ({"subforest": frozenset("y")}, "subforest: its childless nodes {y} are not the roots {y, z}"),
        ({"roots": frozenset("y")}, "are not the roots {y}"),
        ({"roots": frozenset()}, "root set is empty"),
        ({"forest_edges": frozenset({("w", "z")})}, "forest: its childless nodes {x, y, z}"),
        ({"forest_edges": frozenset({("w", "z"), ("x", "z")})}, "forest: edges that the graph lacks"),
        ({"subforest_edges": frozenset({("x", "y")})}, "subforest: edges that leave it"),
        (
            {"subforest_edges": frozenset({("x", "y")}), "forest_edges": frozenset({("w", "z")})},
            "not all edges of",
        ),
        ({"outcomes": ("y",)}, "a root is no ancestor of the outcomes"),
        ({"outcomes": ("w", "y", "z")}, "outcomes {w} are none of the reduced query"),
        ({"interventions": ("x", "y")}, "interventions {y} are none of the reduced query"),
        ({"interventions": ()}, "contains no intervention"),
    ],
)
def test_checker_refuses_broken_hedges(change: dict[str, Any], complaint: str) -> None:
    assert HEDGE is not None
    assert complaint in "; ".join(complaints(HEDGED, ASKED, replace(HEDGE, **change)))


@pytest.mark.parametrize(
    ("graph", "query", "complaint"),
    [
        ("w -> z; x -> y; w <-> x; w <-> y; x <-> z", "P(y, z | do(w, x))", "subforest: not connected"),
        (
            "w -> z; x -> y; w -> y; w <-> x; w <-> y; x <-> z; y <-> z",
            "P(y, z | do(x))",
            "interventions {w} are none of the reduced query",
        ),
        ("w -> z; x -> y; y -> v; z; w <-> x; w <-> y; x <-> z; y <-> z", "P(v | do(w, x))", "no ancestor"),
        (
            "w -> z; x -> y; w <-> x; w <-> y; x <-> z; y <-> z; v",
            "P(y, z | do(v))",
            "contains no intervention",
        ),
    ],
)
def test_checker_refuses_a_hedge_of_another_question(graph: str, query: str, complaint: str) -> None:
    assert complaint in "; ".join(complaints(parse_graph(graph), parse_query(query), HEDGE))


def test_checker_refuses_two_children() -> None:
    graph = parse_graph("x -> y; x -> z; x <-> y; y <-> z")
    query = parse_query("P(y, z | do(x))")
    hedge = reference.decide(graph, query).hedge
    assert hedge is not None
    assert not complaints(graph, query, hedge)
    doubled = replace(hedge, forest_edges=frozenset({("x", "y"), ("x", "z")}))
    assert "forest: a node has two children" in complaints(graph, query, doubled)


def test_checker_refuses_none() -> None:
    assert complaints(NAPKIN, EFFECT, None)


def test_random_corruptions_are_refused() -> None:
    """Dropping or adding one node or one edge never leaves another hedge that passes unseen."""
    refused = kept = 0
    for graph, query, _ in random_cases([5], 300, sizes=(4, 5, 6)):
        hedge = reference.decide(graph, query).hedge
        if hedge is None:
            continue
        for v in graph.nodes:
            broken = replace(hedge, forest=hedge.forest ^ {v})
            if complaints(graph, query, broken):
                refused += 1
            else:
                kept += 1
    assert refused > 300
    assert kept < refused / 50


class Told:
    """An estimand that says what it is told."""

    def __init__(self, names: tuple[str, ...], table: np.ndarray[Any, Any]) -> None:
        self.names, self.table = names, table

    def array(self, order: tuple[str, ...]) -> np.ndarray[Any, Any]:
        return self.table.transpose([self.names.index(name) for name in order])


def test_judge_refuses_wrong_numbers_and_axes() -> None:
    """Also P(y | x) for the napkin, the answer of a recursion that forgets the interim kernel."""
    model = random_model(NAPKIN, 0)
    truth = model.truth(EFFECT)
    judge.agree(Told(("y", "x"), truth.T), truth, EFFECT, "estimand")
    joint = model.joint().sum(axis=(0, 1))
    with pytest.raises(AssertionError, match="the estimand is off by"):
        judge.agree(Told(("x", "y"), joint / joint.sum(axis=1, keepdims=True)), truth, EFFECT, "estimand")
    with pytest.raises(AssertionError, match="the estimand is off by"):
        judge.agree(Told(("x", "y"), truth + 2e-9), truth, EFFECT, "estimand")
    with pytest.raises(AssertionError, match="has axes"):
        judge.agree(Told(("y",), truth[0]), truth, EFFECT, "estimand")
