"""Folded draws in a fitted sampler: computed from their stage, exact, judged by what they are made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import dofx
from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Folded, SamplingNetwork
from dofx.compiler.passes import PASSES, fold
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.network_sampler import NetworkSampler
from dofx.runtime.trained import Trained
from models import oracle
from models.graphs import parse_graph, parse_query

NAPKIN = "w -> r -> x -> y; x <-> w <-> y"
FRONT_DOOR = "x -> m -> y; x <-> y"
QUERY = "P(y | do(x))"
FINITE = dict.fromkeys("wrxym", "bool")


def coins(rows: int = 4_000) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    u, v = rng.random(rows) < 0.4, rng.random(rows) < 0.6
    w = rng.random(rows) < 0.1 + 0.2 * u + 0.6 * v
    r = rng.random(rows) < 0.1 + 0.8 * w
    x = rng.random(rows) < 0.1 + 0.6 * r + 0.2 * u
    m = rng.random(rows) < 0.2 + 0.5 * x
    return {"w": w, "r": r, "x": x, "m": m, "y": rng.random(rows) < 0.1 + 0.3 * m + 0.5 * v}


def types(graph: str) -> dict[str, str]:
    return {name: type for name, type in FINITE.items() if name in graph}


def folded(network: SamplingNetwork) -> list[str]:
    return [draw.id for draw in network.draws if isinstance(draw.source, Folded)]


@pytest.mark.parametrize("graph", [NAPKIN, FRONT_DOOR, "m -> {x, y}; x -> y"])
def test_folding_leaves_the_distribution_as_it_is(graph: str, tmp_path: Path) -> None:
    rows, passes = coins(), [run for run in PASSES if run is not fold]
    plain = dofx.compile(QUERY, graph, variables=types(graph), passes=passes).fit(rows)
    sampler = dofx.compile(QUERY, graph, variables=types(graph)).fit(rows, exact_refits=False)
    assert folded(sampler.network) == [draw.id for draw in sampler.network.draws] == ["y"]
    assert not sampler.network.refits
    exact = plain.distribution().array()
    np.testing.assert_allclose(sampler.distribution().array(), exact, atol=1e-12)
    drawn = sampler.sample(20_000, do={"x": True}, seed=1)["y"].float().mean().item()
    assert abs(drawn - exact[1, 1]) < 0.02
    sampler.save(tmp_path / "bundle")
    again = dofx.load(tmp_path / "bundle")
    assert again.network == sampler.network
    assert (
        again.sample(50, do={"x": True}, seed=2)["y"].tolist()
        == sampler.sample(50, do={"x": True}, seed=2)["y"].tolist()
    )


def test_a_table_is_computed_whatever_generator_its_variable_has() -> None:
    sampler = dofx.compile(QUERY, FRONT_DOOR, variables=types(FRONT_DOOR))
    sampler.fit(coins(), epochs=1, generators={"y": "softmax"})
    families = {record.fit: record.family for record in sampler.report or ()}
    assert families == {"P(m | x)": "table", "P(x)": "table", "P(y | x, m)": "softmax", "F₁(y | x)": "table"}
    network = sampler.network
    inner = SamplingNetwork(Query.of(("y",), ("x",)), (network.stage("F₁"),))
    unfolded = NetworkSampler(inner).adopt(
        Trained(inner, {f: sampler.modules[f] for f in inner.fits}, sampler.types)
    )
    expected = unfolded.distribution().array()
    np.testing.assert_allclose(sampler.distribution().array(), expected, atol=1e-12)


def test_the_weakest_link_is_behind_the_table() -> None:
    sampler = dofx.compile(QUERY, FRONT_DOOR, variables=types(FRONT_DOOR)).fit(coins())
    factors = {(link.stage, link.fit): link.factor for link in sampler.links()}
    assert factors == {("F₁", "P(m | x)"): 1.0, ("F₁", "P(x)"): 1.0, ("F₁", "P(y | x, m)"): 1.0}
    napkin = dofx.compile(QUERY, NAPKIN, variables=types(NAPKIN)).fit(coins())
    assert {(link.stage, link.factor) for link in napkin.links()} == {("Q₁", 2.0)}


def test_queries_of_a_program_share_what_is_behind_their_tables() -> None:
    program = dofx.compile(
        f"graph {{ {FRONT_DOOR} }} variables {{ x, m, y : bool }} query a = {QUERY} query b = P(m, y | do(x))"
    )
    assert isinstance(program, dofx.CompiledProgram)
    program.fit(coins())
    fits = [record.fit for record in program.report or ()]
    assert len(fits) == len(set(fits)) == 5
    joint = program["b"].distribution().marginal(["x", "y"]).array()
    np.testing.assert_allclose(program["a"].distribution().array(), joint, atol=1e-12)


@pytest.mark.parametrize("graph", [NAPKIN, FRONT_DOOR])
@pytest.mark.parametrize("declared", [True, False])
def test_a_known_distribution_takes_the_place_of_rows(graph: str, declared: bool) -> None:
    model = oracle.random_model(parse_graph(graph), 5)
    joint = dofx.Table(model.graph.nodes, model.joint())
    states = {name: f"category({count})" for name, count in model.cards.items()} if declared else {}
    sampler = dofx.compile(QUERY, graph, variables=states).fit(joint)
    truth = model.truth(parse_query(QUERY))
    np.testing.assert_allclose(sampler.distribution().array(), truth, atol=1e-12)
    assert len(sampler.sample(10, do={"x": 0}, seed=0)["y"]) == 10
    assert bool(folded(sampler.network)) is declared
    assert sampler.report is not None
    assert sampler.report.seconds == 0


def test_a_program_is_fitted_to_a_known_distribution() -> None:
    model = oracle.random_model(parse_graph(FRONT_DOOR), 8)
    types = "; ".join(f"{name} : category({count})" for name, count in model.cards.items())
    program = dofx.compile(
        f"graph {{ {FRONT_DOOR} }} variables {{ {types} }} query a = {QUERY} "
        "effect ate = E[y | do(x = 1)] - E[y | do(x = 0)]"
    )
    assert isinstance(program, dofx.CompiledProgram)
    answers = program.fit(dofx.Table(model.graph.nodes, model.joint())).answer()
    means = model.truth(parse_query(QUERY)) @ np.arange(model.cards["y"])
    estimate = answers.effects[0].estimate
    assert estimate is not None
    assert estimate.value == pytest.approx(means[1] - means[0], abs=1e-12)
    with pytest.raises(DofxError, match="E0403"):
        dofx.compile(f"graph {{ {FRONT_DOOR} }} effect e = E[y | do(x = 7)] - E[y | do(x = 0)]").fit(
            dofx.Table(model.graph.nodes, model.joint())
        )


def test_a_table_that_is_no_distribution_of_the_variables_is_refused() -> None:
    cube = np.full((2, 2, 2), 1 / 8)
    sampler = dofx.compile(QUERY, FRONT_DOOR, variables={"m": "real"})
    for joint, code in (
        (dofx.Table("xmy", cube), "E0404"),
        (dofx.Table("xy", cube[0]), "E0504"),
        (dofx.Table("xy", -cube[0]), "E0407"),
    ):
        with pytest.raises(DofxError, match=code):
            sampler.fit(joint)
    with pytest.raises(DofxError, match="E0406"):
        dofx.compile(QUERY, FRONT_DOOR, variables={"m": "category(3)"}).fit(dofx.Table("xmy", cube))


def test_values_of_what_an_effect_does_not_read_are_those_declared() -> None:
    text = """
        graph { z -> x; y }
        variables { x: category(2, 5) }
        effect gap = E[y | do(x = 5)] - E[z | do(x = 2)]
    """
    z, x, y = np.array([0.3, 0.7]), np.array([[0.5, 0.5], [0.2, 0.8]]), np.array([0.6, 0.4])
    joint = dofx.Table("zxy", z[:, None, None] * x[:, :, None] * y)
    program = dofx.compile(text)
    assert isinstance(program, dofx.CompiledProgram)
    (gap,) = program.fit(joint).answer().effects
    assert gap.estimate is not None
    assert float(gap.estimate) == pytest.approx(0.4 - 0.7)
