"""A targeted step: the chances of a finite outcome, corrected through the generator that draws it and so within bounds.

A one-step estimate adds the mean of an influence function to a chance, and the sum may lie below 0. The targeted step
multiplies what the generator gives to each state by a factor, the same under all conditions, until the mean of the
influence function under the generator so tilted is 0: what the network then implies needs no correction.

References:
    van der Laan, Rubin (2006), "Targeted maximum likelihood learning".
    Deming, Stephan (1940), "On a least squares adjustment of a sampled frequency table" (factors that a share lacks).
    Barzilai, Borwein (1988), "Two-point step size gradient methods".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from ...compiler.estimand.contraction import Array
from ...compiler.network.ir import Fit
from ..families.capabilities import Dense, Enumerating
from ..families.protocol import Noise

RARE = 4
"""If fewer effective rows than this show a state, the spread of influence values says too little about its chance."""

MOST_STEPS = 12
"""Most steps in which factors are sought."""

LONGEST = 2.0
"""The logarithm of the largest factor of one step."""

MOST_LENGTH = 30.0
"""The most by which the logarithm of a factor is multiplied where conditions leave it too little effect."""

NEAR = 0.1
"""The search ends when the mean of each influence function is within this many standard errors of 0.

Simulated draws of a rare state change one by one, so that hardly any factors come much nearer.
"""

Missed: TypeAlias = Callable[[Array], tuple[Array, Array, Array]]
"""From logarithms of factors, ``(states,)``: the chances, the means of their influence functions, their errors."""


class Tilted(nn.Module):
    """A generator of a finite variable, with the chance of each state multiplied by a factor.

    Args:
        generator: The generator.
        tilt: The logarithm of the factor of each state, ``(states,)``.

    >>> class Coin(nn.Module):
    ...     def log_prob(self, target: Tensor, *given: Tensor) -> Tensor:
    ...         return torch.full((len(target),), 0.5).log()
    >>> tilted = Tilted(Coin(), torch.tensor([0.0, 3.0]).log())  # a factor of 0 and one of 3
    >>> tilted(torch.tensor([0.0, 0.5]))
    tensor([1, 1])
    """

    def __init__(self, generator: Dense, tilt: Tensor) -> None:
        super().__init__()
        self.generator, self.tilt, self.noise = generator, tilt, Noise((), "uniform")

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """States, int64 ``(rows,)``: the inverse of the cumulative distribution at ``noise``, ``(rows,)``."""
        chances = (self._logs(noise, *given).double() + self.tilt).softmax(-1)
        return (noise.unsqueeze(-1) >= chances.cumsum(-1)[:, :-1]).sum(-1)

    def _logs(self, noise: Tensor, *given: Tensor) -> Tensor:
        """The log-probability of each state before it is tilted, ``(rows, states)``."""
        if isinstance(self.generator, Enumerating):
            return self.generator.log_probs(noise, *given)
        states = (torch.full(noise.shape, state) for state in range(len(self.tilt)))
        return torch.stack([self.generator.log_prob(state, *given) for state in states], dim=-1)


def tilted(modules: Mapping[Fit, nn.Module], fit: Fit, tilt: Array) -> dict[Fit, nn.Module]:
    """The generators of a network, one of them `Tilted` by logarithms of factors, ``(states,)``."""
    generator = modules[fit]
    assert isinstance(generator, Dense)
    return {**modules, fit: Tilted(generator, torch.from_numpy(tilt))}


def targeted(missed: Missed, states: int) -> Array | None:
    """The chances of states whose influence functions have mean 0; None if no factors are found that make them.

    Args:
        missed: What factors lead to.
        states: The number of states.
    """
    tilt = np.zeros(states)
    chances, left, errors = missed(tilt)
    length, before = 1.0, (np.zeros(states), np.zeros(states))
    for _ in range(MOST_STEPS):
        if np.all(np.abs(left) <= NEAR * errors):
            return chances
        ratio = _factors(chances, left)
        step, other = before
        shorter = float(step @ (other - ratio))
        if shorter > 0:  # where conditions determine the state, a factor does less than it says
            length = min(max(float(step @ step) / shorter, 1.0), MOST_LENGTH)
        step = length * ratio
        step *= min(1.0, LONGEST / max(float(np.abs(step).max()), 1e-12))
        tilt, before = tilt + step, (step, ratio)
        chances, left, _ = missed(tilt)
    return None


def _factors(chances: Array, left: Array) -> Array:
    """The logarithms of the factors that would bring chances to what is left of them, ``(states,)``.

    A state that was never drawn gets the largest factor of a step if rows show it, and none otherwise.

    >>> _factors(np.array([0.0, 0.5, 0.0]), np.array([0.1, 0.0, -0.1]))
    array([2., 0., 0.])
    """
    drawn, found = chances > 0, np.where(left > 0, LONGEST, 0.0)
    reached = np.maximum(chances + left, chances * np.exp(-LONGEST))
    found[drawn] = np.log(reached[drawn] / chances[drawn])
    return np.asarray(found, np.float64)


def chances_cut(means: Sequence[float], numbers: Array) -> Array:
    """The chances of states that have some means, cut at 0 and with sum 1: those to take where there is no such step.

    Args:
        means: The means, from which the chances follow.
        numbers: The number that each state stands for in each mean, ``(means, states)``.

    >>> chances_cut([-0.02], np.array([[0.0, 1.0]]))
    array([1., 0.])
    >>> chances_cut([-0.2, 0.6, 0.6], np.eye(3))
    array([0. , 0.5, 0.5])
    """
    known = np.vstack([numbers, np.ones(numbers.shape[1])])
    chances, *_ = np.linalg.lstsq(known, np.append(means, 1.0), rcond=None)
    cut = np.maximum(chances, 0.0).round(12)
    return np.asarray(cut / cut.sum())


def variance_of_share(numbers: Array, chances: Array, rows: float) -> float:
    """The least variance that the mean of a finite outcome is given: the variance of a share, with four rows added.

    Where few rows show a state, or none does, what rows add to its chance hardly varies, although the chance is not
    known well. The four rows are divided equally among the states.

    Args:
        numbers: The number that each state stands for, ``(states,)``.
        chances: The chance of each, ``(states,)``.
        rows: The number of rows.

    References:
        Agresti, Coull (1998), "Approximate is better than 'exact' for interval estimation of binomial proportions".

    >>> round(variance_of_share(np.array([0.0, 1.0]), np.array([1.0, 0.0]), 16.0), 4)  # 2 of 20
    0.0045
    """
    among = (chances * rows + 4 / len(chances)) / (rows + 4)
    return float(among @ numbers**2 - (among @ numbers) ** 2) / (rows + 4)


def shares_if_rare(value: float, numbers: Array, rows: float) -> tuple[Array, Array] | None:
    """The two numbers of which a mean is, and their chances, if one of them is `RARE` among some rows; else None.

    >>> shares_if_rare(0.25, np.array([0.0, 1.0, 0.0]), 12.0)
    (array([0., 1.]), array([0.75, 0.25]))
    >>> shares_if_rare(0.25, np.array([0.0, 1.0, 0.0]), 20.0)
    """
    ends = np.unique(numbers)
    if len(ends) != 2:
        return None
    share = (value - float(ends[0])) / float(ends[1] - ends[0])
    return (ends, np.array([1 - share, share])) if min(share, 1 - share) * rows < RARE else None
