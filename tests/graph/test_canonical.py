"""The canonical order depends on the graph, not on how it was written down."""

from __future__ import annotations

import numpy as np
import pytest

from dofx import ADMG
from dofx.compiler.graph.canonical import canonical_order, natural
from models.graphs import Graph, random_graph


def randoms(seed: int, count: int) -> list[Graph]:
    rng = np.random.default_rng(seed)
    return [random_graph(rng, (2, 4, 6, 8)[k % 4]) for k in range(count)]


def ordered(graph: ADMG, roles: dict[str, int] | None = None) -> list[str]:
    marks = [roles.get(v, 0) for v in graph.nodes] if roles else None
    return [graph.nodes[i] for i in canonical_order(graph, marks)]


@pytest.mark.parametrize("graph", randoms(7, 60), ids=str)
def test_order_of_writing_does_not_matter(graph: Graph) -> None:
    rng = np.random.default_rng(1)
    expected = ordered(ADMG(graph.nodes, graph.directed, graph.bidirected))
    for _ in range(4):
        nodes = [graph.nodes[i] for i in rng.permutation(len(graph.nodes))]
        directed = [graph.directed[i] for i in rng.permutation(len(graph.directed))]
        bidirected = [graph.bidirected[i][::-1] for i in rng.permutation(len(graph.bidirected))]
        assert ordered(ADMG(nodes, directed, bidirected)) == expected


@pytest.mark.parametrize("graph", randoms(8, 60), ids=str)
def test_renaming_renames_and_does_not_reorder(graph: Graph) -> None:
    """Nodes change places only with nodes that look alike: same level, same numbers of neighbours."""

    def shapes(names: dict[str, str]) -> list[tuple[int, ...]]:
        one = ADMG(
            names.values(),
            [(names[a], names[b]) for a, b in graph.directed],
            [(names[a], names[b]) for a, b in graph.bidirected],
        )
        masks = zip(one.levels, one.parent_masks, one.child_masks, one.sibling_masks, strict=True)
        shape = [(level, *(mask.bit_count() for mask in rows)) for level, *rows in masks]
        return [shape[i] for i in canonical_order(one)]

    expected = shapes({v: v for v in graph.nodes})
    rng = np.random.default_rng(2)
    for _ in range(4):
        names = [f"n{i}" for i in rng.permutation(len(graph.nodes))]
        assert shapes(dict(zip(graph.nodes, names, strict=True))) == expected


@pytest.mark.parametrize("graph", randoms(9, 40), ids=str)
def test_causes_come_first(graph: Graph) -> None:
    order = ordered(ADMG(graph.nodes, graph.directed, graph.bidirected))
    assert all(order.index(a) < order.index(b) for a, b in graph.directed)


def test_a_role_tells_nodes_apart() -> None:
    graph = ADMG(["a", "b"], [("a", "c"), ("b", "c")])
    assert ordered(graph, {"a": 1}) == ["b", "a", "c"]
    assert ordered(graph, {"b": 1}) == ["a", "b", "c"]


def test_names_decide_between_nodes_that_look_alike() -> None:
    assert ordered(ADMG(["x10", "x9", "x1", "y"])) == ["x1", "x9", "x10", "y"]


def test_the_key_of_names_is_total() -> None:
    names = ["x", "x1", "x01", "x001", "x1a", "1", "01", "٣", "x²", "", "a" + "7" * 5000]
    assert len({natural(name) for name in names}) == len(names)
    names.sort(key=natural)
    assert names[:5] == ["", "01", "1", "a7" + "7" * 4999, "x"]
