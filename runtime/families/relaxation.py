"""Finite draws with gradients: near the border between two states, one state blends into the other.

A finite draw is the inverse of a cumulative distribution at uniform noise u: it has a step at each border c between
two states. The relaxed draw replaces each step by a ramp. The form of the ramp makes the mean of a soft state over u
exactly equal to the probabilities, so a gradient through one relaxed draw into a linear function is unbiased at every
temperature. Gumbel noise would need one number per state, and thus a different sampler. This relaxation uses the same
noise as the sampler, and thus yields the same rows.

References:
    Jang, Gu, Poole (ICLR 2017): Categorical reparameterization with Gumbel-softmax, arXiv 1611.01144 (the
    straight-through estimator, section 2.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from ...grammar.edge.arguments import public
from ..neural.soft_states import one_hot
from .errors import temperature_out_of_range


@public()
@dataclass(frozen=True, slots=True)
class Relaxation:
    """How finite draws are relaxed.

    Args:
        temperature: The width of a border, in (0, 1]. A narrow border has less bias and more variance, because only
            rows within it carry a gradient.
        hard: If True, values are the one-hot states of the unrelaxed draw, and only gradients are soft
            ("straight through"). If False, values are soft too.
    """

    temperature: float = 0.25
    hard: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.temperature <= 1:
            raise temperature_out_of_range(self.temperature)

    def states(self, noise: Tensor, cdf: Tensor) -> Tensor:
        """Soft or one-hot states, float32 ``(rows, states)``; rows sum to 1.

        Args:
            noise: Uniform, ``(rows,)``.
            cdf: Cumulative probabilities of all states but the last, ``(rows, states - 1)`` or without rows.

        >>> import torch
        >>> noise = (torch.arange(1_000) + 0.5) / 1_000
        >>> cdf = torch.tensor([0.1, 0.6])
        >>> Relaxation(0.5, hard=False).states(noise, cdf).mean(0)
        tensor([0.1000, 0.5000, 0.4000])
        >>> bool(torch.equal(Relaxation().states(noise, cdf).argmax(1), (noise[:, None] >= cdf).sum(1)))
        True
        """
        noise = noise.unsqueeze(-1)
        borders = F.pad(cdf.expand(*noise.shape[:-1], cdf.shape[-1]), (1, 0))
        passed = self._passed(noise, F.pad(borders, (0, 1), value=1.0))
        soft = passed[..., :-1] - passed[..., 1:]
        if not self.hard:
            return soft
        hard = one_hot((noise >= cdf).sum(-1), soft.shape[-1])
        return hard + (soft - soft.detach())

    def _passed(self, u: Tensor, c: Tensor) -> Tensor:
        """How far u has passed the border c, from 0 to 1. Mirror images at 0 and 1 keep the mean exact."""
        return self._step(u - c) - self._step(u + c) + 1 - self._step(u + c - 2)

    def _step(self, distance: Tensor) -> Tensor:
        share = (distance / self.temperature + 0.5).clamp(0, 1)
        return share * share * (3 - 2 * share)
