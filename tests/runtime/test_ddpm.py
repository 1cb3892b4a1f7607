"""The diffusion family against diffusers: its schedule, what it trains on and its sampler."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from dofx.runtime.generators.ddpm import DdpmGenerator, angles, ddim, schedule
from dofx.runtime.variables import Real, parse_type

diffusers = pytest.importorskip("diffusers")

LEVELS = 1_000
TIMES = (torch.arange(LEVELS) + 1) / LEVELS
"""What the end of each of diffusers' steps is as a time."""


def scheduler(prediction: str = "v_prediction", steps: int = 10) -> diffusers.DDIMScheduler:
    """Nichol and Dhariwal's cosine schedule, run down from its last step."""
    made = diffusers.DDIMScheduler(
        LEVELS,
        beta_schedule="squaredcos_cap_v2",
        prediction_type=prediction,
        clip_sample=False,
        timestep_spacing="trailing",
    )
    made.set_timesteps(steps)
    return made


def velocity(place: Tensor, time: Tensor) -> Tensor:
    """One that depends on both, as a network's would."""
    return torch.sin(3 * place + 5 * time.reshape(-1, 1))


def test_the_schedule_is_nichol_and_dhariwals() -> None:
    shares = angles(TIMES.double()).cos().square().float()
    torch.testing.assert_close(shares, scheduler().alphas_cumprod, rtol=0, atol=1e-6)


def test_it_trains_on_noised_rows_and_their_velocities() -> None:
    generator = DdpmGenerator(Real((4,)), [parse_type("bool")])
    data, noise = torch.rand(2, LEVELS, 4, generator=torch.Generator().manual_seed(0))
    place, found = generator._on_the_way(noise, data, TIMES.double()[:, None])
    steps = torch.arange(LEVELS)
    expected = scheduler().add_noise(data, noise, steps), scheduler().get_velocity(data, noise, steps)
    torch.testing.assert_close((place.float(), found.float()), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("steps", [1, 4, 20, 100])
def test_it_samples_as_ddim_does(steps: int) -> None:
    noise = torch.randn(30, 4, generator=torch.Generator().manual_seed(0))
    reference, expected = scheduler(steps=steps), noise
    for step in reference.timesteps:
        known = velocity(expected, TIMES[step])
        expected = reference.step(known, step, expected, eta=0.0).prev_sample
    torch.testing.assert_close(ddim(velocity, noise, schedule(steps)), expected, rtol=0, atol=1e-5)


def test_a_step_of_predicted_noise_is_that_of_its_velocity() -> None:
    """From noise that the network predicts, ``ε = sin(φ) z + cos(φ) v``, diffusers takes the same step."""
    reference = scheduler("epsilon")
    places = torch.randn(30, 4, generator=torch.Generator().manual_seed(0))
    for step in reference.timesteps[1:]:  # at the first, hardly any data is left to divide by
        before = int(step) / LEVELS + 1 / LEVELS
        turn = [(time, float(angles(torch.tensor(time)))) for time in (before, before - 0.1)]
        known = velocity(places, torch.tensor([before]))
        predicted = math.sin(turn[0][1]) * places + math.cos(turn[0][1]) * known
        expected = reference.step(predicted, step, places, eta=0.0).prev_sample
        torch.testing.assert_close(ddim(velocity, places, turn), expected, rtol=0, atol=1e-5)


def test_without_training_it_draws_the_marginals_a_little_narrower() -> None:
    """By ``cos(π / 2 steps)`` a step, or nearly: the schedule does not turn quite evenly."""
    generator = DdpmGenerator(Real((2,)), [], steps=50)
    noise = generator.noise.draw(10, torch.Generator().manual_seed(0))
    with torch.no_grad():
        drawn = generator._carry(noise, generator.context(noise))
    torch.testing.assert_close(drawn, noise * (1 - math.pi**2 / 400), rtol=2e-3, atol=0)
