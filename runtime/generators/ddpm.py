"""The DDPM family: an image or a vector given anything, by diffusion and its deterministic sampler, DDIM."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import cos, pi, sin, sqrt

import torch
from torch import Tensor

from .context import Read
from .transport import Transport

OFFSET = 0.008
"""By how much the cosine schedule is shifted, so that noise does not begin too slowly."""

LEVELS, MOST_NOISE = 1_000, 0.999
"""Steps of the diffusion, and the cap on the share of noise that one adds, which only the last one reaches."""

BEND = pi / 2 / (1 + OFFSET)
LEAST_DATA = sqrt(1 - MOST_NOISE) * cos((1 - 1 / LEVELS + OFFSET) * BEND) / cos(OFFSET * BEND)
"""What is left of the data at time 1."""


class DdpmGenerator(Transport):
    """A denoising diffusion model, sampled by DDIM: a deterministic function of the noise that it starts from.

    The way from a row x at time 0 to noise ε at time 1 is an arc, ``cos(φ) x + sin(φ) ε``, with the angle φ of the
    cosine schedule, and its velocity is ``v = cos(φ) ε - sin(φ) x``. Predicting v at a place z predicts the noise,
    ``ε = sin(φ) z + cos(φ) v``; unlike the noise it also tells the row where hardly anything but noise is left. For
    normal, independent, standardised data v is 0 on average, and the network starts there.

    A step of DDIM evaluates the network once. Too few steps narrow the spread: standardised normal data come out
    with about ``1 - π² / 8 steps`` of theirs. Guidance is off.

    References:
        Ho, Jain, Abbeel (NeurIPS 2020): Denoising diffusion probabilistic models, arXiv 2006.11239; Song, Meng,
        Ermon (ICLR 2021): Denoising diffusion implicit models, arXiv 2010.02502, equation 12 with σ = 0; Nichol,
        Dhariwal (ICML 2021), arXiv 2102.09672, equation 17 (the cosine schedule); Salimans, Ho (ICLR 2022), arXiv
        2202.00512, appendix D (v and the arc).
    """

    family = "ddpm"
    usual_steps = 50

    def _on_the_way(self, noise: Tensor, data: Tensor, time: Tensor) -> tuple[Tensor, Tensor]:
        """On an arc."""
        angle = angles(time)
        near, far = angle.cos(), angle.sin()
        return near * data + far * noise, near * noise - far * data

    def _carry(self, noise: Tensor, read: Read) -> Tensor:
        return ddim(lambda place, time: self._velocity(place, time, read), noise, self.schedule)

    def _build(self) -> None:
        super()._build()
        self.schedule = schedule(self.steps)


def angles(time: Tensor) -> Tensor:
    """Angles of the cosine schedule: the data's share of a place is their cosine, the noise's their sine.

    Args:
        time: From 0 at the data to 1 at noise. DDPM's step t of 1,000 ends at ``t / 1000``.

    >>> angles(torch.tensor([0.0, 0.5, 1.0]))
    tensor([0.0000, 0.7916, 1.5707])
    """
    data = torch.cos((time + OFFSET) * BEND) / cos(OFFSET * BEND)
    return data.clamp(LEAST_DATA, 1).acos()


def schedule(steps: int) -> list[tuple[float, float]]:
    """Times and their angles on the way from noise to data, at equal distances of time."""
    times = torch.linspace(1, 0, steps + 1, dtype=torch.float64, device="cpu")
    return list(zip(times.tolist(), angles(times).tolist(), strict=True))


def ddim(
    velocity: Callable[[Tensor, Tensor], Tensor], place: Tensor, schedule: list[tuple[float, float]]
) -> Tensor:
    """Where DDIM takes noise, with no randomness of its own (its η is 0).

    A step takes the row and the noise that the velocity stands for, and puts them together at the next angle. Written
    out, that turns place and velocity by the difference of the angles.

    Args:
        velocity: From places ``(rows, *event)`` and a time ``(1,)``.
        place: Noise.
        schedule: Times and angles, from noise to data.

    >>> row = torch.tensor([3.0])
    >>> def velocity(place: Tensor, time: Tensor) -> Tensor:  # where all data are this row
    ...     return (place * angles(time).cos() - row) / angles(time).sin()
    >>> ddim(velocity, torch.tensor([-0.7]), schedule(2))
    tensor([3.])
    """
    for (time, angle), (_, following) in pairwise(schedule):
        turn = angle - following
        place = cos(turn) * place - sin(turn) * velocity(place, place.new_tensor([time]))
    return place
