"""Other formats read back as the same graph, its nodes in the same order."""

from __future__ import annotations

from collections.abc import Callable

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dofx
from dofx import ADMG
from dofx.compiler.graph.convert import to_dagitty, to_dot, to_edge_text, to_networkx
from dofx.grammar.diagnostics.width import hidden_character
from models.graphs import random_graph

WRITERS: list[Callable[[ADMG], object]] = [to_edge_text, to_dagitty, to_dot, to_networkx, str, repr]
NAMES = st.one_of(
    st.sampled_from(
        [
            "dag",
            "graph",
            "digraph",
            "node",
            "edge",
            "latent",
            "exposure",
            "strict",
            "o",
            "P",
            "E",
            "do",
            "query",
        ]
    ),
    st.text(max_size=8).filter(lambda text: hidden_character(text) is None),
)


def same(graph: ADMG, writer: Callable[[ADMG], object]) -> None:
    written = writer(graph)
    back = eval(str(written), {"ADMG": ADMG}) if writer is repr else dofx.graph(written)
    assert back == graph
    assert back.nodes == graph.nodes


@pytest.mark.parametrize("writer", WRITERS)
def test_random_graphs(writer: Callable[[ADMG], object]) -> None:
    rng = np.random.default_rng(12)
    for k in range(60):
        graph = random_graph(rng, 1 + k % 8)
        same(ADMG(graph.nodes, graph.directed, graph.bidirected), writer)


@given(st.data())
def test_any_names(data: st.DataObject) -> None:
    nodes = data.draw(st.lists(NAMES, min_size=2, max_size=5, unique=True))
    pairs = [(a, b) for i, a in enumerate(nodes) for b in nodes[i + 1 :]]
    directed = data.draw(st.lists(st.sampled_from(pairs), unique=True, max_size=4))
    bidirected = data.draw(st.lists(st.sampled_from(pairs), unique=True, max_size=3))
    order = data.draw(st.permutations(nodes))
    graph = ADMG(order, directed, bidirected)
    for writer in WRITERS:
        if writer in (to_edge_text, str) and not graph.directed and not graph.bidirected:
            continue  # a line of names alone may look like the path of a file
        same(graph, writer)


def test_edge_text_names_variables_only_where_edges_do_not() -> None:
    assert to_edge_text(ADMG([], [("a", "b")], [("a", "b")])) == "a -> b\na <-> b"
    assert to_edge_text(ADMG(["b", "a"], [("a", "b")])) == "b, a\na -> b"
    assert to_edge_text(ADMG(["a", "z"])) == "a, z"


def test_networkx_edges_carry_key_and_attribute() -> None:
    graph = ADMG([], [("x", "y")], [("x", "y")]).to_networkx()
    assert isinstance(graph, nx.MultiDiGraph)
    assert list(graph.edges(keys=True, data=True)) == [
        ("x", "y", "directed", {}),
        ("x", "y", "bidirected", {"bidirected": True}),
        ("y", "x", "bidirected", {"bidirected": True}),
    ]


def test_names_are_quoted_for_other_programs() -> None:
    graph = ADMG([], [("birth weight", "β")])
    assert '"birth weight" -> "β"' in graph.to_dagitty()
    assert '"birth weight" -> "β"' in to_dot(graph)
