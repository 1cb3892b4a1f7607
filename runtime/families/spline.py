"""The spline family: a real number or vector given anything, by a neural spline flow."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import torch
from torch import Tensor

from ...grammar.edge.arguments import public
from ..neural.bent_line import BENDS, Line
from ..neural.features import MOST_KEPT, Features
from ..neural.inverse import invert_flow
from ..neural.levelling import MOST_LEVELLED, level
from ..neural.marginals import DrawnMarginals
from ..training.building import building
from ..training.course import FEW_ROWS, FEWEST_ROWS, OF_FEW_ROWS, OF_IMAGES, Recipe
from ..training.ensemble import Member, Plan
from ..training.settings import FitReport, FitSettings
from ..training.stacked import SplineLosses
from ..training.team import team
from ..training.training import train
from ..variables import Real, VariableType
from .base import Family
from .protocol import Noise
from .relaxation import Relaxation


@public()
class SplineGenerator(Family):
    """A neural spline flow: the default for a vector, and a choice for a real number.

    The flow starts at a regression in closed form and learns what that leaves: a conditional scale and shift, then
    monotone rational-quadratic splines, one component of a vector after the other.

    A value that occurs more than once counts as rounded: for training it is spread over half the distance to its
    nearest neighbours, and `log_prob` is the density of the spread values. If all rows are whole numbers, so are
    samples.

    Args:
        target: A real type, scalar or vector.
        given: Types of the conditions.
        hidden: Widths of the hidden layers.
        bins: Bins of each spline; by default 12, and 8 for vectors.
        transforms: The number of transforms in sequence; by default one, and two for vectors.

    References:
        Durkan, Bekasov, Murray, Papamakarios (NeurIPS 2019): Neural Spline Flows, arXiv 1906.04032.

    >>> dose = SplineGenerator(Real(), [Real((2,))])
    >>> dose(torch.randn(5), torch.randn(5, 2)).shape  # normal noise, then the condition
    torch.Size([5])
    """

    # The way to noise is: the quantile map of each component's marginal, a line with rounded bends in the conditions,
    # found in closed form, then the flow. After training, means of a single number are regressions of all rows again
    # (`level`). So the noise of training, from one seed to the next, is small beside the noise of the rows. Without a
    # scale and a shift before the spline, the flow loses twice as much likelihood on sharp regressions. Without the
    # spreading of rounded values, spikes at them would raise the likelihood without bound.

    family = "spline"
    layout = 5
    recipe = Recipe()
    images = OF_IMAGES
    few = OF_FEW_ROWS

    def __init__(
        self,
        target: VariableType,
        given: Sequence[VariableType],
        hidden: Sequence[int] = (64, 64),
        bins: int | None = None,
        transforms: int | None = None,
    ) -> None:
        self.require(target, given)
        assert isinstance(target, Real)
        self.shape, self.size = target.shape, prod(target.shape)
        bins, transforms = bins or (12 if self.size == 1 else 8), transforms or (1 if self.size == 1 else 2)
        super().__init__(target, given, hidden=list(hidden), bins=bins, transforms=transforms)
        self.noise = Noise(target.shape, "normal")
        self._build()

    @classmethod
    def refuses(cls, target: VariableType, given: Sequence[VariableType]) -> str | None:
        """Why the family cannot draw `target` given `given`, or None if it can."""
        if not isinstance(target, Real):
            return f"a spline flow needs a real variable, not {target}"
        return None

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """Values ``(rows, *shape)`` from normal ``noise`` of the same shape."""
        context = self.features(noise, *given)
        return self.marginals.inverse(self._scores(context, noise)).reshape(-1, *self.shape)

    def _scores(self, context: Tensor, noise: Tensor) -> Tensor:
        """Normal scores ``(rows, size)`` from noise."""
        left = invert_flow(self.flow.transform.transforms, context, noise.reshape(-1, self.size))
        scores: Tensor = left * self.line.spread + self.line(context)
        return scores

    def relaxed(self, relaxation: Relaxation, noise: Tensor, *given: Tensor) -> Tensor:
        """Values as `forward` returns them, because they are continuous."""
        return self.forward(noise, *given)

    def log_prob(self, target: Tensor, *given: Tensor) -> Tensor:
        """Log-density of each value, ``(rows,)``."""
        scores, log_slope = self.marginals.with_log_slope(target.reshape(-1, self.size))
        context = self.features(target, *given)
        density: Tensor = self.flow(context).log_prob(self._left(scores, context))
        return density + (log_slope - self.line.spread.log()).sum(-1)

    def row_losses(self, target: Tensor, *given: Tensor) -> Tensor:
        """Minus the log-density of each value, ``(rows,)``; values that occur more than once are spread."""
        columns = _spread_ties(target.reshape(-1, self.size).cpu(), 0).to(target.device)
        return -self.log_prob(columns, *given)

    def _left(self, scores: Tensor, context: Tensor) -> Tensor:
        """What the line leaves of scores, in units of its spread."""
        left: Tensor = (scores - self.line(context)) / self.line.spread
        return left

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
        scores, log_slope, given = self._start(target, given, settings, weights)
        features = self.features.reader(scores, given)

        def loss(index: Tensor) -> Tensor:
            nll: Tensor = -self.flow(features(index)).log_prob(scores[index]) - log_slope[index]
            return nll

        usual = self.few if len(target) < FEW_ROWS else self.recipe
        recipe = self.images if self.features.has_images else usual
        report = train(self, loss, len(target), settings, recipe, weights=weights)
        self._level(target, given, weights)
        return report

    def training_plan(
        self,
        target: Tensor,
        given: Sequence[Tensor],
        settings: FitSettings,
        held_out: Tensor | None = None,
        weights: Tensor | None = None,
    ) -> Plan | None:
        """The plan by which `fit` trains; None for vectors, for several transforms and for too many rows."""
        if self.size > 1 or self.options["transforms"] > 1:
            return None
        scores, log_slope, given = self._start(target, given, settings, weights)
        read = self.features.columns(scores, given)
        if read is None:
            return None
        losses = SplineLosses(read.embedded, self.options["bins"])
        learned = (*read.tables, *self.flow.transform.transforms[0].hyper.parameters())
        columns = (*read.values, scores.squeeze(1), log_slope)
        recipe = self.few if len(target) < FEW_ROWS else self.recipe
        member = Member(losses, learned, columns, settings, recipe, held_out, weights)

        def finish(reports: Sequence[FitReport]) -> FitReport:
            self._level(target, given, weights)
            return reports[0]

        return Plan((member,), finish)

    def _start(
        self, target: Tensor, given: Sequence[Tensor], settings: FitSettings, weights: Tensor | None
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Builds a new flow; returns scores ``(rows, size)``, log-slopes ``(rows,)`` and conditions of the rows."""
        with building(settings.seed):
            self._build()
        self.to(settings.device)
        given = [values.to(settings.device) for values in given]
        self.features.fit(given, weights)
        raw = target.reshape(-1, self.size)
        columns = _spread_ties(raw.cpu(), settings.seed).to(settings.device)
        self.marginals.fit(columns, raw, weights)
        scores, log_slope = self.marginals.with_log_slope(columns)
        if self._starts_from_line(given, len(raw)):
            context = self.features(raw, *given)
            self.line.fit(context, scores, weights)
            scores = self._left(scores, context)
            log_slope = log_slope - self.line.spread.log()
        return scores, log_slope.sum(-1), given

    def _level(self, target: Tensor, given: Sequence[Tensor], weights: Tensor | None) -> None:
        """Give what the generator draws the means of the rows: see `level`."""
        if self.size == 1 and self._starts_from_line(given, len(target)) and len(target) <= MOST_LEVELLED:
            steps, values = self.flow.transform.transforms, target.reshape(-1, 1)
            with torch.no_grad():
                level(self.line, steps, self.marginals, self.features(values, *given), values, weights)

    def _starts_from_line(self, given: Sequence[Tensor], rows: int) -> bool:
        """Whether there are conditions whose features are known before training, and rows enough to train."""
        learned = any(True for _ in self.features.parameters())
        kept = rows * (self.features.width * (1 + BENDS) + self.line.products) <= MOST_KEPT
        return bool(given) and not learned and kept and rows >= FEWEST_ROWS

    def _build(self) -> None:
        self.features = Features(self.given)
        self.line = Line(self.features.width, self.size, self.features.pairs)
        self.marginals = DrawnMarginals(self.size)
        self.flow = _flow(self.size, self.features.width, **self.options)


