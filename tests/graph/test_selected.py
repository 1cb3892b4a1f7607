"""Graphs that say how their data were selected, and attributes that say nothing."""

from __future__ import annotations

import warnings

import networkx as nx
import pytest

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxWarning
from dofx.grammar.formatting.program import format_graph
from dofx.grammar.parse import parse_graph


def refused(query: str, graph: object) -> bool:
    try:
        dofx.identify(query, graph)
    except dofx.DofxError as error:
        return [fault.code for fault in error.diagnostics] == ["E0208"]
    return False


@pytest.mark.parametrize(
    ("query", "graph", "biased"),
    [
        ("P(y | do(x))", "x -> y; {x, y} -> s; selected s", True),  # a collider
        ("P(y | do(x))", "x -> y -> s; selected s", True),
        ("P(y | do(x))", "s -> x -> y; selected s", True),  # a cause, itself selected
        ("P(y | do(x))", "latent u; u -> {x, s}; x -> y; selected s", True),
        ("P(y | do(x))", "x -> y; y <-> s; selected s", True),
        ("P(y | do(x))", "latent s; x -> y -> s; selected s", True),  # the selection was not observed
        ("P(s | do(x))", "x -> s; selected s", True),
        ("P(y)", "x -> y -> s; selected s", True),
        ("P(y | do(x))", "x -> y; a -> s; selected s", False),  # another component
        ("P(y | do(x))", "x -> y -> c; s -> c; selected s", False),  # meets the query's effects alone
    ],
)
def test_a_query_is_refused_where_selection_may_bias_it(query: str, graph: str, biased: bool) -> None:
    assert refused(query, graph) == biased


def test_every_way_in_refuses() -> None:
    graph = "dag { x [exposure] y [outcome] s [selected] x -> y x -> s y -> s }"
    for ask in (
        lambda: dofx.compile("P(y | do(x))", graph),
        lambda: dofx.compile(f"{graph}\nquery q = P(y | do(x))"),
        lambda: dofx.identify("P(y | do(x))", graph, avoid=["s"]),
        lambda: dofx.implications(graph),
    ):
        with pytest.raises(dofx.DofxError) as caught:
            ask()
        assert caught.value.diagnostics[0].code == "E0208"


def test_selection_comes_with_graph_objects() -> None:
    graph = nx.DiGraph([("x", "y"), ("y", "s")])
    assert not refused("P(y | do(x))", graph)
    graph.nodes["s"]["selected"] = True
    assert refused("P(y | do(x))", graph)


def test_selection_survives_printing() -> None:
    text = format_graph(parse_graph("dag { s [selected]  x -> s }"))
    assert "selected s" in text
    assert dofx.graph(text).selected == ("s",)


@pytest.mark.parametrize("kind", ["mag", "pag"])
def test_an_edge_behind_which_a_cause_may_stand_is_refused(kind: str) -> None:
    with pytest.raises(dofx.DofxError) as caught:
        dofx.graph(f"{kind} {{ x -> y }}")
    assert [fault.code for fault in caught.value.diagnostics] == ["E0203"]


@pytest.mark.parametrize(
    ("graph", "ignored"),
    [
        ("dag { u [latnet]  u -> {x y} }", [("latnet", "did you mean `latent`?")]),
        ("dag { u [l] x [foo] u -> x }", [("l", "did you mean `latent`?"), ("foo", None)]),
        ("dag { u [latent=maybe] u -> x }", [("latent", None)]),
        ('dag { x -> y [beta=0.3, pos="1,2"]  x [exposure, pos="0,1"] }', []),
        ('digraph { node [bgcolor=red]; x [label=a, shape=box, color="#fff"]; x -> y [style=dashed] }', []),
    ],
)
def test_attributes_that_nothing_reads_are_warned_of(
    graph: str, ignored: list[tuple[str, str | None]]
) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        dofx.graph(graph)
    found = [each.message.diagnostic for each in caught if isinstance(each.message, DofxWarning)]
    assert len(found) == len(caught) == len(ignored)
    for fault, (key, advice) in zip(found, ignored, strict=True):
        assert fault.code == "W0201"
        assert f"`{key}" in fault.title
        assert advice is None or fault.help == (advice,)
