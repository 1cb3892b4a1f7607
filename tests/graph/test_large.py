"""Ten thousand variables are no trouble. The bounds, of processor time, are ten times what a slow machine takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from random import Random

import pytest

from dofx import ADMG
from dofx.compiler.graph.canonical import canonical_order
from dofx.compiler.graph.projection import project

SIZE = 10_000
NAMES = [f"v{i}" for i in range(SIZE)]


@contextmanager
def within(seconds: float) -> Iterator[None]:
    start = time.process_time()
    yield
    assert time.process_time() - start < seconds


def scattered() -> ADMG:
    random = Random(5)
    pairs = [sorted(random.sample(range(SIZE), 2)) for _ in range(35_000)]
    edges = [(NAMES[a], NAMES[b]) for a, b in pairs]
    return ADMG(NAMES, edges[:30_000], edges[30_000:])


def chained() -> ADMG:
    return ADMG(NAMES, pairwise(NAMES), zip(NAMES, NAMES[2:], strict=False))


@pytest.mark.parametrize("make", [scattered, chained])
def test_large_graphs(make: object) -> None:
    with within(5):
        graph: ADMG = make()  # type: ignore[operator]
    with within(10):
        assert sum(map(len, graph.districts())) == SIZE
        assert len(canonical_order(graph)) == SIZE
        assert graph.topological_order()[0] == graph.nodes[graph.levels.index(0)]
        assert graph == ADMG(reversed(graph.nodes), graph.directed, graph.bidirected)
        assert not graph.is_separated(["v0"], ["v9999"], ["v1"]) or make is scattered
        assert len(project(graph, graph.order.mask(NAMES[::10])).nodes) == SIZE - SIZE // 10


def test_a_cause_of_thousands_that_is_not_observed() -> None:
    graph = ADMG(NAMES, [(NAMES[0], name) for name in NAMES[1:3001]])
    with within(20):
        found = project(graph, 1)
        assert [len(part) for part in found.districts()][:2] == [3000, 1]


def test_a_drawing_of_a_large_graph_is_a_card() -> None:
    with within(10):
        assert "10,000 variables, 9,999 directed edges and 9,998 bidirected ones" in chained()._repr_svg_()