def _flow(size: int, context: int, hidden: Sequence[int], bins: int, transforms: int) -> Any:
    """The flow from normal scores ``(rows, size)`` to normal noise; it starts as the identity."""
    import zuko
    from zuko.flows.autoregressive import MaskedAutoregressiveTransform
    from zuko.lazy import Flow, UnconditionalDistribution

    ascending: Any = torch.arange(size)
    steps = [
        MaskedAutoregressiveTransform(
            size,
            context,
            order=ascending if step % 2 == 0 else ascending.flip(0),
            univariate=_shift_scale_spline,
            shapes=[(), (), (bins,), (bins,), (bins - 1,)],
            hidden_features=tuple(hidden),
            activation=torch.nn.SiLU,
        )
        for step in range(transforms)
    ]
    for step in steps:
        hyper: Any = step.hyper
        last = list(hyper.children())[-1]
        torch.nn.init.zeros_(last.weight)
        torch.nn.init.zeros_(last.bias)
    base = UnconditionalDistribution(
        zuko.distributions.DiagNormal, loc=torch.zeros(size), scale=torch.ones(size), buffer=True
    )
    return Flow(steps, base)


def _shift_scale_spline(shift: Tensor, scale: Tensor, *spline: Tensor) -> torch.distributions.Transform:
    """The transform of one component. It is a module-level function so that modules that hold it can be pickled."""
    import zuko

    affine = zuko.transforms.MonotonicAffineTransform(shift, scale, slope=1e-4)
    widths, heights, slopes = spline
    curve = zuko.transforms.MonotonicRQSTransform(widths, heights, slopes)
    composed: torch.distributions.Transform = zuko.transforms.ComposedTransform(affine, curve)
    return composed


def _spread_ties(columns: Tensor, seed: int) -> Tensor:
    """Columns in which every repeated value is spread evenly over half the distance to its nearest neighbours."""
    source = torch.Generator().manual_seed(seed)
    spread = columns.double()
    for column in range(columns.shape[1]):
        values, index, counts = torch.unique(spread[:, column], return_inverse=True, return_counts=True)
        gaps = values.diff()
        if len(gaps):
            edge = torch.tensor([torch.inf], dtype=torch.float64)
            reach = torch.minimum(torch.cat([edge, gaps]), torch.cat([gaps, edge])) / 2 * (counts > 1)
            noise = 2 * torch.rand(len(columns), generator=source, dtype=torch.float64) - 1
            spread[:, column] += reach[index] * noise
    return spread.to(columns)
