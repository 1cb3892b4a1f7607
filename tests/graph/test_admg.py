"""The ADMG: names outside, masks inside."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
import torch

from dofx import ADMG, DofxError
from dofx.compiler.graph.varset import Order, bits
from models.graphs import Graph, random_graph

NAPKIN = ADMG(["w", "r", "x", "y"], [("w", "r"), ("r", "x"), ("x", "y")], [("w", "x"), ("w", "y")])


def admg(graph: Graph) -> ADMG:
    return ADMG(graph.nodes, graph.directed, graph.bidirected)


def randoms(count: int, sizes: tuple[int, ...] = (1, 2, 4, 6, 8)) -> list[Graph]:
    rng = np.random.default_rng(11)
    return [random_graph(rng, sizes[k % len(sizes)]) for k in range(count)]


def test_nodes_stand_in_the_order_declared_and_ends_of_edges_after_them() -> None:
    graph = ADMG(["b", "a"], [("c", "a")], [("d", "b")])
    assert graph.nodes == ("b", "a", "c", "d")
    assert graph.all == 0b1111


def test_edges_by_name() -> None:
    graph = ADMG(["x", "y", "z"], [("z", "x"), ("x", "y"), ("z", "x")], [("y", "x"), ("x", "y")])
    assert graph.directed == (("x", "y"), ("z", "x"))
    assert graph.bidirected == (("x", "y"),)


def test_masks() -> None:
    assert NAPKIN.parent_masks == [0b0000, 0b0001, 0b0010, 0b0100]
    assert NAPKIN.child_masks == [0b0010, 0b0100, 0b1000, 0b0000]
    assert NAPKIN.sibling_masks == [0b1100, 0b0000, 0b0001, 0b0001]
    assert NAPKIN.levels == [0, 1, 2, 3]


def test_the_napkin_by_name() -> None:
    assert list(NAPKIN.parents("x", "y")) == ["r", "x"]
    assert list(NAPKIN.children("w")) == ["r"]
    assert list(NAPKIN.ancestors("x")) == ["w", "r", "x"]
    assert list(NAPKIN.descendants("x")) == ["x", "y"]
    assert [list(district) for district in NAPKIN.districts()] == [["w", "x", "y"], ["r"]]
    assert NAPKIN.topological_order() == ("w", "r", "x", "y")


@pytest.mark.parametrize("graph", randoms(60))
def test_against_plain_sets(graph: Graph) -> None:
    one = admg(graph)
    for v in graph.nodes:
        assert set(one.parents(v)) == graph.parents[v]
        assert set(one.children(v)) == {b for a, b in graph.directed if a == v}
        assert set(one.ancestors(v)) == graph.ancestors([v])
        assert set(one.descendants(v)) == {w for w in graph.nodes if v in graph.ancestors([w])}
    assert [frozenset(part) for part in one.districts()] == graph.districts()
    order = one.topological_order()
    assert all(order.index(a) < order.index(b) for a, b in graph.directed)


@pytest.mark.parametrize("graph", randoms(30, (2, 5, 7)))
def test_subgraphs_against_plain_sets(graph: Graph) -> None:
    one, names = admg(graph), set(graph.nodes[::2])
    keep = one.order.mask(names)
    assert one.subgraph(keep) == admg(graph.subgraph(names))
    assert one.subgraph(keep).nodes == tuple(v for v in graph.nodes if v in names)

    alone = one.isolate(keep)
    assert alone.nodes == graph.nodes
    assert alone.directed == one.subgraph(keep).directed
    assert alone.bidirected == one.subgraph(keep).bidirected
    assert one.isolate(one.all) is one

    rest = set(graph.nodes) - names
    cut = one.mutilate(into=keep, out_of=one.order.mask(rest))
    assert cut == admg(graph.mutilated(into=names, out_of=rest))
    assert cut.nodes == graph.nodes


def test_a_subgraph_in_an_order_of_its_own() -> None:
    turned = NAPKIN.subgraph(NAPKIN.all, [3, 1, 0, 2])
    assert turned.nodes == ("y", "r", "w", "x")
    assert turned == NAPKIN
    assert turned.subgraph(0b101).directed == ()
    assert turned.subgraph(0b101).bidirected == (("y", "w"),)


def test_ancestors_and_districts_within_a_subgraph() -> None:
    mask = NAPKIN.order.mask
    assert NAPKIN.ancestors_of(mask("y"), within=mask("wxy")) == mask("xy")
    assert NAPKIN.ancestors_of(mask("wy"), within=mask("y")) == mask("y")
    assert NAPKIN.district_of(mask("x"), within=mask("rxy")) == mask("x")
    assert NAPKIN.districts_in(mask("rxy")) == [mask("r"), mask("x"), mask("y")]
    assert NAPKIN.parents_of(mask("ry")) == mask("wx")


def test_equality_is_of_names_and_edges_alone() -> None:
    same = ADMG(["y", "x", "r", "w"], [("x", "y"), ("w", "r"), ("r", "x")], [("y", "w"), ("x", "w")])
    assert same == NAPKIN
    assert hash(same) == hash(NAPKIN)
    assert {same: 1}[NAPKIN] == 1


@pytest.mark.parametrize(
    "other",
    [
        ADMG(NAPKIN.nodes, NAPKIN.directed[1:], NAPKIN.bidirected),
        ADMG(NAPKIN.nodes, NAPKIN.directed, NAPKIN.bidirected[1:]),
        ADMG(NAPKIN.nodes, [*NAPKIN.directed, ("w", "y")], NAPKIN.bidirected),
        ADMG([*NAPKIN.nodes, "z"], NAPKIN.directed, NAPKIN.bidirected),
        ADMG("wrxz", [("w", "r"), ("r", "x"), ("x", "z")], [("w", "x"), ("w", "z")]),
        ADMG(NAPKIN.nodes, [("r", "w"), ("x", "r"), ("y", "x")], NAPKIN.bidirected),
    ],
)
def test_unequal(other: ADMG) -> None:
    assert other != NAPKIN


def test_a_graph_is_no_text() -> None:
    assert str(NAPKIN) != NAPKIN
    assert ADMG() == ADMG()


def test_copies_and_pickles() -> None:
    for other in (copy.deepcopy(NAPKIN), pickle.loads(pickle.dumps(NAPKIN)), eval(repr(NAPKIN))):
        assert other == NAPKIN
        assert other.nodes == NAPKIN.nodes


def test_names_are_strings() -> None:
    assert ADMG([1, 2], [(1, 2)]).nodes == ("1", "2")  # type: ignore[list-item]


@pytest.mark.parametrize("odd", [np.array(1), torch.tensor(1), [[None]], np.zeros((2, 2))])
def test_what_holds_no_names_is_no_feedback(odd: Any) -> None:
    with pytest.raises(DofxError, match=r"E1002|E0802"):
        ADMG(["a", "b"], [("a", "b")], [], odd)


@pytest.mark.parametrize(
    ("edges", "cycle"),
    [
        ([("a", "b"), ("b", "a")], "a -> b -> a"),
        ([("s", "a"), ("a", "b"), ("b", "c"), ("c", "a"), ("c", "t"), ("t", "u")], "a -> b -> c -> a"),
        ([("t", "s"), ("a", "t"), ("a", "b"), ("b", "a")], "a -> b -> a"),
    ],
)
def test_a_cycle_is_named(edges: list[tuple[str, str]], cycle: str) -> None:
    with pytest.raises(DofxError) as caught:
        ADMG([], edges)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "E0201"
    assert diagnostic.title == f"the graph has a cycle: {cycle}"


def test_a_long_cycle_is_shortened() -> None:
    with pytest.raises(DofxError, match="v0 -> v1 -> v2 -> v3 -> v4 -> v5 -> … -> v95"):
        ADMG([], [(f"v{i}", f"v{(i + 1) % 100}") for i in range(100)])


@pytest.mark.parametrize("edges", [([("a", "a")], []), ([], [("a", "a")])])
def test_a_self_loop(edges: tuple[list[tuple[str, str]], list[tuple[str, str]]]) -> None:
    with pytest.raises(DofxError, match="`a` has an edge to itself") as caught:
        ADMG([], *edges)
    assert caught.value.diagnostics[0].code == "E0202"


def test_sets_of_variables() -> None:
    order = Order(["x", "m", "y"])
    some = order.of("y", "x")
    assert list(some) == ["x", "y"]
    assert repr(some) == "{x, y}"
    assert len(some) == 2
    assert "m" not in some
    assert "other" not in some
    assert some | ["m"] == order.of("x", "m", "y")
    assert some & {"y", "elsewhere"} == order.of("y")
    assert some - order.of("y") == order.of("x")
    assert not some - some
    assert {some: 1}[order.of("x", "y")] == 1
    assert some != Order(["y", "m", "x"]).of("x", "y")
    assert Order(["x", "m", "y"]).of("x", "y") == some


def test_bits() -> None:
    assert list(bits(0)) == []
    assert list(bits(1 << 9_999 | 5)) == [0, 2, 9_999]


def test_what_has_no_text_is_no_variable() -> None:
    nested: list[object] = []
    for _ in range(3_000):
        nested = [nested]
    odd: tuple[dict[str, Any], ...] = (
        {"nodes": [nested]},
        {"nodes": np.array(0.0)},
        {"directed": [("x", nested)]},
        {"bidirected": [("x", nested)]},
        {"feedback": [nested]},
    )
    for given in odd:
        with pytest.raises(DofxError):
            ADMG(**given)


@pytest.mark.parametrize("many", [1, 5, 16, 17, 40, 200])
def test_the_bits_of_sparse_and_of_dense_masks(many: int) -> None:
    order = Order([f"v{i}" for i in range(250)])
    places = sorted(np.random.default_rng(many).choice(250, many, replace=False).tolist())
    mask = sum(1 << place for place in places)
    assert list(bits(mask)) == places
    assert list(order.set(mask)) == [f"v{place}" for place in places]
