"""Projected graphs remember what they hide: in remedies, in the words of a hedge, and in drawings."""

from __future__ import annotations

import pickle
from itertools import combinations, pairwise
from typing import Any

import pytest

import dofx
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.identify import remedy
from dofx.compiler.identify.identify import Identification, identify_query
from dofx.compiler.identify.remedy import remedies
from dofx.compiler.model.data import DataSet
from dofx.compiler.model.query import Query
from dofx.compiler.printers.graph_svg import graph_svg


def cures(query: str, graph: str, **limits: Any) -> list[str]:
    return [str(cure) for cure in remedies(dofx.identify(query, graph, **limits))]


RANDOMISE = "randomise x: in an experiment nothing unobserved affects it"


@pytest.mark.parametrize(
    ("graph", "limits", "expected"),
    [
        ("latent a; a -> {x, y}; x -> y", {}, ["measure a"]),
        ("latent a, b; a -> b -> {x, y}; x -> y", {}, ["measure b"]),
        ("latent a, b; a -> {x, y}; b -> {x, y}; x -> y", {}, ["measure a and b"]),
        ("latent a; a -> {w, x, y}; w -> x -> y", {}, ["measure a"]),  # three edges, one measurement
        (
            "latent m; x -> m -> y; x <-> y",
            {},
            ["measure m", "measure the common cause of x and y"],
        ),
        ("s -> {x, y}; x -> y", {"avoid": "s"}, ["allow s, observed but excluded"]),
        ("s -> {x, y}; x -> y", {"only": "x"}, ["allow s, observed but excluded"]),
    ],
)
def test_remedies_call_what_is_hidden_by_its_name(
    graph: str, limits: dict[str, str], expected: list[str]
) -> None:
    assert cures("P(y | do(x))", graph, **limits) == [*expected, RANDOMISE]


def test_a_hedge_names_the_causes() -> None:
    named = dofx.identify("P(y | do(x))", "latent ability; ability -> {x, y}; x -> y")
    assert "x and y share the unobserved cause ability" in str(named)
    left_out = dofx.identify("P(y | do(x))", "age -> {x, y}; x -> y", avoid="age")
    assert "x and y share the cause age, left out here" in str(left_out)
    assert "x and y share an unobserved cause," in str(dofx.identify("P(y | do(x))", "x -> y; x <-> y"))


def test_a_drawing_names_the_causes() -> None:
    assert ">ability</text>" in graph_svg(dofx.graph("latent ability; ability -> {x, y}; x -> y"))


def test_an_origin_is_pickled() -> None:
    graph = dofx.graph("latent a; selected s; a -> {x, y}; y -> s")
    again = pickle.loads(pickle.dumps(graph))
    assert again == graph
    assert again.latent == ("a",)
    assert again.origin.graph.selected == ("s",)


def test_limits_are_text_or_names() -> None:
    graph = "a -> {x, y}; b -> {x, y}; ab -> y; x -> y"
    assert dofx.identify("P(y | do(x))", graph, avoid="ab")
    assert not dofx.identify("P(y | do(x))", graph, avoid="a, b")
    assert not dofx.identify("P(y | do(x))", graph, avoid=["a"])
    assert dofx.identify("P(y | do(x))", graph, only="a,b")
    assert not dofx.identify("P(y | do(x))", graph, only="ab")
    assert dofx.identify("P(y | do(x))", '"a, b" -> {x, y}; c -> y; x -> y', avoid="c", only='"a, b", c')
    for compiled in (
        dofx.compile("P(y | do(x))", graph, avoid="ab"),
        dofx.compile("P(y|do(x))", graph, only="a,b"),
    ):
        assert compiled.query.outcomes == ("y",)


def test_measuring_one_of_many_shared_causes_is_not_tried_where_the_hedge_stands_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = 0

    def counting(query: Query, graph: ADMG, data: tuple[DataSet, ...]) -> Identification:
        nonlocal tried
        tried += 1
        return identify_query(query, graph, data)

    v = [f"v{i}" for i in range(12)]
    graph = ADMG(v, list(pairwise(v)), list(combinations(v, 2)))
    identification = identify_query(Query.of(["v11"], ["v0"]), graph)
    monkeypatch.setattr(remedy, "identify_query", counting)
    assert [each.kind for each in remedies(identification)] == ["randomise"]
    assert tried == 1
    bow = identify_query(Query.of(["y"], ["x"]), ADMG([], [("x", "y")], [("x", "y")]))
    assert [each.kind for each in remedies(bow)] == ["measure", "randomise"]
