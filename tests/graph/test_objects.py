"""Graph objects of other libraries: networkx itself, and stand-ins with the attributes of the others.

The stand-ins copy what pgmpy 1.1, y0 0.2, causal-learn 0.1.4 and ananke 0.5 show of their graphs.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import networkx as nx
import pytest

import dofx
from dofx import ADMG, DofxError

FRONT_DOOR = ADMG(["x", "m", "y"], [("x", "m"), ("m", "y")], [("x", "y")])


def fault(source: object) -> str:
    with pytest.raises(DofxError) as caught:
        dofx.graph(source)
    return caught.value.diagnostics[0].code


# ── networkx ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_digraph_keeps_its_order() -> None:
    graph = nx.DiGraph([("b", "a"), ("c", "b")])
    assert dofx.graph(graph).nodes == ("b", "a", "c")
    assert dofx.graph(graph).directed == (("b", "a"), ("c", "b"))


@pytest.mark.parametrize(
    "mark",
    [{"hidden": True}, {"latent": "yes"}, {"unobserved": 1}, {"observed": False}, {"observed": "no"}],
)
def test_latent_nodes_are_projected_out(mark: dict[str, Any]) -> None:
    graph = nx.DiGraph([("x", "m"), ("m", "y"), ("u", "x"), ("u", "y")])
    graph.add_node("u", **mark)
    assert dofx.graph(graph) == FRONT_DOOR


@pytest.mark.parametrize(
    "mark", [{"hidden": False}, {"latent": "no"}, {"observed": True}, {"observed": "yes"}]
)
def test_observed_nodes_stay(mark: dict[str, Any]) -> None:
    graph = nx.DiGraph([("u", "x")])
    graph.add_node("u", **mark)
    assert dofx.graph(graph).nodes == ("u", "x")


@pytest.mark.parametrize("mark", [{"bidirected": True}, {"type": "bidirected"}, {"edge_type": "bidirected"}])
def test_bidirected_edges_by_attribute(mark: dict[str, Any]) -> None:
    graph = nx.MultiDiGraph([("x", "m"), ("m", "y")])
    graph.add_edge("x", "y", **mark)
    assert dofx.graph(graph) == FRONT_DOOR


def test_bidirected_edges_by_key_and_by_direction() -> None:
    graph = nx.MultiDiGraph([("x", "m"), ("m", "y")])
    graph.add_edge("y", "x", key="bidirected")
    assert dofx.graph(graph) == FRONT_DOOR
    drawn = nx.DiGraph([("x", "m"), ("m", "y")])
    drawn.add_edge("x", "y", dir="both")
    assert dofx.graph(drawn) == FRONT_DOOR


def test_opposite_edges_of_a_multigraph_are_a_bidirected_one() -> None:
    graph = nx.MultiDiGraph([("x", "m"), ("m", "y"), ("x", "y"), ("y", "x")])
    assert dofx.graph(graph) == FRONT_DOOR
    graph.add_edge("x", "y")
    assert dofx.graph(graph) == ADMG([], [*FRONT_DOOR.directed, ("x", "y")], [("x", "y")])


def test_opposite_edges_of_a_plain_digraph_are_a_cycle() -> None:
    assert fault(nx.DiGraph([("x", "y"), ("y", "x")])) == "E0201"


def test_self_loops() -> None:
    assert fault(nx.DiGraph([("x", "x")])) == "E0202"
    assert fault(nx.MultiDiGraph([("x", "x")])) == "E0202"


def test_undirected_edges_are_undecided() -> None:
    with pytest.raises(DofxError, match="the edge x - y has no direction"):
        dofx.graph(nx.Graph([("x", "y")]))


def test_nodes_need_names_of_their_own() -> None:
    graph = nx.DiGraph([(1, 2)])
    assert dofx.graph(graph).nodes == ("1", "2")
    graph.add_node("1")
    assert fault(graph) == "E0204"


# ── pgmpy: networkx graphs with `latents`, edge types, endpoint marks ────────────────────────────────────


def test_latents_by_attribute_and_by_role() -> None:
    graph = nx.DiGraph([("x", "m"), ("m", "y"), ("u", "x"), ("u", "y")])
    graph.latents = {"u"}
    assert dofx.graph(graph) == FRONT_DOOR
    del graph.latents
    graph.add_node("u", roles={"latents"})
    assert dofx.graph(graph) == FRONT_DOOR


def test_pairs_of_typed_edges() -> None:
    graph = nx.MultiDiGraph()
    for cause, effect in FRONT_DOOR.directed:
        graph.add_edge(cause, effect, type="directed")
    graph.add_edge("x", "y", type="bidirected")
    graph.add_edge("y", "x", type="bidirected")
    assert dofx.graph(graph) == FRONT_DOOR


def test_endpoint_marks() -> None:
    graph = nx.Graph()
    graph.add_edge("x", "m", marks={"x": "-", "m": ">"})
    graph.add_edge("y", "m", marks={"m": "-", "y": ">"})
    graph.add_edge("x", "y", marks={"x": ">", "y": ">"})
    assert dofx.graph(graph) == FRONT_DOOR
    graph.add_edge("x", "z", marks={"x": "o", "z": ">"})
    with pytest.raises(DofxError, match="the edge x o-> z has no direction"):
        dofx.graph(graph)


def test_a_partly_directed_graph() -> None:
    graph = nx.DiGraph([("x", "y"), ("y", "x"), ("x", "z")])
    graph.undirected_edges = {("x", "y")}
    assert fault(graph) == "E0203"


# ── y0: an NxMixedGraph of Variables ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Variable:
    name: str

    def __str__(self) -> str:
        return self.name


def test_two_graphs_in_one() -> None:
    x, m, y = map(Variable, "xmy")
    directed, undirected = nx.DiGraph(), nx.Graph()
    for graph in (directed, undirected):
        graph.add_nodes_from([x, m, y])
    directed.add_edges_from([(x, m), (m, y)])
    undirected.add_edge(x, y)
    found = dofx.graph(SimpleNamespace(directed=directed, undirected=undirected))
    assert found == FRONT_DOOR
    assert found.nodes == FRONT_DOOR.nodes


# ── causal-learn: nodes and edges with endpoints ─────────────────────────────────────────────────────────


class Endpoint(enum.Enum):
    TAIL = -1
    ARROW = 1
    CIRCLE = 2


class Node:
    def __init__(self, name: str, kind: str = "MEASURED") -> None:
        self.name, self.kind = name, kind

    def get_name(self) -> str:
        return self.name

    def get_node_type(self) -> object:
        return SimpleNamespace(name=self.kind)


class Edge:
    def __init__(self, one: Node, other: Node, marks: str) -> None:
        self.ends, self.marks = (
            (one, other),
            [{"-": Endpoint.TAIL, ">": Endpoint.ARROW}.get(m, Endpoint.CIRCLE) for m in marks],
        )

    def get_node1(self) -> Node:
        return self.ends[0]

    def get_node2(self) -> Node:
        return self.ends[1]

    def get_endpoint1(self) -> Endpoint:
        return self.marks[0]

    def get_endpoint2(self) -> Endpoint:
        return self.marks[1]


class GeneralGraph:
    def __init__(self, nodes: Iterable[Node], edges: Iterable[Edge]) -> None:
        self.nodes, self.edges = list(nodes), list(edges)

    def get_nodes(self) -> list[Node]:
        return self.nodes

    def get_graph_edges(self) -> list[Edge]:
        return self.edges


def test_endpoints() -> None:
    x, m, y = nodes = [Node("x"), Node("m"), Node("y")]
    graph = GeneralGraph(nodes, [Edge(x, m, "->"), Edge(y, m, ">-"), Edge(x, y, ">>")])
    assert dofx.graph(graph) == FRONT_DOOR
    assert dofx.graph(SimpleNamespace(G=graph)) == FRONT_DOOR


def test_latent_node_types() -> None:
    x, m, y, u = nodes = [Node("x"), Node("m"), Node("y"), Node("u", "LATENT")]
    edges = [Edge(x, m, "->"), Edge(m, y, "->"), Edge(u, x, "->"), Edge(u, y, "->")]
    assert dofx.graph(GeneralGraph(nodes, edges)) == FRONT_DOOR


@pytest.mark.parametrize(("marks", "arrow"), [("o>", "o->"), ("oo", "o-o"), ("--", "-"), (">o", "<-o")])
def test_every_undecided_edge_is_named(marks: str, arrow: str) -> None:
    x, m, y = nodes = [Node("x"), Node("m"), Node("y")]
    with pytest.raises(DofxError) as caught:
        dofx.graph(GeneralGraph(nodes, [Edge(x, m, marks), Edge(m, y, marks), Edge(x, y, "->")]))
    assert [d.title for d in caught.value.diagnostics] == [
        f"the edge x {arrow} m has no direction",
        f"the edge m {arrow} y has no direction",
    ]


# ── ananke: vertices and sets of edges ───────────────────────────────────────────────────────────────────


def test_sets_of_edges() -> None:
    vertices = {name: object() for name in "xmy"}
    graph = SimpleNamespace(
        vertices=vertices, di_edges={("m", "y"), ("x", "m")}, bi_edges={("x", "y")}, ud_edges=set()
    )
    assert dofx.graph(graph) == FRONT_DOOR
    graph.ud_edges = {("x", "y")}
    assert fault(graph) == "E0203"


# ── anything else ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("source", [42, None, ["x -> y"], b"x -> y", {"x": ["y"]}, object()])
def test_what_is_no_graph(source: object) -> None:
    assert fault(source) == "E0204"
