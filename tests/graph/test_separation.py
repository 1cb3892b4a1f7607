"""m-separation against its definition over paths, and against d-separation with the latents written out."""

from __future__ import annotations

from itertools import chain, combinations, product

import networkx as nx
import numpy as np
import pytest

from dofx import ADMG
from dofx.compiler.graph import separation
from dofx.compiler.graph.separation import conditions_needed, find_separator, separated, smallest_separator
from models.graphs import Graph, random_graph
from oracles.walks import connected

KINDS = ((0, 0), (1, 0), (0, 1), (1, 1))
"""Whether a pair of nodes has a directed and a bidirected edge."""


def subsets(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    return list(chain.from_iterable(combinations(names, size) for size in range(len(names) + 1)))


def all_graphs(nodes: str) -> list[Graph]:
    """Every ADMG in which nodes are causes of later ones only."""
    pairs = list(combinations(nodes, 2))
    return [
        Graph(
            tuple(nodes),
            tuple(pair for pair, kind in zip(pairs, kinds, strict=True) if kind[0]),
            tuple(pair for pair, kind in zip(pairs, kinds, strict=True) if kind[1]),
        )
        for kinds in product(KINDS, repeat=len(pairs))
    ]


def randoms(seed: int, count: int, sizes: tuple[int, ...]) -> list[Graph]:
    rng = np.random.default_rng(seed)
    return [random_graph(rng, sizes[k % len(sizes)]) for k in range(count)]


def compare(graph: Graph) -> None:
    one = ADMG(graph.nodes[::-1], graph.directed, graph.bidirected)
    for x, y in combinations(graph.nodes, 2):
        for given in subsets(tuple(v for v in graph.nodes if v not in (x, y))):
            expected = not connected(graph, x, y, given)
            assert one.is_separated([x], [y], given) == expected, (str(graph), x, y, given)
            assert one.is_separated([y], [x], given) == expected


def test_all_graphs_of_three_nodes() -> None:
    for graph in all_graphs("abc"):
        compare(graph)


@pytest.mark.parametrize("graph", randoms(1, 60, (4, 4, 5)), ids=str)
def test_random_graphs(graph: Graph) -> None:
    compare(graph)


@pytest.mark.parametrize("graph", randoms(2, 40, (6, 8)), ids=str)
def test_sets_against_d_separation_with_explicit_latents(graph: Graph) -> None:
    dag = nx.DiGraph(graph.directed)
    dag.add_nodes_from(graph.nodes)
    dag.add_edges_from((f"u{i}", end) for i, edge in enumerate(graph.bidirected) for end in edge)
    one = ADMG(graph.nodes, graph.directed, graph.bidirected)
    rng = np.random.default_rng(len(graph.directed))
    for _ in range(40):
        part = rng.integers(0, 4, len(graph.nodes))
        x, y, z = ({v for v, p in zip(graph.nodes, part, strict=True) if p == k} for k in range(3))
        if x and y:
            assert one.is_separated(x, y, z) == nx.is_d_separator(dag, x, y, z)


@pytest.mark.parametrize("graph", [*randoms(3, 40, (5, 7)), *all_graphs("abc")[::7]], ids=str)
def test_one_search_finds_all_that_is_connected(graph: Graph) -> None:
    one = ADMG(graph.nodes, graph.directed, graph.bidirected)
    for x in range(len(graph.nodes)):
        for given in range(one.all + 1):
            others = one.all & ~(given | 1 << x)
            ends = [1 << y for y in range(len(graph.nodes)) if others >> y & 1]
            expected = 0 if given >> x & 1 else sum(y for y in ends if not separated(one, 1 << x, y, given))
            assert separation.connected(one, 1 << x, given) == expected


@pytest.mark.parametrize("graph", randoms(4, 40, (6, 8)), ids=str)
def test_what_a_separator_adds_is_dropped_one_by_one(graph: Graph) -> None:
    one = ADMG(graph.nodes, graph.directed, graph.bidirected)
    rng = np.random.default_rng(len(graph.directed))
    for _ in range(60):
        x, y, include, within = (
            int(np.sum(1 << np.flatnonzero(rng.random(len(graph.nodes)) < share)))
            for share in (0.2, 0.2, 0.1, 0.8)
        )
        y, include = y & ~x, include & ~(x | y)
        found = include | (one.ancestors_of(x | y | include) & within & ~(x | y))
        expected = found if separated(one, x, y, found) else None
        for i in reversed(range(len(graph.nodes))) if expected is not None else ():
            fewer = found & ~(1 << i) | include
            found = fewer if separated(one, x, y, fewer) else found
            expected = found
        assert find_separator(one, x, y, include, within) == expected


@pytest.mark.parametrize("graph", randoms(5, 10, (6, 8)), ids=str)
def test_ancestors_are_those_of_the_closure(graph: Graph) -> None:
    one = ADMG(graph.nodes, graph.directed, graph.bidirected)
    for mask in range(one.all + 1):
        assert one.ancestors_of(mask) == one.ancestors_of(mask, within=one.all)
        assert set(one.order.set(one.ancestors_of(mask))) == graph.ancestors(one.order.set(mask))


def test_conditions_among_the_ends_are_known_already() -> None:
    graph = ADMG([], [("x", "y")])
    assert graph.is_separated(["x"], ["y"], ["y"])
    assert graph.is_separated([], ["y"])
    assert not graph.is_separated(["x"], ["x", "y"])


@pytest.mark.parametrize("graph", randoms(3, 60, (4, 5, 7)), ids=str)
def test_the_smallest_separator_is_one_and_minimal(graph: Graph) -> None:
    one = ADMG(graph.nodes, graph.directed, graph.bidirected)
    for i in range(len(graph.nodes)):
        x, given = 1 << i, one.all & ~(1 << i)
        kept = smallest_separator(one, x, given)
        assert not kept & ~given
        assert separated(one, x, given & ~kept, kept)
        names = [v for j, v in enumerate(graph.nodes) if kept >> j & 1]
        for name in names:
            rest = [v for v in names if v != name]
            assert connected(graph, graph.nodes[i], name, rest), f"{name} could be dropped"


def test_the_smallest_separator_of_a_parent_is_its_blanket() -> None:
    graph = ADMG([], [("a", "b"), ("b", "c"), ("d", "c")], [("a", "e")])
    kept = smallest_separator(graph, graph.order.mask(["c"]), graph.order.mask("abde"))
    assert list(graph.order.set(kept)) == ["b", "d"]


@pytest.mark.parametrize("graph", randoms(8, 80, (4, 5, 7)), ids=str)
def test_one_search_decides_what_rules_one_and_two_say_of_each_condition(graph: Graph) -> None:
    one = ADMG(graph.nodes, graph.directed, graph.bidirected)
    for i in range(len(graph.nodes)):
        x, given = 1 << i, one.all & ~(1 << i)
        for fewer in (given, given & ~(given & -given)):
            needed, against = conditions_needed(one, x, fewer)
            for z in (1 << j for j in range(len(graph.nodes)) if fewer >> j & 1):
                assert bool(needed & z) != separated(one, x, z, fewer & ~z)
                assert bool(against & z) != separated(one.mutilate(out_of=z), x, z, fewer & ~z)
