"""The DDPM family: a diffusion model of an image or a vector given anything, sampled deterministically along an arc."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, pi, sin, sqrt

import torch
from torch import Tensor

from ....grammar.edge.arguments import public
from ...neural.context import Read
from .transport import Transport

OFFSET = 0.008
"""The shift of the cosine schedule, which keeps the noise from growing too slowly at first."""

LEVELS, MOST_NOISE = 1_000, 0.999
"""The number of steps of the diffusion, and the largest share of noise that a step adds; only the last reaches it."""

BEND = pi / 2 / (1 + OFFSET)
LEAST_DATA = sqrt(1 - MOST_NOISE) * cos((1 - 1 / LEVELS + OFFSET) * BEND) / cos(OFFSET * BEND)
"""The share of the data that remains at time 1."""


@public()
class DdpmGenerator(Transport):
    """A denoising diffusion model of images and vectors, an alternative to flow matching that is chosen by name.

    A network learns the velocity ``v = cos(φ) ε - sin(φ) x`` of the arc ``cos(φ) x + sin(φ) ε`` from a row x to noise
    ε, with the angle φ of the cosine schedule. A sample starts at normal noise of the target's shape and follows the
    arc back, without further noise and without guidance; a step evaluates the network twice.

    The arguments are those of every such family: ``DdpmGenerator(target, given, width, steps, patch)``. See
    `Transport`.

    References:
        Ho, Jain, Abbeel (NeurIPS 2020): Denoising diffusion probabilistic models, arXiv 2006.11239. Song, Meng,
        Ermon (ICLR 2021): Denoising diffusion implicit models, arXiv 2010.02502, equation 12 with σ = 0. Nichol,
        Dhariwal (ICML 2021), arXiv 2102.09672, equation 17 (the cosine schedule). Salimans, Ho (ICLR 2022), arXiv
        2202.00512, appendix D (v and the arc). Lu, Zhou, Bao, Chen, Li, Zhu (NeurIPS 2022): DPM-Solver, arXiv
        2206.00927, algorithm 1 (the midpoint, there of the signal-to-noise ratio's logarithm).

    >>> from ...variables import Real
    >>> pair = DdpmGenerator(Real((2,)), [], width=8, steps=2)
    >>> pair(torch.randn(5, 2)).shape
    torch.Size([5, 2])
    """

    # A prediction of v at a point z is a prediction of the noise, ``ε = sin(φ) z + cos(φ) v``; unlike the noise, v
    # still determines the row where z is almost pure noise. For normal, independent, standardised data the mean of v
    # is 0, and the network starts there. A step moves by half of its angle as DDIM does, then by the whole angle with
    # the velocity found there: DDIM alone shrinks normal data by 2.5 %, even with 50 steps (docs/decisions/ddpm.md).

    family = "ddpm"
    layout = 2
    usual_steps = 10

    def _on_the_way(self, noise: Tensor, data: Tensor, time: Tensor) -> tuple[Tensor, Tensor]:
        """The point on an arc from data to noise, and the velocity there."""
        angle = angles(time)
        near, far = angle.cos(), angle.sin()
        return near * data + far * noise, near * noise - far * data

    def _carry(self, noise: Tensor, read: Read) -> Tensor:
        return follow(lambda place, time: self._velocity(place, time, read), noise, self.schedule)

    def _build(self) -> None:
        super()._build()
        self.schedule = schedule(self.steps)


def angles(time: Tensor) -> Tensor:
    """Angles of the cosine schedule: the cosine is the share of the data at a time, and the sine the share of noise.

    Args:
        time: From 0 at the data to 1 at noise. DDPM's step t of 1,000 ends at ``t / 1000``.

    >>> angles(torch.tensor([0.0, 0.5, 1.0]))
    tensor([0.0000, 0.7916, 1.5707])
    """
    data = torch.cos((time + OFFSET) * BEND) / cos(OFFSET * BEND)
    return data.clamp(LEAST_DATA, 1).acos()


def schedule(steps: int) -> list[tuple[float, float]]:
    """Times and angles of ``2 * steps + 1`` places from noise to data, ends and middles of steps, at equal angles."""
    last = float(angles(torch.ones(1, dtype=torch.float64, device="cpu")))
    turned = torch.linspace(last, 0, 2 * steps + 1, dtype=torch.float64, device="cpu")
    times = torch.acos(turned.cos() * cos(OFFSET * BEND)) / BEND - OFFSET
    return list(zip(times.clamp(0, 1).tolist(), turned.tolist(), strict=True))


def follow(
    velocity: Callable[[Tensor, Tensor], Tensor], place: Tensor, schedule: list[tuple[float, float]]
) -> Tensor:
    """The end of the arc that starts at noise, by the midpoint rule.

    The first half of a step is a step of DDIM (with η = 0): the velocity determines a row and a noise, and these are
    combined at the middle angle. The whole step uses the row and the noise found there. In formulas, the half step
    rotates place and velocity by the difference of the angles, and the whole step moves the place along the chord.

    The result is exact if all rows are equal, and if they are normal, independent and standardised.

    Args:
        velocity: From places ``(rows, *event)`` and a time ``(1,)``.
        place: Noise.
        schedule: Times and angles, from noise to data, of the end of each step and its middle.

    >>> row = torch.tensor([3.0])
    >>> def velocity(place: Tensor, time: Tensor) -> Tensor:  # where all data are this row
    ...     return (place * angles(time).cos() - row) / angles(time).sin()
    >>> round(float(follow(velocity, torch.tensor([-0.7]), schedule(2))), 4)
    3.0
    """
    for (time, angle), (later, middle) in zip(schedule[:-1:2], schedule[1::2], strict=True):
        turn = angle - middle
        half = cos(turn) * place - sin(turn) * velocity(place, place.new_tensor([time]))
        place = place - 2 * sin(turn) * velocity(half, place.new_tensor([later]))
    return place
