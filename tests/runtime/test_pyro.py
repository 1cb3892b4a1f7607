"""A sampler as a Pyro model: named sites, handlers, exact enumeration, gradients."""

from __future__ import annotations

import math

import chirho.interventional.handlers as chirho
import pyro
import pytest
import torch
from chirho.counterfactual.handlers import MultiWorldCounterfactual
from chirho.indexed.ops import IndexSet, gather

from dofx.runtime.foreign.pyro import observed, pyro_model
from dofx.runtime.sampler import Sampler
from models.worlds import FRONT_DOOR, front_door_rows
from stand_ins.zoo import zoo


@pytest.fixture(scope="module")
def front_door() -> Sampler:
    rows, _ = front_door_rows(5_000)
    return Sampler(FRONT_DOOR).fit(rows, progress=False)


def test_each_draw_is_a_site(front_door: Sampler) -> None:
    pyro.set_rng_seed(0)
    trace = pyro.poutine.trace(pyro_model(front_door)).get_trace(20_000, do={"x": 1})
    assert [name for name in trace.stochastic_nodes if name != "rows"] == ["z", "x′", "y"]
    assert trace.nodes["x"]["value"].tolist() == [1] * 20_000
    y = trace.nodes["_RETURN"]["value"]["y"]
    assert y.double().mean().item() == pytest.approx(front_door.distribution().array()[1, 1], abs=0.015)
    assert pyro.poutine.trace(pyro_model(front_door)).get_trace(5, do={"x": 0}).nodes["y"]["value"].shape == (
        5,
    )


def test_densities_are_those_of_the_generators() -> None:
    pyro.set_rng_seed(0)
    do, given = {"dose": torch.linspace(0, 1, 7)}, {"season": "wet"}
    trace = pyro.poutine.trace(pyro_model(zoo())).get_trace(7, do=do, given=given)
    values = {name: node["value"] for name, node in trace.nodes.items() if node["type"] == "sample"}
    block = values["block of breath"]
    assert torch.equal(block, torch.cat([values["breath"], values["pulse"][:, None]], 1))
    del trace.nodes["photo"], trace.nodes["gait"]
    expected = 0.0
    for draw in zoo().network.answer.draws:
        module, value, read = zoo().modules[draw.fit], values[draw.id], [values[id] for id in draw.reads]
        if draw.id == "pulse" or getattr(module, "family", "") in ("rows", "flow-matching", "ddpm"):
            continue  # drawn with the breath, or no density
        if draw.id == "breath":
            module, value = module.generator, block
        expected += module.log_prob(value, *read).sum()
    assert trace.log_prob_sum().item() == pytest.approx(expected.item(), rel=1e-5)


def test_finite_draws_are_summed_out_exactly(front_door: Sampler) -> None:
    """The evidence of y = 1 under do(x) is its probability, to rounding."""
    exact = front_door.distribution().array()
    for x in (0, 1):
        conditioned = pyro.condition(pyro_model(front_door), data=observed(front_door, {"y": 1}))
        enumerated = pyro.infer.config_enumerate(conditioned)
        elbo = pyro.infer.TraceEnum_ELBO(max_plate_nesting=1)
        loss = elbo.loss(enumerated, lambda *a, **k: None, 1, do={"x": x})
        assert math.exp(-loss) == pytest.approx(exact[x, 1], abs=1e-5)


def test_many_worlds_in_parallel() -> None:
    predictive = pyro.infer.Predictive(pyro_model(zoo()), num_samples=3, parallel=True)
    found = predictive(4, do={"dose": 0.5}, given={"season": "cold"})
    assert found["scan"].shape == (3, 4, 2)
    assert found["mood"].shape == (3, 4)


def test_gradients_reach_the_dose() -> None:
    pyro.set_rng_seed(0)
    dose = torch.tensor(0.2, requires_grad=True)
    rows = pyro_model(zoo())(8, do={"dose": dose}, given={"season": "dry"})
    (slope,) = torch.autograd.grad(rows["scan"].sum(), dose)
    assert slope.item() != 0


def mean_of_y(front_door: Sampler, z: int) -> float:
    """The mean of y with z set, by hand: Σ_x P(x) P(y = 1 | x, z)."""
    _, seen, outcome = (front_door.modules[draw.fit].table for draw in front_door.network.answer.draws)
    return float(seen @ outcome[:, z, 1])


def test_chirho_intervenes_on_inputs_and_on_draws(front_door: Sampler) -> None:
    pyro.set_rng_seed(0)
    model, exact = pyro_model(front_door), front_door.distribution().array()
    with chirho.do(actions={"x": torch.tensor(1)}):
        assert model(20_000, do={"x": 0})["y"].double().mean().item() == pytest.approx(exact[1, 1], abs=0.015)
    with chirho.do(actions={"z": torch.tensor(2)}):
        y = model(20_000, do={"x": 0})["y"]
    assert y.double().mean().item() == pytest.approx(mean_of_y(front_door, 2), abs=0.015)


def test_chirho_draws_worlds_side_by_side(front_door: Sampler) -> None:
    pyro.set_rng_seed(0)
    arms = (torch.tensor(0), torch.tensor(2))
    with MultiWorldCounterfactual(first_available_dim=-2), chirho.do(actions={"z": arms}):
        y = pyro_model(front_door)(20_000, do={"x": 1})["y"].double()
        seen, *means = (gather(y, IndexSet(z={world})).mean().item() for world in range(3))
    assert seen == pytest.approx(front_door.distribution().array()[1, 1], abs=0.015)
    assert means == pytest.approx([mean_of_y(front_door, int(arm)) for arm in arms], abs=0.015)
