"""Relaxed graphs: the sampler's own rows, and gradients through finite draws that are right on average."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.families.relaxation import Relaxation
from dofx.runtime.neural.soft_states import one_hot
from dofx.runtime.sampler import Sampler
from dofx.runtime.variables import Finite
from models.worlds import FRONT_DOOR, front_door_rows
from stand_ins.strange import States, sampler_of
from stand_ins.zoo import inputs, zoo


@pytest.fixture(scope="module")
def front_door() -> Sampler:
    rows, _ = front_door_rows(5_000)
    return Sampler(FRONT_DOOR).fit(rows, progress=False)


def noise_of(sampler: Sampler, rows: int) -> dict[str, Tensor]:
    source = torch.Generator().manual_seed(0)
    return {origin.draw: torch.rand(rows, generator=source) for origin in sampler.module.provenance}


def even(rows: int) -> Tensor:
    """Uniform noise without chance: the middles of so many equal parts."""
    return (torch.arange(rows) + 0.5) / rows


def test_hard_rows_are_the_samplers_own() -> None:
    noise, do, given = inputs(zoo(), 500)
    expected, found = zoo().module(noise, do, given), zoo().relaxed()(noise, do, given)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        type = zoo().types[name]
        if isinstance(type, Finite):
            assert torch.equal(found[name], one_hot(value, type.cardinality))
        else:
            assert torch.equal(found[name], value)


def test_states_go_in_as_numbers_or_as_rows(front_door: Sampler) -> None:
    noise, x = noise_of(front_door, 50), torch.arange(50) % 2
    relaxed = front_door.relaxed()
    assert torch.equal(relaxed(noise, {"x": x}, {})["y"], relaxed(noise, {"x": one_hot(x, 2)}, {})["y"])
    assert torch.equal(
        relaxed(noise, {"x": x}, {})["y"].argmax(1), front_door.module(noise, {"x": x}, {})["y"]
    )


@pytest.mark.parametrize("temperature", [0.02, 0.25, 1.0])
def test_soft_states_have_the_probabilities_as_their_mean(temperature: float) -> None:
    """At every temperature, and with states that never or always occur."""
    for probabilities in ([0.2, 0.3, 0.5], [0.01, 0.99], [0.0, 0.4, 0.0, 0.6], [1.0, 0.0]):
        p = torch.tensor(probabilities, requires_grad=True)
        soft = Relaxation(temperature, hard=False).states(even(20_000), p.cumsum(0)[:-1])
        assert soft.min() >= 0
        torch.testing.assert_close(soft.sum(1), torch.ones(20_000))
        torch.testing.assert_close(soft.mean(0), p, rtol=0, atol=1e-4)
    p = torch.tensor([0.05, 0.25, 0.7], requires_grad=True)
    worth = torch.tensor([1.0, -2.0, 3.0])
    for hard in (True, False):
        states = Relaxation(temperature, hard=hard).states(even(20_000), p.cumsum(0)[:-1])
        (slope,) = torch.autograd.grad((states @ worth).mean(), p)
        # The last probability is what the others leave, so only differences to it mean something.
        torch.testing.assert_close(slope - slope[-1], worth - worth[-1], rtol=0, atol=2e-2)


def test_gradients_through_a_softmax_are_those_of_its_probabilities() -> None:
    generator = next(m for m in zoo().modules.values() if getattr(m, "family", "") == "softmax")
    rows, season = 20_000, torch.zeros(20_000, dtype=torch.int64)
    dose = torch.tensor(0.4, requires_grad=True)
    states = generator.relaxed(Relaxation(), even(rows), season, dose.expand(rows))
    probabilities = generator.logits(season[:1], season[:1], dose.reshape(1)).softmax(-1)[0]
    for state in range(3):
        (found,) = torch.autograd.grad(states[:, state].mean(), dose, retain_graph=True)
        (expected,) = torch.autograd.grad(probabilities[state], dose, retain_graph=True)
        torch.testing.assert_close(found, expected, rtol=0.01, atol=1e-4)


def test_a_chain_of_tables_has_the_effect_as_its_gradient(front_door: Sampler) -> None:
    """Through z into y: P(y = 1 | do(x = 1)) - P(y = 1 | do(x = 0)) is the slope from state to state."""
    exact = front_door.distribution().array()
    noise = noise_of(front_door, 100_000)
    for hard in (True, False):
        share = torch.tensor([0.5, 0.5], requires_grad=True)
        rows = front_door.relaxed(0.5, hard=hard)(noise, {"x": share.expand(100_000, 2)}, {})
        mean = rows["y"][:, 1].mean()
        assert mean.item() == pytest.approx(exact[:, 1].mean(), abs=0.01)  # four standard errors
        (slope,) = torch.autograd.grad(mean, share)
        assert (slope[1] - slope[0]).item() == pytest.approx(exact[1, 1] - exact[0, 1], abs=0.03)


def test_atoms_blend_into_the_rest() -> None:
    """The mean of a cost that is often zero moves with the dose as finite differences say."""
    rows = 10_000
    noise, _, given = inputs(zoo(), rows)
    dose = torch.tensor(0.5, requires_grad=True)
    mean = zoo().relaxed()(noise, {"dose": dose.expand(rows)}, given)["cost"].mean()
    (found,) = torch.autograd.grad(mean, dose)
    with torch.no_grad():
        ends = [
            zoo().module(noise, {"dose": torch.full((rows,), 0.5 + side)}, given)["cost"].double().mean()
            for side in (0.2, -0.2)
        ]
    assert found.item() == pytest.approx(((ends[0] - ends[1]) / 0.4).item(), abs=0.05)


@pytest.mark.long
def test_relaxed_graphs_transform_and_compile() -> None:
    noise, do, given = inputs(zoo(), 40)
    relaxed = zoo().relaxed()

    def mood(dose: Tensor) -> Tensor:
        mean: Tensor = relaxed(noise, {"dose": dose.expand(40)}, given)["mood"].mean(0)
        return mean

    doses = torch.linspace(0, 1, 3)
    slopes = torch.func.vmap(torch.func.jacrev(mood))(doses)
    torch.testing.assert_close(slopes, torch.stack([torch.func.jacrev(mood)(dose) for dose in doses]))
    assert slopes.abs().max() > 0
    compiled = torch.compile(relaxed, fullgraph=True, backend="aot_eager")
    torch.testing.assert_close(compiled(noise, do, given), relaxed(noise, do, given))


def test_weights_are_shared(front_door: Sampler) -> None:
    relaxed = front_door.relaxed()
    own = {tensor.data_ptr() for tensor in front_door.module.buffers()}
    assert {tensor.data_ptr() for tensor in relaxed.buffers()} <= own


def test_what_cannot_be_relaxed_is_named() -> None:
    with pytest.raises(DofxError) as error:
        sampler_of(States(), y="bool").relaxed()
    assert [d.code for d in error.value.diagnostics] == ["E0906"]
    own = sampler_of(States())  # said to be real: nothing finite is drawn or read
    assert own.relaxed()({"y": torch.rand(3)}, {"x": torch.zeros(3)}, {})["y"].shape == (3,)
    for temperature in (0.0, -1.0, 1.5, np.nan):
        with pytest.raises(ValueError, match="temperature"):
            own.relaxed(temperature)
