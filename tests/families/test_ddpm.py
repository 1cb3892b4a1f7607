"""The diffusion family against diffusers: its schedule, what it trains on and its sampler."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor

from dofx.runtime.families.velocities.ddpm import DdpmGenerator, angles, follow, schedule
from dofx.runtime.variables import Real, parse_type

diffusers = pytest.importorskip("diffusers")

LEVELS = 1_000
TIMES = (torch.arange(LEVELS) + 1) / LEVELS
"""What the end of each of diffusers' steps is as a time."""

CLOSE = 3e-5
"""The shares of diffusers are in float32, off by up to 1e-6, which near the data is ten times as much of an angle."""


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


def half_a_step(found: Callable[[Tensor, Tensor], Tensor], place: Tensor, times: Sequence[float]) -> Tensor:
    """Where the second velocity of a step is asked for."""
    asked = []

    def velocity(place: Tensor, time: Tensor) -> Tensor:
        asked.append(place)
        return found(place, time)

    begin, middle = ((time, float(angles(torch.tensor(time, dtype=torch.float64)))) for time in times)
    follow(velocity, place, [begin, middle, (0.0, 0.0)])
    return asked[1]


def test_half_a_step_is_ddims() -> None:
    reference = scheduler()
    place = torch.randn(30, 4, generator=torch.Generator().manual_seed(0))
    for step in reference.timesteps:
        before = float(TIMES[step])
        expected = reference.step(velocity(place, TIMES[step]), step, place, eta=0.0).prev_sample
        found = half_a_step(velocity, place, (before, before - 0.1))
        torch.testing.assert_close(found, expected, rtol=0, atol=CLOSE)


def test_a_step_of_predicted_noise_is_that_of_its_velocity() -> None:
    """From noise that the network predicts, ``ε = sin(φ) z + cos(φ) v``, diffusers takes the same step."""
    reference = scheduler("epsilon")
    places = torch.randn(30, 4, generator=torch.Generator().manual_seed(0))
    for step in reference.timesteps[1:]:  # at the first, hardly any data is left to divide by
        before = int(step) / LEVELS + 1 / LEVELS
        angle = float(angles(torch.tensor(before)))
        known = velocity(places, torch.tensor([before]))
        predicted = math.sin(angle) * places + math.cos(angle) * known
        expected = reference.step(predicted, step, places, eta=0.0).prev_sample
        found = half_a_step(velocity, places, (before, before - 0.1))
        torch.testing.assert_close(found, expected, rtol=0, atol=CLOSE)


@pytest.mark.parametrize("spread", [0.1, 0.5, 2.0])
def test_twice_the_steps_leave_a_quarter_of_the_error_at_most(spread: float) -> None:
    """Where data are normal with that standard deviation, the arc takes noise to as many times itself."""

    def velocity(place: Tensor, time: Tensor) -> Tensor:
        near, far = (part(angles(time)) for part in (torch.cos, torch.sin))
        return place * near * far * (1 - spread**2) / ((near * spread) ** 2 + far**2)

    noise = torch.ones(1, 1, dtype=torch.float64)
    coarse, fine = (abs(float(follow(velocity, noise, schedule(steps))) - spread) for steps in (20, 40))
    assert coarse / fine > 3.5
    assert fine < 0.003


def test_without_training_it_draws_the_marginals() -> None:
    generator = DdpmGenerator(Real((2,)), [])
    noise = generator.noise.draw(10, torch.Generator().manual_seed(0))
    with torch.no_grad():
        drawn = generator._carry(noise, generator.context(noise))
    torch.testing.assert_close(drawn, noise)
