"""The atoms family: a real number that takes some exact values often. For example, incomes are often zero."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ...grammar.edge.arguments import public
from ..data.design import mean_one
from ..training.building import building
from ..training.ensemble import Plan
from ..training.settings import FitReport, FitSettings
from ..training.team import team
from ..variables import Finite, Real, VariableType
from .base import Family
from .protocol import Noise
from .relaxation import Relaxation
from .softmax import SoftmaxGenerator
from .spline import SplineGenerator

LEAST_SHARE = 0.01
LEAST_ROWS = 5
STANDS_OUT = 5
FEW_VALUES = 20


@public()
class AtomsGenerator(Family):
    """A mixture of single values and a spline flow: the default for a real number.

    Spending has many zeros, and hours of work many forties. Fitting finds such values, the atoms (`find_atoms`), and
    samples hit them exactly; the flow draws all other values. Without atoms this is the spline flow alone, and if a
    column has only a few values, each of them is an atom.

    Args:
        target: The type ``real``.
        given: Types of the conditions.
        atoms: The number of atoms.
        rest: Whether there are other values than atoms.
        hidden: Widths of the hidden layers of both networks.
        bins: Bins of the flow's splines.

    >>> hours = AtomsGenerator(Real(), [])
    >>> report = hours.fit(torch.tensor([0.0, 40.0]).repeat(50), [], FitSettings(epochs=1))
    >>> sorted(set(hours(torch.randn(100, 2)).tolist()))  # of the two numbers of noise, the first chooses
    [0.0, 40.0]
    """

    family = "atoms"
    may_be_nothing = frozenset({"atoms"})
    layout = 5
    values: Tensor

    def __init__(
        self,
        target: VariableType,
        given: Sequence[VariableType],
        atoms: int = 0,
        rest: bool = True,
        hidden: Sequence[int] = (64, 64),
        bins: int = 12,
    ) -> None:
        super().__init__(target, given, atoms=atoms, rest=rest, hidden=list(hidden), bins=bins)
        self.noise = Noise((2,), "normal")
        self.register_buffer("values", torch.zeros(0))
        self._build(torch.zeros(atoms), rest)

    @classmethod
    def refuses(cls, target: VariableType, given: Sequence[VariableType]) -> str | None:
        """Why the family cannot draw `target` given `given`, or None if it can."""
        if target != Real():
            return f"atoms are found in a single real number, not in {target}"
        return SplineGenerator.refuses(target, given)

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """Values ``(rows,)`` from normal noise ``(rows, 2)``."""
        if self.choice is None:
            drawn: Tensor = self._flow()(noise[:, 1], *given)
            return drawn
        chosen = self.choice(_uniform(noise[:, 0]), *given)
        if self.flow is None:
            return self.values[chosen]
        continuous = self.flow(noise[:, 1], *given)
        padded = torch.cat([self.values, self.values[:1]])
        return torch.where(chosen == len(self.values), continuous, padded[chosen])

    def relaxed(self, relaxation: Relaxation, noise: Tensor, *given: Tensor) -> Tensor:
        """Averages of the atoms and the continuous value, weighted by the soft choice among them."""
        if self.choice is None:
            return self.forward(noise, *given)
        chosen = self.choice.relaxed(relaxation, _uniform(noise[:, 0]), *given)
        drawn = chosen[..., : len(self.values)] @ self.values
        return drawn if self.flow is None else drawn + chosen[..., -1] * self.flow(noise[:, 1], *given)

    @property
    def gradient_stop(self) -> str | None:
        """The choice among the atoms, if there are any."""
        return None if self.choice is None else "the choice among atoms"

    def log_prob(self, target: Tensor, *given: Tensor) -> Tensor:
        """Log-probability of an atom, log-density of any other value, ``(rows,)``."""
        if self.choice is None:
            return self._flow().log_prob(target, *given)
        chosen = self._chosen(target)
        if self.flow is None:
            known = chosen < len(self.values)
            choice = self.choice.log_prob(chosen.clamp(max=len(self.values) - 1), *given)
            return torch.where(known, choice, -torch.inf)
        density = torch.where(chosen == len(self.values), self.flow.log_prob(target, *given), 0.0)
        return self.choice.log_prob(chosen, *given) + density

    def row_losses(self, target: Tensor, *given: Tensor) -> Tensor:
        """The loss of the choice, and for what is not an atom the loss of the flow too, ``(rows,)``."""
        if self.choice is None:
            return self._flow().row_losses(target, *given)
        chosen = self._chosen(target)
        if self.flow is None:
            return self.choice.row_losses(chosen.clamp(max=len(self.values) - 1), *given)
        losses, rest = self.choice.row_losses(chosen, *given), chosen == len(self.values)
        if rest.any():
            of_rest = self.flow.row_losses(target[rest], *(values[rest] for values in given))
            losses = losses.index_add(0, rest.nonzero().squeeze(1), of_rest)
        return losses

    def fit(
        self,
        target: Tensor,
        given: Sequence[Tensor],
        settings: FitSettings,
        weights: Tensor | None = None,
    ) -> FitReport:
        """Finds the atoms, then trains the choice on all rows and the flow on the rest."""
        plan = self.training_plan(target, given, settings, None, weights) if team().size == 1 else None
        if plan is not None:
            return plan.train()
        rest = self._start(target, settings)
        reports: list[FitReport] = []
        if self.choice is not None:
            chosen = self._chosen(target.to(settings.device))
            reports.append(self.choice.fit(chosen, given, settings, weights))
        if self.flow is not None:
            given_rest = [values[rest] for values in given]
            reports.append(self.flow.fit(target[rest], given_rest, settings, _of_rest(weights, rest)))
        return self._joined(reports, rest, weights)

    def training_plan(
        self,
        target: Tensor,
        given: Sequence[Tensor],
        settings: FitSettings,
        held_out: Tensor | None = None,
        weights: Tensor | None = None,
    ) -> Plan | None:
        """One plan that joins the plans of the choice and of the flow; None if one of them must train alone."""
        rest = self._start(target, settings)
        plans: list[Plan | None] = []
        if self.choice is not None:
            chosen = self._chosen(target.to(settings.device))
            plans.append(self.choice.training_plan(chosen, given, settings, held_out, weights))
        if self.flow is not None:
            of_rest = None if held_out is None else held_out[rest]
            given_rest = [values[rest] for values in given]
            weighed = _of_rest(weights, rest)
            plans.append(self.flow.training_plan(target[rest], given_rest, settings, of_rest, weighed))
        parts = [plan for plan in plans if plan is not None]
        if len(parts) < len(plans):
            return None
        members = tuple(member for plan in parts for member in plan.members)

        def finish(reports: Sequence[FitReport]) -> FitReport:
            left = iter(reports)
            found = [plan.finish([next(left) for _ in plan.members]) for plan in parts]
            return self._joined(found, rest, weights)

        return Plan(members, finish)

    def _start(self, target: Tensor, settings: FitSettings) -> Tensor:
        """Builds new networks for the atoms found in the rows; returns which rows are not atoms, bool ``(rows,)``."""
        atoms = find_atoms(target)
        rest = ~torch.isin(target, atoms)
        self.options.update(atoms=len(atoms), rest=bool(rest.any()))
        with building(settings.seed):
            self._build(atoms, bool(rest.any()))
        self.to(settings.device)
        return rest

    def _joined(self, reports: Sequence[FitReport], rest: Tensor, weights: Tensor | None) -> FitReport:
        """One report for choice and flow. The flow's score is weighted by the share of its rows."""
        share = rest.float().mean() if weights is None else (weights * rest.to(weights)).mean()
        shares = [1.0] * (self.choice is not None) + [float(share)] * (self.flow is not None)
        scores = [report.score for report in reports]
        joined = (part * score for part, score in zip(shares, scores, strict=True) if score is not None)
        return FitReport(
            None if None in scores else sum(joined),
            epochs=sum(report.epochs for report in reports),
            rows=len(rest),
            seconds=sum(report.seconds for report in reports),
        )

    def _chosen(self, target: Tensor) -> Tensor:
        """The number of the atom that each value is, or one past the last for the rest."""
        equal = target.unsqueeze(-1) == self.values
        return torch.where(equal.any(-1), equal.int().argmax(-1), len(self.values))

    def _flow(self) -> SplineGenerator:
        assert self.flow is not None
        return self.flow

    def _build(self, atoms: Tensor, rest: bool) -> None:
        hidden, bins = self.options["hidden"], self.options["bins"]
        self.values = atoms.float()
        self.flow = SplineGenerator(self.target, self.given, hidden, bins) if rest or not len(atoms) else None
        self.choice: SoftmaxGenerator | None = None
        if len(atoms):
            states = Finite(tuple(range(len(atoms) + (self.flow is not None))))
            self.choice = SoftmaxGenerator(states, self.given, hidden)


