"""The softmax family: a finite variable given anything, by a small network."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from ...grammar.edge.arguments import public
from ..neural.features import Features
from ..neural.inverse import full_precision
from ..training.building import building
from ..training.course import OF_IMAGES, Recipe
from ..training.ensemble import Member, Plan
from ..training.settings import FitReport, FitSettings
from ..training.stacked import SoftmaxLosses
from ..training.team import team
from ..training.training import train
from ..variables import Finite, VariableType
from .base import Family
from .protocol import Noise
from .relaxation import Relaxation

NARROW = 16
"""Below this number of states, torch's softmax on a CPU takes several times as long as its separate operations."""


@public()
class SoftmaxGenerator(Family):
    """A softmax network: the default for a finite variable where a table is too large or cannot hold a condition.

    A multilayer perceptron computes the logits of the states. Training starts at the frequencies of the states, the
    same for all conditions.

    Args:
        target: A finite type.
        given: Types of the conditions.
        hidden: Widths of the hidden layers.

    References:
        Bridle (1990), "Probabilistic interpretation of feedforward classification network outputs".

    >>> from ..variables import Real
    >>> smoker = SoftmaxGenerator(Finite((False, True)), [Real()])
    >>> smoker(torch.rand(5), torch.randn(5)).shape  # uniform noise, then the condition
    torch.Size([5])
    """

    family = "softmax"
    layout = 2
    recipe = Recipe(between=10)
    images = OF_IMAGES

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
        return None

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """States, int64 ``(rows,)``: the inverse of the cumulative distribution at ``noise``, ``(rows,)``."""
        return (noise.unsqueeze(-1) >= _cdf(self.logits(noise, *given))).sum(-1)

    def relaxed(self, relaxation: Relaxation, noise: Tensor, *given: Tensor) -> Tensor:
        """Soft states, ``(rows, states)``."""
        return relaxation.states(noise, _cdf(self.logits(noise, *given)))

    def log_prob(self, target: Tensor, *given: Tensor) -> Tensor:
        """Log-probability of each state, ``(rows,)``."""
        return self.log_probs(target, *given).gather(-1, target.unsqueeze(-1)).squeeze(-1)

    def log_probs(self, like: Tensor, *given: Tensor) -> Tensor:
        """Log-probability of each state, ``(rows, states)``."""
        return self.logits(like, *given).log_softmax(-1)

    def row_losses(self, target: Tensor, *given: Tensor) -> Tensor:
        """Minus the log-probability of each state, ``(rows,)``."""
        return -self.log_prob(target, *given)

    def logits(self, like: Tensor, *given: Tensor) -> Tensor:
        """Unnormalised log-probabilities, ``(rows, states)``."""
        return full_precision(self.network(self.features(like, *given)))

    def fit(
        self,
        target: Tensor,
        given: Sequence[Tensor],
        settings: FitSettings,
        weights: Tensor | None = None,
    ) -> FitReport:
        """Maximum likelihood with early stopping."""
        plan = self.training_plan(target, given, settings, None, weights) if team().size == 1 else None
        if plan is not None:
            return plan.train()
        target, given = self._start(target, given, settings, weights)
        features = self.features.reader(target, given)

        def loss(index: Tensor) -> Tensor:
            return nn.functional.cross_entropy(self.network(features(index)), target[index], reduction="none")

        recipe = self.images if self.features.has_images else self.recipe
        return train(self, loss, len(target), settings, recipe, weights=weights)

    def training_plan(
        self,
        target: Tensor,
        given: Sequence[Tensor],
        settings: FitSettings,
        held_out: Tensor | None = None,
        weights: Tensor | None = None,
    ) -> Plan | None:
        """The plan by which `fit` trains; None if the features of all rows would take too much memory."""
        target, given = self._start(target, given, settings, weights)
        read = self.features.columns(target, given)
        if read is None:
            return None
        losses, learned = SoftmaxLosses(read.embedded), (*read.tables, *self.network.parameters())
        columns = (*read.values, target)
        member = Member(losses, learned, columns, settings, self.recipe, held_out, weights)
        return Plan((member,), lambda reports: reports[0])

    def _start(
        self, target: Tensor, given: Sequence[Tensor], settings: FitSettings, weights: Tensor | None
    ) -> tuple[Tensor, list[Tensor]]:
        """Builds a new network; returns the rows on its device."""
        counted = None if weights is None else weights.cpu().double()
        counts = torch.bincount(target.cpu(), counted, minlength=self.states).float()
        with building(settings.seed):
            self._build(((counts + 0.5 / self.states) / (len(target) + 0.5)).log())
        self.to(settings.device)
        target, given = target.to(settings.device), [values.to(settings.device) for values in given]
        self.features.fit(given, weights)
        return target, given

    def _build(self, bias: Tensor) -> None:
        """Builds a new network, whose logits are `bias` for all conditions."""
        self.features = Features(self.given)
        widths = [self.features.width, *self.hidden]
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Linear(before, after), nn.SiLU()]
        last = nn.Linear(widths[-1], self.states)
        nn.init.zeros_(last.weight)
        last.bias.data = bias
        self.network = nn.Sequential(*layers, last)


def _cdf(logits: Tensor) -> Tensor:
    """Cumulative probabilities of all states but the last, ``(rows, states - 1)``."""
    if logits.shape[-1] < NARROW:
        parts = (logits - logits.amax(-1, keepdim=True)).exp()
        probabilities = parts / parts.sum(-1, keepdim=True)
    else:
        probabilities = logits.softmax(-1)
    return probabilities.cumsum(-1)[..., :-1]
