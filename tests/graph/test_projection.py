"""Latent projection against its definition over paths, and against the independences that it must keep."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from dofx import ADMG
from dofx.compiler.graph.projection import project
from models.graphs import Graph, random_graph
from oracles.walks import projection


def cases(seed: int, count: int, sizes: tuple[int, ...]) -> list[tuple[Graph, frozenset[str]]]:
    rng = np.random.default_rng(seed)
    graphs = [random_graph(rng, sizes[k % len(sizes)]) for k in range(count)]
    return [(g, frozenset(v for v in g.nodes if rng.random() < 0.4)) for g in graphs]


def admg(graph: Graph) -> ADMG:
    return ADMG(graph.nodes, graph.directed, graph.bidirected)


@pytest.mark.parametrize(("graph", "latent"), cases(4, 100, (3, 5, 6)))
def test_against_paths(graph: Graph, latent: frozenset[str]) -> None:
    one = admg(graph)
    found = project(one, one.order.mask(latent))
    assert found == admg(projection(graph, latent))
    assert found.nodes == tuple(v for v in graph.nodes if v not in latent)


@pytest.mark.parametrize(("graph", "latent"), cases(5, 30, (4, 5, 6)))
def test_the_independences_of_the_observed_stay(graph: Graph, latent: frozenset[str]) -> None:
    one = admg(graph)
    found = project(one, one.order.mask(latent))
    for x, y in combinations(found.nodes, 2):
        rest = [v for v in found.nodes if v not in (x, y)]
        for size in range(len(rest) + 1):
            for given in combinations(rest, size):
                assert found.is_separated([x], [y], given) == one.is_separated([x], [y], given)


@pytest.mark.parametrize(("graph", "latent"), cases(6, 40, (7, 8)))
def test_latents_go_one_by_one_in_any_order(graph: Graph, latent: frozenset[str]) -> None:
    one = admg(graph)
    at_once = project(one, one.order.mask(latent))
    for names in (sorted(latent), sorted(latent, reverse=True)):
        step = one
        for name in names:
            step = project(step, step.order.mask([name]))
        assert step == at_once


def test_nothing_latent_changes_nothing() -> None:
    graph = ADMG([], [("x", "y")])
    assert project(graph, 0) is graph


def test_a_latent_collider_joins_nothing() -> None:
    graph = ADMG([], [("x", "u"), ("y", "u")], [("x", "v"), ("v", "y")])
    assert project(graph, graph.order.mask("uv")) == ADMG("xy")