def _of_rest(weights: Tensor | None, rest: Tensor) -> Tensor | None:
    """The weights of the rows of the continuous part, with mean 1."""
    return None if weights is None else mean_one(weights[rest.to(weights.device)])


def _uniform(normal: Tensor) -> Tensor:
    """Uniform numbers from standard normal ones."""
    return 0.5 * (1 + torch.erf(normal / math.sqrt(2)))


def find_atoms(column: Tensor) -> Tensor:
    """The values of a column ``(rows,)`` that have a positive probability, sorted.

    All values are atoms if there are at most 20 and they occur five times on average. Otherwise, an atom is a
    value that fills at least 1 % of the rows, at least five rows, and five times as many rows as the median value.
    Thus zero is an atom among incomes, and 40 among working hours, but none of the ages 18 to 90 is.

    >>> find_atoms(torch.tensor([0.0, 0.0, 0.0, 0.0, 0.0, 0.3, 0.7, 1.2] + [2 + 0.1 * i for i in range(20)]))
    tensor([0.])
    """
    values: Tensor
    values, counts = torch.unique(column, return_counts=True)
    if len(values) == 1 or (len(values) <= FEW_VALUES and len(column) >= LEAST_ROWS * len(values)):
        return values
    least = max(LEAST_ROWS, LEAST_SHARE * len(column), STANDS_OUT * float(counts.median()))
    return values[counts >= least]
