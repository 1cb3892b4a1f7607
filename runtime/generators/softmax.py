"""The softmax family: a finite variable given anything, by a small network."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from ..variables import Finite, Text, VariableType
from .base import Family
from .features import Features
from .inverse import full_precision
from .protocol import FitReport, FitSettings, Noise
from .relaxation import Relaxation
from .training import Recipe, seeded, train


class SoftmaxGenerator(Family):
    """A softmax over the states of a finite variable, whose logits a multilayer perceptron computes.

    It starts at the frequencies of the states, whatever the conditions, and learns from there.

    Args:
        target: A finite type.
        given: Types of the conditions.
        hidden: Widths of the hidden layers.
    """

    family = "softmax"
    recipe = Recipe()

    def __init__(
        self, target: VariableType, given: Sequence[VariableType], hidden: Sequence[int] = (64, 64)
    ) -> None:
        super().__init__(target, given, hidden=list(hidden))
        assert isinstance(target, Finite)
        self.states = target.cardinality
        self.hidden = tuple(hidden)
        self.noise = Noise((), "uniform")
        self._build(torch.zeros(self.states))

    @classmethod
    def refuses(cls, target: VariableType, given: Sequence[VariableType]) -> str | None:
        """Why the family cannot draw `target` given `given`, or None if it can."""
        if not isinstance(target, Finite):
            return f"a softmax needs a finite variable, not {target}"
        return "a softmax cannot read text" if any(isinstance(type, Text) for type in given) else None

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """States, int64 ``(rows,)``: the inverse of the cumulative distribution at ``noise``, ``(rows,)``."""
        cdf = self.logits(noise, *given).softmax(-1).cumsum(-1)[..., :-1]
        return (noise.unsqueeze(-1) >= cdf).sum(-1)

    def relaxed(self, relaxation: Relaxation, noise: Tensor, *given: Tensor) -> Tensor:
        """Soft states, ``(rows, states)``."""
        return relaxation.states(noise, self.logits(noise, *given).softmax(-1).cumsum(-1)[..., :-1])

    def log_prob(self, target: Tensor, *given: Tensor) -> Tensor:
        """Log-probability of each state, ``(rows,)``."""
        log_softmax = self.logits(target, *given).log_softmax(-1)
        return log_softmax.gather(-1, target.unsqueeze(-1)).squeeze(-1)

    def logits(self, like: Tensor, *given: Tensor) -> Tensor:
        """Unnormalised log-probabilities, ``(rows, states)``."""
        return full_precision(self.network(self.features(like, *given)))

    def fit(self, target: Tensor, given: Sequence[Tensor], settings: FitSettings) -> FitReport:
        """Maximum likelihood with early stopping."""
        counts = torch.bincount(target.cpu(), minlength=self.states).float()
        with seeded(settings.seed):
            self._build(((counts + 0.5 / self.states) / (len(target) + 0.5)).log())
        self.to(settings.device)
        target, given = target.to(settings.device), [values.to(settings.device) for values in given]
        self.features.fit(given)
        features = self.features.reader(target, given)

        def loss(index: Tensor) -> Tensor:
            return nn.functional.cross_entropy(self.network(features(index)), target[index], reduction="none")

        return train(self, loss, len(target), settings, self.recipe)

    def _build(self, bias: Tensor) -> None:
        """A fresh network, whose logits are `bias` whatever the conditions."""
        self.features = Features(self.given)
        widths = [self.features.width, *self.hidden]
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Linear(before, after), nn.SiLU()]
        last = nn.Linear(widths[-1], self.states)
        nn.init.zeros_(last.weight)
        last.bias.data = bias
        self.network = nn.Sequential(*layers, last)
