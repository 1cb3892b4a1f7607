"""Errors of generators travel no further than docs/errors.md proves, on random models with latents."""

from collections.abc import Iterator

import numpy as np
import pytest

import dofx
from dofx.compiler.driver import NotIdentifiableError
from dofx.compiler.estimand.contraction import Array
from dofx.compiler.network.chain import one_by_one
from dofx.compiler.network.ir import Fit, SamplingNetwork
from models import oracle
from models.graphs import Graph, parse_graph, parse_query, random_cases
from oracles import travel
from posed.judge import network as compiled

REFITS = [
    ("w -> r -> x -> y; x <-> w <-> y", "P(y | do(x))"),
    ("x -> z -> y; x -> y; z <-> y; x <-> w; w -> z", "P(y | do(x), z)"),
    (
        "w1 -> w2 -> x -> y; w3 -> w4 -> x; w1 <-> x; w1 <-> y; w1 <-> w3; w3 <-> w2; w3 <-> w5; w5 <-> w4",
        "P(y | do(x))",
    ),
]


def networks() -> Iterator[tuple[SamplingNetwork, dofx.Table]]:
    """Random queries, and three whose networks have a refit, each on a random model."""
    for graph, query, seed in random_cases([14, 7], 90, sizes=(3, 4, 5)):
        try:
            yield one_by_one(compiled(graph, query)), joint_of(graph, seed)
        except NotIdentifiableError:
            continue
    for seed, (text, query) in enumerate(REFITS):
        graph = parse_graph(text)
        network = one_by_one(compiled(graph, parse_query(query)))
        assert network.refits
        yield network, joint_of(graph, seed)


def joint_of(graph: Graph, seed: int) -> dofx.Table:
    return dofx.Table(graph.nodes, oracle.random_model(graph, seed).joint())


def noisy(chosen: set[Fit], seed: int) -> travel.Worse:
    """Mixes a third of random tables into some generators."""
    rng = np.random.default_rng(seed)

    def worse(fit: Fit, table: Array) -> Array:
        noise = rng.dirichlet(np.ones(table.shape[-1]) / 2, table.shape[:-1])
        return (2 * table + noise) / 3 if fit in chosen else table

    return worse


def test_the_answer_moves_no_further_than_the_bound() -> None:
    found = tight = 0
    for network, joint in networks():
        exact = travel.world(network, joint)
        expected, asked = network.evaluate(joint), (*network.inputs, *network.query.outcomes)
        idle = [name for name in expected.names if name not in asked]
        array = expected.array([*idle, *asked])[(0,) * len(idle)]
        np.testing.assert_allclose(travel.answer(exact), array, atol=1e-12)
        for chosen in (*({fit} for fit in network.fits), set(network.fits)):
            worse = travel.world(network, joint, noisy(chosen, found))
            moved, most = travel.moved(worse, exact), travel.bound(worse)
            assert moved <= most + 1e-12
            at = travel.moved_at(worse, exact)
            for values in np.ndindex(at.shape):
                assert at[values] <= travel.bound_at(worse, values) + 1e-12
            found, tight = found + 1, tight + (moved > 0.99 * most)
    assert found > 100
    assert 0 < tight < found


def test_a_refit_amplifies_what_is_rare_in_its_source() -> None:
    """An error of y's generator at x = 1 alone: the sum of errors is no bound on the answer there."""
    graph = parse_graph(REFITS[0][0])
    network, joint = compiled(graph, parse_query(REFITS[0][1])), joint_of(graph, 0)
    (stage,) = network.stages[:-1]
    (fit,) = (draw.fit for draw in stage.draws if draw.variables == ("y",))
    (refit,) = network.answer.draws

    def at_one(asked: Fit, table: Array) -> Array:
        if asked == fit:
            table = np.moveaxis(table.copy(), fit.given.index("x"), 0)
            table[1] = table[1, ..., ::-1]
            table = np.moveaxis(table, 0, fit.given.index("x"))
        return table

    exact, worse = travel.world(network, joint), travel.world(network, joint, at_one)
    often = worse.law(stage, ["x"])[1]
    moved = travel.moved_at(worse, exact)[1]
    inputs = np.array([0.0, 1.0])
    assert travel.amplification(worse, network.answer, refit, inputs) == pytest.approx(1 / often)
    assert moved == pytest.approx(travel.own(worse, fit) / often)  # more than the sum of errors
    assert moved <= travel.bound_at(worse, (1,))
    assert travel.moved_at(worse, exact)[0] == pytest.approx(0, abs=1e-12)
