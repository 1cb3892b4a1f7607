"""Fitted networks denote what the exact interpreter says: on random graphs, queries and data with latents."""

import itertools
import random

import numpy as np
import pytest

from dofx.compiler.graph.admg import ADMG
from dofx.compiler.identify.identify import identify_query
from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import SamplingNetwork
from dofx.compiler.network.lower import lower
from dofx.compiler.passes import PASSES, Context
from dofx.runtime.sampler import Sampler
from models.worlds import Rows, joint

ROWS = 2_000


def world(rng: random.Random) -> tuple[ADMG, Query]:
    nodes = list("abcde"[: rng.choice([3, 4, 5])])
    pairs = list(itertools.combinations(nodes, 2))
    directed = [pair for pair in pairs if rng.random() < 0.5]
    bidirected = [pair for pair in pairs if rng.random() < 0.35]
    roles = {node: rng.choice("yyxz.") for node in nodes}
    y, x, z = (tuple(node for node in nodes if roles[node] == role) for role in "yxz")
    return ADMG(nodes, directed, bidirected), Query.of(y, x, z)


def simulate(graph: ADMG, seed: int) -> Rows:
    """Binary rows: each variable leans on its parents and on a coin for each bidirected edge."""
    rng = np.random.default_rng(seed)
    coins = {edge: rng.integers(0, 2, ROWS) for edge in graph.bidirected}
    rows: Rows = {}
    for node in graph.nodes:
        lean = np.full(ROWS, -1.0)
        for parent, child in graph.directed:
            lean += rows[parent] if child == node else 0
        for edge, coin in coins.items():
            lean += coin if node in edge else 0
        rows[node] = (rng.random(ROWS) < 1 / (1 + np.exp(-lean))).astype(int)
    return rows


def networks(count: int) -> list[tuple[ADMG, SamplingNetwork]]:
    rng, found = random.Random(7), []
    while len(found) < count:
        graph, query = world(rng)
        estimand = identify_query(query, graph).estimand if query.outcomes else None
        if estimand is not None:
            network = lower(estimand)
            for run in PASSES:
                network = run(network, Context.of(graph))
            found.append((graph, network))
    return found


@pytest.mark.parametrize("part", range(4))
def test_distributions_of_random_queries(part: int) -> None:
    for seed, (graph, network) in enumerate(networks(120)[part::4]):
        rows = simulate(graph, seed)
        fitted = Sampler(network).fit(rows).distribution()
        expected = network.evaluate(joint(rows))
        np.testing.assert_allclose(fitted.array(expected.names), expected.array(), atol=1e-5)


def test_the_random_queries_cover_what_matters() -> None:
    found = [network for _, network in networks(120)]
    assert any(network.refits for network in found)
    assert any(
        set(network.inputs) < {*network.query.interventions, *network.query.conditions} for network in found
    )
    assert any(len(network.query.outcomes) > 1 and network.answer.hidden for network in found)
