"""Finite draws with gradients: near the border between two states, one blends into the other.

A finite draw is the inverse of a cumulative distribution at uniform noise u: a step at each border c between
two states. Relaxed, a step has a width. Its form is chosen so that over u a soft state has exactly the
probabilities as its mean: a gradient through one relaxed draw into anything linear is unbiased at every
temperature. Gumbel noise would need a number for each state, and so another sampler; this one keeps the
noise, and with it every row.

References:
    Jang, Gu, Poole (ICLR 2017): Categorical reparameterization with Gumbel-softmax, arXiv 1611.01144 (the
    straight-through estimator, section 2.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from ...grammar.arguments import public, refused
from ..neural.soft import one_hot


@public()
@dataclass(frozen=True, slots=True)
class Relaxation:
    """How finite draws are relaxed.

    Args:
        temperature: The width of a border, in (0, 1]. A narrow one has less bias and more variance: only rows
            within it carry a gradient.
        hard: Whether values stay those of the unrelaxed draw, one-hot, and only gradients are soft
            ("straight through"). Else values are soft too.
    """

    temperature: float = 0.25
    hard: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.temperature <= 1:
            raise refused(f"the temperature is {self.temperature}", "give a number above 0 and up to 1")

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
        """How far u has passed the border c: 0 to 1. Mirror images give back what is lost at the edges."""
        return self._step(u - c) - self._step(u + c) + 1 - self._step(u + c - 2)

    def _step(self, distance: Tensor) -> Tensor:
        share = (distance / self.temperature + 0.5).clamp(0, 1)
        return share * share * (3 - 2 * share)
