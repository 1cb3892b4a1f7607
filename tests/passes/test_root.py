"""Draws from real rows: which are tied, which are not, and that a fitted sampler ties them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import dofx
from dofx.compiler.driver import compile_query
from dofx.compiler.estimand.table import Table
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.model.query import Query
from dofx.compiler.network.exact import evaluate
from dofx.compiler.network.ir import Draw, Fit, SamplingNetwork, Stage
from dofx.compiler.network.verify import InvalidNetworkError, verify
from dofx.compiler.passes import Context, blanket, root
from dofx.compiler.printers.network.text import parse_network
from models import oracle
from models.graphs import random_graph

CONFOUNDED = "age -> {weight, x, y}; weight -> {x, y}; x -> y"
QUERY = "P(y | do(x))"


def rows_of(network: SamplingNetwork) -> list[tuple[str, ...]]:
    return [draw.ids for draw in network.draws]


def chain(order: tuple[str, ...]) -> SamplingNetwork:
    """The joint of all variables by the chain rule."""
    draws = tuple(Draw.of(v, v, tuple((u, u) for u in order[:k])) for k, v in enumerate(order))
    return SamplingNetwork(Query.of(order), (Stage("answer", (), draws, tuple((v, v) for v in order)),))


def test_covariates_are_one_row() -> None:
    network = compile_query(QUERY, CONFOUNDED).network
    assert rows_of(network) == [("age", "weight"), ("y",)]
    assert parse_network(str(network)) == network
    assert "age, weight ~ P(age, weight)" in str(network)


def test_a_row_is_the_joint_of_the_data() -> None:
    rng = np.random.default_rng(8)
    tied = 0
    for seed in range(60):
        graph = random_graph(rng, int(rng.choice([4, 5])))
        admg = ADMG(graph.nodes, graph.directed, graph.bidirected)
        context = Context.of(admg)
        network = verify(root(blanket(chain(graph.order), context), context))
        joint = Table(graph.nodes, oracle.random_model(graph, seed).joint())
        error = np.abs(evaluate(network, joint).array(graph.nodes) - joint.array()).max()
        assert error < 1e-9
        tied += sum(len(draw.ids) - 1 for draw in network.draws)
        assert root(network, context) == network
    assert tied > 60


def test_what_is_drawn_apart_stays_apart() -> None:
    front_door = compile_query(QUERY, "x -> m -> y; x <-> y").network
    assert all(len(ids) == 1 for ids in rows_of(front_door))
    two = parse_network("network P(a, b)\nanswer (a, b)\n  a ~ P(a)\n  b ~ P(b)")
    assert root(two, Context.of(ADMG([], [("a", "b")]))) == two
    crossed = parse_network("network P(a, b)\nanswer (a, b)\n  a ~ P(a)\n  c' ~ P(c)\n  b ~ P(b | a, c = c')")
    dependent = ADMG([], [("a", "b"), ("c", "b")], [("a", "c")])
    assert root(crossed, Context.of(dependent)) == crossed
    collider = Context.of(ADMG([], [("a", "b"), ("c", "b")]))
    assert rows_of(root(crossed, collider)) == [("a", "c'", "b")]
    finite = replace(collider, states=dict.fromkeys("abc", 2))
    assert root(crossed, finite, tables=True) == crossed
    assert rows_of(root(crossed, finite, tables=True, together=[Fit.of("a")])) == [("a", "c'", "b")]
    assert rows_of(root(crossed, collider, apart=[Fit.of("b", "ac")])) == [("a", "c'"), ("b",)]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("b, a ~ P(b, a)", "the id a is taken"),
        ("a', a'' ~ P(a, a)", "a variable stands twice"),
        ("b, c ~ P(b, c | d)", "reads d before it is drawn"),
        ("b ~ Trial(b | a)", "no data set Trial is declared"),
    ],
)
def test_the_verifier_knows_joint_draws_and_data_sets(line: str, fault: str) -> None:
    network = parse_network(f"network P(a | do(x))\nanswer (a ‖ x)\n  a ~ P(a)\n  {line}")
    with pytest.raises(InvalidNetworkError, match=fault):
        verify(network)


def data(rows: int = 400) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    age = rng.normal(50, 10, rows)
    weight = age + rng.normal(size=rows)
    x = rng.random(rows) < 1 / (1 + np.exp(50 - age))
    return {"age": age, "weight": weight, "x": x, "y": rng.random(rows) < np.where(x, 0.7, 0.2)}


def test_sampled_rows_are_real_rows() -> None:
    seen = data()
    sampler = dofx.compile("P(age, weight, y | do(x))", CONFOUNDED).fit(seen, epochs=1)
    families = {record.fit: record.family for record in sampler.report or ()}
    assert families == {"P(age, weight)": "rows", "P(y | age, weight, x)": "softmax"}
    drawn = sampler.sample(2_000, do={"x": True}, seed=0)
    real = set(zip(seen["age"].astype("f4"), seen["weight"].astype("f4"), strict=True))
    assert set(zip(drawn["age"].numpy(), drawn["weight"].numpy(), strict=True)) <= real
    assert len(set(drawn["age"].tolist())) > 380


def test_another_generator_unties_what_reads_it() -> None:
    sampler = dofx.compile("P(age, weight, y | do(x))", CONFOUNDED)
    sampler.fit(data(), epochs=1, generators={"age": "spline"})
    families = {record.fit: record.family for record in sampler.report or ()}
    assert families["P(age)"] == "spline"
    assert families["P(weight | age)"] == "atoms"
    finite = dofx.compile(QUERY, "z -> {x, y}; x -> y")
    rng = np.random.default_rng(1)
    coins = {name: rng.random(100) < 0.5 for name in "xyz"}
    assert finite.fit(coins).modules[finite.network.fits[0]].family == "table"
    exact = finite.distribution().array()
    finite.fit(coins, generators={"z": "rows"})
    assert finite.modules[finite.network.fits[0]].family == "rows"
    np.testing.assert_allclose(finite.distribution().array(), exact, atol=1e-6)


def test_a_bundle_keeps_the_rows(tmp_path) -> None:  # type: ignore[no-untyped-def]
    sampler = dofx.compile("P(age, weight, y | do(x))", CONFOUNDED).fit(data(), epochs=1)
    sampler.save(tmp_path / "bundle")
    again = dofx.load(tmp_path / "bundle").sample(50, do={"x": True}, seed=3)
    assert again["weight"].tolist() == sampler.sample(50, do={"x": True}, seed=3)["weight"].tolist()
