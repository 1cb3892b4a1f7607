"""Draws from real rows that have what a question states: which are picked, and that a fitted sampler picks them."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import torch

import dofx
from dofx.compiler.estimand.table import Table
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.model.query import Query
from dofx.compiler.model.worlds import Constant
from dofx.compiler.network.exact import evaluate
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.compiler.network.verify import InvalidNetworkError, verify
from dofx.compiler.passes import Context, blanket, root
from dofx.compiler.printers.network.json import network_from_json, network_to_json
from dofx.compiler.printers.network.text import parse_network
from dofx.runtime.families.rows import RowsGenerator, joint_rows
from dofx.runtime.training.settings import FitSettings
from dofx.runtime.variables import Finite, Real
from models import oracle
from models.graphs import random_graph

GRAPH = "z -> {w, x, y}; w -> {x, y}; k -> {x, y}; x -> y"
TYPES = {"k": "category(3)"}
COIN, THREE = Finite((0, 1)), Finite((0, 1, 2))


def given_first(order: tuple[str, ...], value: int) -> SamplingNetwork:
    """The joint of all variables but the first, given a value of that one, by the chain rule."""
    first, *others = order
    draws = tuple(
        Draw.of(v, v, ((first, Constant(value)), *((u, u) for u in others[:k]))) for k, v in enumerate(others)
    )
    stage = Stage("answer", (), draws, tuple((v, v) for v in others))
    return SamplingNetwork(Query.of(tuple(others)), (stage,))


@pytest.mark.parametrize("states", [2, 3])
def test_a_picked_row_is_the_conditional_of_the_data(states: int) -> None:
    rng, tied = np.random.default_rng(states), 0
    for seed in range(40):
        graph = random_graph(rng, 4)
        context = Context.of(
            ADMG(graph.nodes, graph.directed, graph.bidirected), states={graph.order[0]: states}
        )
        whole = oracle.random_model(graph, seed).joint()
        if states == 3:  # any law of three states, of a graph that says nothing
            whole = np.random.default_rng(seed).dirichlet(np.ones(81)).reshape(3, 3, 3, 3)
            everything = ADMG(graph.nodes, (), list(combinations(graph.nodes, 2)))
            context = Context.of(everything, states=context.states)
        network = verify(root(blanket(given_first(graph.order, states - 1), context), context))
        joint = np.moveaxis(whole, graph.nodes.index(graph.order[0]), 0)[states - 1]
        names = [name for name in graph.nodes if name != graph.order[0]]
        found = evaluate(network, Table(graph.nodes, whole)).array(names)
        np.testing.assert_allclose(found, joint / joint.sum(), atol=1e-9)
        assert root(network, context) == network
        assert parse_network(str(network)) == network
        assert network_from_json(network_to_json(network)) == network
        tied += sum(draw.picked for draw in network.draws)
    assert tied > 30


def picked(text: str, **types: str) -> list[tuple[str, ...]]:
    network = dofx.compile(text, GRAPH, variables={**TYPES, **types}).network
    return [draw.ids for draw in network.draws if draw.picked]


def test_what_is_picked() -> None:
    assert picked("P(y[x = false] | x = true)", x="bool") == [("z", "k", "w")]
    assert picked("P(y[x = true] | x = true)", x="bool") == [("y",)]
    assert picked("P(y[x = 1.0] | x = 0.0)", x="real") == []
    everything_finite = {"x": "bool", "z": "bool", "w": "bool", "y": "bool"}
    assert picked("P(y[x = false] | x = true)", **everything_finite) == []
    assert picked("P(y | do(x), k)", x="bool") == []
    dependent = dofx.compile("P(y | do(x), k)", "k -> z -> {x, y}; k -> {x, y}; x -> y", variables=TYPES)
    assert [draw.ids for draw in dependent.network.draws if draw.picked] == [("z",)]
    trial = dofx.compile("P(y | do(x))", "x -> y", variables={"x": "bool"})
    assert not any(draw.picked for draw in trial.network.draws)


@pytest.mark.parametrize("line", ["y ~ P(y) picked", "y ~ Q(y | x = 1) picked"])
def test_only_rows_of_data_are_picked_by_their_conditions(line: str) -> None:
    text = f"network P(y)\ninterim Q(x, y) do()\n  x ~ P(x)\n  y ~ P(y | x)\nanswer (y)\n  {line}"
    with pytest.raises((InvalidNetworkError, ValueError), match="picked"):
        verify(parse_network(text))


def world(n: int = 3_000) -> tuple[dict[str, np.ndarray], float]:
    """Rows, and the effect on the treated from the units themselves."""
    rng = np.random.default_rng(0)
    z, k = rng.normal(size=n), rng.integers(0, 3, n)
    w = z + rng.normal(size=n)
    x = rng.random(n) < 1 / (1 + np.exp(-z / 2 - w / 4))
    y = x * (1 + z) + w + k + rng.normal(size=n)
    return {"z": z, "w": w, "k": k, "x": x, "y": y}, float((1 + z)[x].mean())


def test_the_treated_are_averaged_over_their_own_rows(tmp_path: Path) -> None:
    rows, truth = world()
    program = dofx.compile("effect att = att(y, x, true, false)", GRAPH, variables=TYPES)
    program.fit(rows, seed=0, progress=False)
    families = {record.fit: record.family for record in program.report or ()}
    assert families["P(z, k, w | x) picked"] == families["P(y | x) picked"] == "rows"
    factual, other = program.samplers
    treated = torch.as_tensor(rows["y"][rows["x"]]).float()
    drawn = factual.sample(2_000, seed=0)["y[x=true]"]
    assert set(drawn.tolist()) <= set(treated.tolist())
    assert abs(program.answer(rows)["att"].value - truth) < 0.3  # three standard errors of the difference
    other.save(tmp_path / "bundle")
    again = dofx.load(tmp_path / "bundle")
    assert again.sample(50, seed=3).to_pandas().equals(other.sample(50, seed=3).to_pandas())


def test_rows_are_picked_by_weight_and_by_all_conditions() -> None:
    generator = joint_rows([Real(), THREE], [COIN, THREE])
    rng = np.random.default_rng(0)
    x, k = torch.from_numpy(rng.integers(0, 2, 60)), torch.from_numpy(rng.integers(0, 2, 60))
    number, state = torch.arange(60.0), torch.from_numpy(rng.integers(0, 3, 60))
    weights = torch.from_numpy(rng.random(60) * (np.arange(60) % 2)).double()
    generator.keep([number, state], [x, k], FitSettings(), weights)
    noise = torch.rand(5_000, generator=torch.Generator().manual_seed(0))
    shape = torch.ones(5_000, dtype=torch.int64)
    drawn, states = generator(noise, shape, 0 * shape)
    chosen = (x == 1) & (k == 0)
    assert set(drawn.tolist()) == set(number[chosen & (weights > 0)].tolist())
    assert torch.equal(states, state[drawn.long()])
    expected = float((number * weights)[chosen].sum() / weights[chosen].sum())
    assert abs(float(drawn.mean()) - expected) < 1.5  # five standard errors
    everyone, _ = generator(noise, shape, 2 * shape)  # no row has k = 2
    assert set(everyone.tolist()) == set(number[weights > 0].tolist())
    again = type(generator).from_config(generator.config())
    again.load_state_dict(generator.state_dict())
    assert torch.equal(again(noise, shape, 0 * shape)[0], drawn)


def test_conditions_of_endless_states_pick_nothing() -> None:
    with pytest.raises(dofx.DofxError, match="finite conditions"):
        RowsGenerator(Real(), [Real()], conditions=1)
