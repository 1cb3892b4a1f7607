"""The atoms family: a real number that takes some exact values often, as incomes are often zero."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from ...grammar.arguments import public
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
    """First which: one of the atoms, or the continuous rest. Then, for the rest, a spline flow.

    Fitting finds the atoms (`find_atoms`). Without any, this is the spline flow; a column of a few values is
    all atoms. Samples hit an atom exactly. Of the two normal numbers of noise the first, through the normal
    distribution function, chooses, and the second is the flow's.

    Args:
        target: The type ``real``.
        given: Types of the conditions.
        atoms: How many atoms there are.
        rest: Whether there is a continuous rest.
        hidden: Widths of the hidden layers of both networks.
        bins: Bins of the flow's splines.
    """

    family = "atoms"
    may_be_nothing = frozenset({"atoms"})
    layout = 3
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
        """Values between the atoms and the rest, weighted by the soft choice among them."""
        if self.choice is None:
            return self.forward(noise, *given)
        chosen = self.choice.relaxed(relaxation, _uniform(noise[:, 0]), *given)
        drawn = chosen[..., : len(self.values)] @ self.values
        return drawn if self.flow is None else drawn + chosen[..., -1] * self.flow(noise[:, 1], *given)

    @property
    def gradient_stop(self) -> str | None:
        """The choice among the atoms, where there are any."""
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

    def fit(self, target: Tensor, given: Sequence[Tensor], settings: FitSettings) -> FitReport:
        """Finds the atoms, then trains the choice on all rows and the flow on the rest."""
        plan = self.training_plan(target, given, settings) if team().size == 1 else None
        if plan is not None:
            return plan.train()
        rest = self._start(target, settings)
        reports: list[FitReport] = []
        if self.choice is not None:
            reports.append(self.choice.fit(self._chosen(target.to(settings.device)), given, settings))
        if self.flow is not None:
            reports.append(self.flow.fit(target[rest], [values[rest] for values in given], settings))
        return self._joined(reports, rest)

    def training_plan(
        self,
        target: Tensor,
        given: Sequence[Tensor],
        settings: FitSettings,
        held_out: Tensor | None = None,
    ) -> Plan | None:
        """The plans of the choice and of the flow, as one; None where either trains alone."""
        rest = self._start(target, settings)
        plans: list[Plan | None] = []
        if self.choice is not None:
            chosen = self._chosen(target.to(settings.device))
            plans.append(self.choice.training_plan(chosen, given, settings, held_out))
        if self.flow is not None:
            of_rest = None if held_out is None else held_out[rest]
            given_rest = [values[rest] for values in given]
            plans.append(self.flow.training_plan(target[rest], given_rest, settings, of_rest))
        parts = [plan for plan in plans if plan is not None]
        if len(parts) < len(plans):
            return None
        members = tuple(member for plan in parts for member in plan.members)
        return Plan(members, lambda reports: self._joined(reports, rest))

    def _start(self, target: Tensor, settings: FitSettings) -> Tensor:
        """Fresh networks for the atoms that the rows have, and which rows are none, bool ``(rows,)``."""
        atoms = find_atoms(target)
        rest = ~torch.isin(target, atoms)
        self.options.update(atoms=len(atoms), rest=bool(rest.any()))
        with building(settings.seed):
            self._build(atoms, bool(rest.any()))
        self.to(settings.device)
        return rest

    def _joined(self, reports: Sequence[FitReport], rest: Tensor) -> FitReport:
        """What choice and flow reached, as one. The flow's score counts for the share of its rows."""
        shares = [1.0] * (self.choice is not None) + [float(rest.float().mean())] * (self.flow is not None)
        scores = [report.score for report in reports]
        joined = (share * score for share, score in zip(shares, scores, strict=True) if score is not None)
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


def _uniform(normal: Tensor) -> Tensor:
    """Uniform numbers from standard normal ones."""
    return 0.5 * (1 + torch.erf(normal / math.sqrt(2)))


def find_atoms(column: Tensor) -> Tensor:
    """The values of a column ``(rows,)`` that carry probability of their own, sorted.

    These are all values, if there are at most 20 and they recur five times on average. Else they are the
    values that fill at least 1 % of the rows, at least five rows, and five times as many as the median value:
    so zero among incomes is an atom, and 40 among working hours, but none of the ages 18 to 90.

    >>> find_atoms(torch.tensor([0.0, 0.0, 0.0, 0.0, 0.0, 0.3, 0.7, 1.2] + [2 + 0.1 * i for i in range(20)]))
    tensor([0.])
    """
    values: Tensor
    values, counts = torch.unique(column, return_counts=True)
    if len(values) == 1 or (len(values) <= FEW_VALUES and len(column) >= LEAST_ROWS * len(values)):
        return values
    least = max(LEAST_ROWS, LEAST_SHARE * len(column), STANDS_OUT * float(counts.median()))
    return values[counts >= least]
