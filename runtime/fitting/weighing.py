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
from itertools import chain, combinations
from typing import assert_never

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


@dataclass(slots=True)
class Weigher:
    """The weights of the rows of a data set.

    Args:
        dataset: The rows, columns with holes among them.
        holes: The indicators, each with its columns.
        settings: How the chances are learnt.
    """

    dataset: Dataset
    holes: Indicators
    settings: FitSettings
    _known: dict[Weight, Tensor] = field(default_factory=dict[Weight, Tensor])

    def __call__(self, rows: Rows) -> Design:
        """The design of the rows with their own weights times the given weights; a weight that is not known is nan.

        Raises:
            DofxError: E0223 for the density of a variable that is not finite, E0517 where no row shows what a chance
                is learnt from, E0518 where columns are only missing together.
        """
        design = self.dataset.design
        for weight in rows.weights:
            design = design.weighed(self._of(weight))
        return design

    def _of(self, weight: Weight) -> Tensor:
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
        rows, node = weight.among, weight.node
        indicator = node in self.holes
        read = [name for name in weight.given if name not in self.holes]
        target, type = (self._seen(node), SHOWN) if indicator else (None, self.dataset.types[node])
        if not isinstance(type, Finite):
            raise weighed_by_density(node, str(type))
        if target is not None and bool(target.all()):
            return torch.ones(self.dataset.rows, dtype=torch.float64)
        needed = tuple(dict.fromkeys((*rows.shows, *read, *(() if indicator else (node,)))))
        chosen = self._mask(needed)
        design = self(rows).take(chosen)
        values = self._column(node) if target is None else target.long()
        columns = [self._column(name) for name in weight.given]
        module = self._learnt(
            f"{node} | {', '.join(weight.given)}",
            (type, [self._type(name) for name in weight.given]),
            values[chosen],
            [column[chosen] for column in columns],
            design,
        )
        evaluated = self._mask((*read, *(() if indicator else (node,))))
        asked = torch.ones_like(values) if indicator else values
        found = torch.full((self.dataset.rows,), torch.nan, dtype=torch.float64)
        chance = self._log_prob(module, asked[evaluated], [column[evaluated] for column in columns])
        found[evaluated] = torch.exp(-chance)
        return found

    def _odds(self, odds: Odds) -> Tensor:
        """The weight of each row that shows all columns: 1 for itself, and a product of odds for each pattern of holes.

        A pattern's product is over its parts: the odds of the pattern against lower ones, and those of each part that
        hides less.
        """
        complete = self._mask(odds.columns)
        ratios: dict[tuple[str, ...], Tensor] = {}
        total = torch.ones(int(complete.sum()), dtype=torch.float64)
        sizes = range(1, len(odds.indicators) + 1)
        for pattern in chain.from_iterable(combinations(odds.indicators, size) for size in sizes):
            hidden = [name for each in pattern for name in self._hides(each, odds)]
            member = self._hiding(hidden, odds)
            if not bool(member.any()):
                continue
            parts = [part for fewer in range(1, len(pattern)) for part in combinations(pattern, fewer)]
            if lost := next((part for part in parts if part not in ratios), None):
                raise never_hidden_alone(hidden, self._hides(lost[0], odds)[0])
            lower = torch.ones_like(total)
            for part in parts:
                lower = lower * ratios[part]
            ratios[pattern] = self._odds_of(hidden, odds, member, complete, lower)
            total = total + lower * ratios[pattern]
        found = torch.full((self.dataset.rows,), torch.nan, dtype=torch.float64)
        found[complete] = total
        return found

    def _hides(self, indicator: str, odds: Odds) -> list[str]:
        """The columns of the odds that are holes where an indicator is 0."""
        return [name for name in self.holes.listed(indicator) if name in odds.columns]

    def _hiding(self, hidden: Sequence[str], odds: Odds) -> Tensor:
        """The rows that hide each of some columns of the odds and show the others, bool ``(rows,)``."""
        found = self._mask([name for name in odds.columns if name not in hidden])
        for name in hidden:
            found &= ~self._mask([name])
        return found

    def _odds_of(
        self, hidden: Sequence[str], odds: Odds, member: Tensor, complete: Tensor, lower: Tensor
    ) -> Tensor:
        """The odds, at each complete row, that a row like it hides some columns: learnt as a classifier of two samples.

        Args:
            hidden: The columns.
            odds: What they are part of.
            member: The rows that hide them.
            complete: The rows that hide nothing.
            lower: How much each of the latter counts, by the patterns that hide less.
        """
        read = (*(name for name in odds.columns if name not in hidden), *odds.beside)
        columns = [self._column(name) for name in read]
        count = int(member.sum())
        base = self.dataset.design.weights
        own = torch.ones(count, dtype=torch.float64) if base is None else base[member]
        others = lower if base is None else lower * base[complete]
        module = self._learnt(
            f"{', '.join(hidden)} hidden | {', '.join(read)}",
            (SHOWN, [self._type(name) for name in read]),
            torch.cat([torch.ones(count), torch.zeros(len(lower))]).long(),
            [torch.cat([column[member], column[complete]]) for column in columns],
            Design(torch.cat([own, others])),
        )
        at = [column[complete] for column in columns]
        one = torch.ones(len(lower), dtype=torch.int64)
        return (self._log_prob(module, one, at) - self._log_prob(module, 1 - one, at)).exp()

    # ── generators ───────────────────────────────────────────────────────────────────────────────────────

    def _learnt(
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

    def _mask(self, names: Sequence[str]) -> Tensor:
        """Which rows show some columns, bool ``(rows,)``, a new tensor."""
        shown = self.dataset.shown(names)
        return torch.ones(self.dataset.rows, dtype=torch.bool) if shown is None else shown.clone()

    def _seen(self, indicator: str) -> Tensor:
        """The value of an indicator in each row, bool ``(rows,)``."""
        return self._mask(self.holes.listed(indicator)[:1])

    def _column(self, name: str) -> Tensor:
        """The values of a column or of an indicator. Where a row has a hole, the value is arbitrary."""
        if name in self.holes:
            return self._seen(name).long()
        partial: Mapping[str, object] = self.dataset.partial
        return self.dataset.partial[name].values if name in partial else self.dataset[name]

    def _type(self, name: str) -> VariableType:
        return SHOWN if name in self.holes else self.dataset.types[name]


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
