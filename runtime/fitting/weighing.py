"""The weights of rows with holes: how much each complete row counts, so that complete rows represent all rows.

A weight is made of chances that are learnt from rows too: that a row shows a column, given what that depends on, or
that it has a pattern of holes rather than none. Each is learnt by a generator of the family that would draw such a
variable, on the rows that show what it reads, with the weights that it needs itself. The recursion ends at rows that
all count alike.

References:
    Bhattacharya, Nabi, Shpitser, Robins (2019), "Identification in missing data models represented by directed
    acyclic graphs", for the chances. Chen (2007), "A semiparametric odds ratio model for measuring association", for
    the odds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TypeAlias, assert_never

import torch
from torch import Tensor

from ...compiler.graph.holes import Indicators
from ...compiler.model.rows import Inverse, Odds, Rows, Weight
from ..data.dataset import Dataset
from ..data.design import Design, effective_rows
from ..families import Family, default_generator
from ..families.capabilities import density_of
from ..sampling.noise import derive_seed
from ..training.building import building
from ..training.settings import FitSettings
from ..variables import Finite, VariableType
from .errors import never_hidden_alone, no_row_for_chance, rows_worth_little, weighed_by_density

LEAST_ROWS = 50
"""The least number of rows that weighted rows may be worth."""

SHOWN = Finite((False, True))
"""Whether something is shown."""

Pattern: TypeAlias = tuple[str, ...]
"""A pattern of holes: the indicators of the columns that it hides."""


@dataclass(slots=True)
class Weigher:
    """The weights of the rows of a data set.

    Args:
        dataset: The rows, columns with holes among them.
        holes: The indicators, each with its columns.
        settings: How the chances are learnt.
        learnt: What draws the node of each inverse chance, and what draws whether a row has a pattern of holes.
        applied: Whether the chances were learnt from other rows, so that none is learnt here.
    """

    dataset: Dataset
    holes: Indicators
    settings: FitSettings
    learnt: dict[tuple[Weight, Pattern], Family] = field(default_factory=dict[tuple[Weight, Pattern], Family])
    applied: bool = False
    _known: dict[Weight, Tensor] = field(default_factory=dict[Weight, Tensor])
    _ratios: dict[Odds, dict[Pattern, Tensor]] = field(default_factory=dict[Odds, dict[Pattern, Tensor]])

    def at(self, dataset: Dataset) -> Weigher:
        """The weights of other rows by the chances that were learnt from these rows so far."""
        return Weigher(dataset, self.holes, self.settings, self.learnt, applied=True)

    def __call__(self, rows: Rows) -> Design:
        """The design of the rows with their own weights times the given weights; a weight that is not known is nan.

        Raises:
            DofxError: E0223 for the density of a variable that is not finite, E0517 where no row shows what a chance
                is learnt from, E0518 where columns are only missing together.
        """
        design = self.dataset.design
        for weight in rows.weights:
            design = design.weighed(self.weight(weight))
        return design

    def weight(self, weight: Weight) -> Tensor:
        """One weight of each row, float64 ``(rows,)``; nan where it is not known."""
        if weight not in self._known:
            match weight:
                case Inverse():
                    self._known[weight] = self._inverse(weight)
                case Odds():
                    self._known[weight] = self._odds(weight)
                case _:
                    assert_never(weight)
        return self._known[weight]

    # ── chances ──────────────────────────────────────────────────────────────────────────────────────────

    def _inverse(self, weight: Inverse) -> Tensor:
        """``1 / P(node | given)`` at each row that shows what it reads."""
        node, evaluated = weight.node, self.shown(self.own_and_read(weight))
        module = self._chance(weight)
        if module is None:
            return torch.ones(self.dataset.rows, dtype=torch.float64)
        values = self.column(node)
        asked = torch.ones_like(values) if node in self.holes else values
        found = torch.full((self.dataset.rows,), torch.nan, dtype=torch.float64)
        columns = [self.column(name)[evaluated] for name in weight.given]
        found[evaluated] = torch.exp(-self._log_prob(module, asked[evaluated], columns))
        return found

    def chances(self, weight: Inverse) -> Tensor | None:
        """The chance of each state of the node, ``(rows, states)``, 0 where a row does not show what it depends on.

        None where every row shows the indicator's columns, so that nothing was learnt.
        """
        module = self._chance(weight)
        if module is None:
            return None
        read = [name for name in weight.given if name not in self.holes]
        here, type = self.shown(read), self.type_of(weight.node)
        assert isinstance(type, Finite)
        columns = [self.column(name)[here] for name in weight.given]
        found = torch.zeros(self.dataset.rows, type.cardinality, dtype=torch.float64)
        for state in range(type.cardinality):
            every = torch.full((int(here.sum()),), state, dtype=torch.int64)
            found[here, state] = self._log_prob(module, every, columns).exp()
        return found

    def _chance(self, weight: Inverse) -> Family | None:
        """What draws the node of an inverse chance; None for an indicator whose columns every row shows."""
        rows, node, type = weight.among, weight.node, self.type_of(weight.node)
        if not isinstance(type, Finite):
            raise weighed_by_density(node, str(type))
        if self.applied:
            return self.learnt.get((weight, ()))
        values = self.column(node)
        if node in self.holes and bool(values.all()):
            return None
        if (weight, ()) not in self.learnt:
            chosen = self.shown((*rows.shows, *self.own_and_read(weight)))
            self.learnt[weight, ()] = self._learn(
                f"{node} | {', '.join(weight.given)}",
                (type, [self.type_of(name) for name in weight.given]),
                values[chosen],
                [self.column(name)[chosen] for name in weight.given],
                self(rows).take(chosen),
            )
        return self.learnt[weight, ()]

    def own_and_read(self, weight: Inverse) -> list[str]:
        """The columns whose values an inverse chance is computed from."""
        return [name for name in (weight.node, *weight.given) if name not in self.holes]

    def _odds(self, odds: Odds) -> Tensor:
        """The weight of each row that shows all columns, by the recursion over the patterns of holes."""
        complete = self.shown(odds.columns)
        found = torch.full((self.dataset.rows,), torch.nan, dtype=torch.float64)
        total = torch.ones(int(complete.sum()), dtype=torch.float64)
        ratios = self.ratios(odds)
        for pattern, ratio in ratios.items():
            total = total + ratio * _product([ratios[part] for part in parts_of(pattern)], total)
        found[complete] = total
        return found

    def ratios(self, odds: Odds) -> dict[Pattern, Tensor]:
        """The odds of each pattern of holes against lower patterns at complete rows, ``(complete rows,)``."""
        if odds not in self._ratios:
            self._ratios[odds] = self._ratios_of(odds)
        return self._ratios[odds]

    def _ratios_of(self, odds: Odds) -> dict[Pattern, Tensor]:
        complete = self.shown(odds.columns)
        base = self.dataset.design.weights
        ratios: dict[Pattern, Tensor] = {}
        one = torch.ones(int(complete.sum()), dtype=torch.int64)
        for size in range(1, len(odds.indicators) + 1):
            for pattern in combinations(odds.indicators, size):
                member, read, hidden = self.members(odds, pattern)
                if (odds, pattern) not in self.learnt:
                    if self.applied or not bool(member.any()):
                        continue
                    parts = parts_of(pattern)
                    if lost := next((part for part in parts if part not in ratios), None):
                        raise never_hidden_alone(hidden, self._hidden_by(odds, lost)[0])
                    lower = _product([ratios[part] for part in parts], one.double())
                    own = torch.ones(int(member.sum()), dtype=torch.float64)
                    if base is not None:
                        own, lower = base[member], lower * base[complete]
                    columns = [self.column(name) for name in read]
                    self.learnt[odds, pattern] = self._learn(
                        f"{', '.join(hidden)} hidden | {', '.join(read)}",
                        (SHOWN, [self.type_of(name) for name in read]),
                        torch.cat([torch.ones(len(own)), torch.zeros(len(lower))]).long(),
                        [torch.cat([column[member], column[complete]]) for column in columns],
                        Design(torch.cat([own, lower])),
                    )
                module = self.learnt[odds, pattern]
                at = [self.column(name)[complete] for name in read]
                log_odds = self._log_prob(module, one, at) - self._log_prob(module, 1 - one, at)
                ratios[pattern] = log_odds.exp()
        return ratios

    def members(self, odds: Odds, pattern: Pattern) -> tuple[Tensor, tuple[str, ...], list[str]]:
        """Which rows have a pattern of holes, what its odds depend on, and the columns that it hides."""
        hidden = self._hidden_by(odds, pattern)
        shown = [name for name in odds.columns if name not in hidden]
        member = self.shown(shown)
        for name in hidden:
            member &= ~self.shown([name])
        return member, (*shown, *odds.beside), hidden

    def _hidden_by(self, odds: Odds, pattern: Pattern) -> list[str]:
        return [name for each in pattern for name in self.holes.listed(each) if name in odds.columns]

    # ── generators ───────────────────────────────────────────────────────────────────────────────────────

    def _learn(
        self,
        name: str,
        types: tuple[VariableType, Sequence[VariableType]],
        target: Tensor,
        given: Sequence[Tensor],
        design: Design,
    ) -> Family:
        """A generator of a finite variable, trained on rows that count by their weights."""
        seed = derive_seed(self.settings.seed, "weigh", name)
        mine = replace(self.settings, seed=seed, epochs=None, checkpoint=None, sheets=None, progress=None)
        if (kept := design.counting) is not None:
            target, given, design = target[kept], [column[kept] for column in given], design.take(kept)
        if not len(target):
            raise no_row_for_chance(name)
        with building(seed):
            module = default_generator(types[0], types[1], len(target))
        module.fit(target, given, mine, design.relative)
        return module.eval().cpu()

    @staticmethod
    def _log_prob(module: Family, target: Tensor, given: Sequence[Tensor]) -> Tensor:
        dense = density_of(module)
        assert dense is not None, "generators of finite variables have probabilities"
        with torch.inference_mode():
            return dense.log_prob(target, *given).double().clone()

    # ── columns ──────────────────────────────────────────────────────────────────────────────────────────

    def shown(self, names: Sequence[str]) -> Tensor:
        """Which rows show some columns, bool ``(rows,)``, a new tensor."""
        shown = self.dataset.shown(names)
        return torch.ones(self.dataset.rows, dtype=torch.bool) if shown is None else shown.clone()

    def column(self, name: str) -> Tensor:
        """The values of a column or of an indicator. Where a row has a hole, the value is arbitrary."""
        if name in self.holes:
            return self.shown(self.holes.listed(name)[:1]).long()
        partial: Mapping[str, object] = self.dataset.partial
        return self.dataset.partial[name].values if name in partial else self.dataset[name]

    def type_of(self, name: str) -> VariableType:
        """The type of a column or of an indicator."""
        return SHOWN if name in self.holes else self.dataset.types[name]


def parts_of(pattern: Pattern) -> list[Pattern]:
    """The patterns that hide some of what a pattern hides, and not all.

    >>> parts_of(("a", "b"))
    [('a',), ('b',)]
    """
    return [part for fewer in range(1, len(pattern)) for part in combinations(pattern, fewer)]


def _product(factors: Sequence[Tensor], like: Tensor) -> Tensor:
    """The product of some numbers for each row; 1 where there are none."""
    found = torch.ones_like(like)
    for factor in factors:
        found = found * factor
    return found


def refuse_few(weights: Tensor, what: str) -> None:
    """Refuse weighted rows that are worth too few: a few of them would decide the answer.

    Args:
        weights: Of the rows that train a generator, ``(rows,)``.
        what: What the generator draws.

    Raises:
        DofxError: E0518.

    References:
        Kish (1965), "Survey Sampling": the effective number of rows.
    """
    worth = effective_rows(weights)
    if worth < LEAST_ROWS:
        raise rows_worth_little(len(weights), what, worth, float(weights.max() / weights.sum()))
