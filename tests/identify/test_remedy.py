"""Remedies: exactly the single changes that make a query identifiable, each of which then does."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import dofx
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.identify.remedy import Remedy, remedies
from models.graphs import random_cases

BOW = "x -> y; x <-> y"


def found(query: str, graph: str) -> set[tuple[str, ...]]:
    return {(remedy.kind, *remedy.variables) for remedy in remedies(dofx.identify(query, graph))}


def test_what_is_identifiable_needs_no_remedy() -> None:
    assert remedies(dofx.identify("P(y | do(x))", "x -> m -> y; x <-> y")) == ()


@pytest.mark.parametrize(
    ("query", "graph", "expected"),
    [
        ("P(y | do(x))", BOW, {("randomise", "x"), ("measure", "x", "y")}),
        (
            "P(y | do(x))",
            "z -> x -> y; x <-> z; z <-> y",
            {("randomise", "x"), ("measure", "z", "x"), ("measure", "z", "y")},
        ),
        # a named cause, and one without a name beside it: neither measurement is enough, both are
        (
            "P(y | do(x))",
            "latent u; u -> {x, y}; " + BOW,
            {("randomise", "x"), ("measure also", "x", "y", "u")},
        ),
        ("P(y | do(x))", "latent u; u -> {x, y}; x -> y", {("randomise", "x"), ("observe", "u")}),
        ("P(y[x = 0] | x = 1)", "latent u; u -> {x, y}; " + BOW, {("measure also", "x", "y", "u")}),
        # measuring the named cause is enough where a front door stands
        (
            "P(y | do(x))",
            "latent u; u -> {x, m}; x -> m -> y; x <-> y",
            {("randomise", "x"), ("observe", "u")},
        ),
        # one change is not enough: the two bows need one each
        ("P(a, b | do(x, z))", "x -> a; z -> b; x <-> a; z <-> b", set()),
        # of the two variables that share causes with the outcome, one is a cause of the other
        ("P(y | do(x))", "x -> {y, z}; z -> y; x <-> y; x <-> z", {("randomise", "x")}),
    ],
)
def test_the_changes_that_help(query: str, graph: str, expected: set[tuple[str, ...]]) -> None:
    assert found(query, graph) == expected


def test_a_remedy_makes_the_query_identifiable_and_what_is_no_remedy_does_not() -> None:
    """By hand: the experiment cuts what leads to x, the measurement names the common cause."""
    query, graph = "P(y | do(x))", "z -> x -> y; x <-> z; z <-> y; x -> w; x <-> w; w -> y"
    after = {
        ("randomise", "x"): "x -> y; z <-> y; x -> w; w -> y; z",
        ("measure", "z", "x"): "z -> x -> y; u -> x; u -> z; z <-> y; x -> w; x <-> w; w -> y",
        ("measure", "z", "y"): "z -> x -> y; x <-> z; u -> z; u -> y; x -> w; x <-> w; w -> y",
        ("measure", "x", "w"): "z -> x -> y; x <-> z; z <-> y; x -> w; u -> x; u -> w; w -> y",
    }
    helps = {change for change, changed in after.items() if dofx.identify(query, changed)}
    assert found(query, graph) == helps
    assert 0 < len(helps) < len(after)


def test_every_cause_in_a_hedge_is_measured_that_helps() -> None:
    """On random graphs: of each edge of the hedge, by deciding the query on the graph with a name for its cause."""
    helpful = idle = 0
    for graph, query, _ in random_cases([5], 400, sizes=(4, 5, 6)):
        admg = ADMG(graph.nodes, graph.directed, graph.bidirected)
        identification = dofx.identify(str(query), admg)
        hedge = identification.hedge
        if query.conditions or hedge is None:
            continue
        helps = set()
        for edge in hedge.bidirected:
            directed = [*graph.directed, *(("u", end) for end in edge)]
            left = [other for other in graph.bidirected if {*other} != {*edge}]
            if dofx.identify(str(query), ADMG([*graph.nodes, "u"], directed, left)):
                helps.add(frozenset(edge))
        measured = {frozenset(each.variables) for each in remedies(identification) if each.kind == "measure"}
        assert measured == helps, f"{query} on {admg}"
        helpful, idle = helpful + len(helps), idle + len(hedge.bidirected) - len(helps)
    assert helpful > 20
    assert idle > 20


def test_the_words_of_remedies(golden: Callable[[str, str], None]) -> None:
    kinds = [
        Remedy("randomise", ("x",)),
        Remedy("measure", ("x", "y")),
        Remedy("measure also", ("x", "y", "ability")),
        Remedy("observe", ("ability",)),
        Remedy("allow", ("age", "sex")),
        Remedy("declare", ("x",)),
    ]
    golden("identify/remedies.txt", "\n".join(map(str, kinds)))
