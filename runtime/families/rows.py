"""The rows family: values of real rows, picked at random. Nothing is trained."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any, Self, cast

import torch
from torch import Tensor, nn

from ...grammar.edge.arguments import public
from ..neural.soft_states import one_hot
from ..training.settings import FitReport, FitSettings
from ..variables import Finite, VariableType, default_dtype, event_shape
from .base import Configured, Family
from .errors import conditions_of_many_states
from .protocol import Noise
from .relaxation import Relaxation
from .table import TableGenerator, bisect

MOST_ROWS = 1 << 20
"""More rows than this are thinned: float32 noise picks this many rows evenly, and a bundle stays small."""

_MOST_CELLS = 1 << 16


@public()
class RowsGenerator(Family):
    """The values of real rows, picked at random: the default for variables that no intervention can affect.

    Nothing is learned, so a value that does not occur in the data is never drawn. Weighted rows are picked in
    proportion to their weights, to the resolution of the noise, 2^-24. Generators that were fitted on the same rows
    pick the values of one row from equal noise: see `JointRows`.

    Args:
        target: Any type.
        given: Types of the conditions that a row must have, then of the finite variables before it in its row. A
            finite variable also gets its conditional table, for exact answers.
        rows: Number of rows that are kept.
        most: Largest number of rows that are kept.
        weighted: Whether rows are picked in proportion to weights; fitting decides.
        conditions: How many of `given` are conditions, each finite. Rows are picked among those that have them, and
            among all rows if none has.

    References:
        Efron (1979), "Bootstrap methods: another look at the jackknife".

    >>> from ..variables import Real
    >>> ages = RowsGenerator(Real(), [])
    >>> report = ages.fit(torch.tensor([31.0, 47.0, 65.0]), [], FitSettings())
    >>> ages(torch.tensor([0.0, 0.5, 0.99]))
    tensor([31., 47., 65.])
    """

    family = "rows"
    may_be_nothing = frozenset({"conditions"})
    rows: Tensor

    def __init__(
        self,
        target: VariableType,
        given: Sequence[VariableType],
        rows: int = 1,
        most: int = MOST_ROWS,
        weighted: bool = False,
        conditions: int = 0,
    ) -> None:
        more: dict[str, Any] = {"weighted": True} if weighted else {}
        more |= {"conditions": conditions} if conditions else {}
        super().__init__(target, (), rows=rows, most=most, **more)
        self.given = tuple(given)  # which row is picked depends on the conditions alone
        self.noise = Noise((), "uniform")
        self.most = most
        cells = [type.cardinality for type in given[:conditions] if isinstance(type, Finite)]
        if len(cells) < conditions or prod(cells) > _MOST_CELLS:
            raise conditions_of_many_states(_MOST_CELLS)
        self.cells = tuple(cells)
        self.first: Tensor | None
        self.register_buffer("first", torch.zeros(prod(cells) + 1, dtype=torch.int64) if cells else None)
        self.register_buffer("rows", torch.zeros(rows, *event_shape(target), dtype=_stored(target)))
        self.cdf: Tensor | None
        self.register_buffer("cdf", _cdf(torch.ones(rows)) if weighted else None)
        states = [type.cardinality for type in (*given, target) if isinstance(type, Finite)]
        tabular = len(states) == len(given) + 1 and prod(states) <= _MOST_CELLS
        self.table = TableGenerator(target, given) if tabular else None

    @classmethod
    def refuses(cls, target: VariableType, given: Sequence[VariableType]) -> str | None:
        """Why the family cannot draw `target` given `given`, or None if it can."""
        return "rows are picked at random, whatever the conditions" if given else None

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """Values ``(rows, *event)`` of the rows that uniform noise ``(rows,)`` picks, of those with the conditions."""
        count = len(self.rows)
        if self.first is not None:
            index = self._picked(self.first, noise.double(), given)
        elif self.cdf is None:
            index = (noise.double() * count).long().clamp(0, count - 1)
        else:
            index = bisect(noise.double(), self.cdf, None).clamp(max=count - 1)
        picked = self.rows[index]
        return picked.long() if isinstance(self.target, Finite) else picked

    def relaxed(self, relaxation: Relaxation, noise: Tensor, *given: Tensor) -> Tensor:
        """As `forward`, but states are one-hot ``(rows, states)``; they are hard, because there is no gradient here."""
        drawn = self.forward(noise, *given)
        return one_hot(drawn, self.target.cardinality) if isinstance(self.target, Finite) else drawn

    def _picked(self, place: Tensor, noise: Tensor, given: Sequence[Tensor]) -> Tensor:
        """Which of the rows with the conditions each noise picks, or of all rows where none has them."""
        cell = self._cell([_state(value) for value in given[: len(self.cells)]])
        first, after = place[cell], place[cell + 1]
        none = first == after
        first, after = first.masked_fill(none, 0), after.masked_fill(none, len(self.rows))
        if self.cdf is None:
            index = first + (noise * (after - first)).long()
        else:
            share = nn.functional.pad(self.cdf[0], (1, 0))
            low, high = share[first], share[after].clamp(max=1.0)
            index = bisect(low + noise * (high - low), self.cdf, None)
        return torch.minimum(torch.maximum(index, first), after - 1)

    def _cell(self, states: Sequence[Tensor]) -> Tensor:
        """A number for each row's combination of conditions, ``(rows,)``."""
        cell = torch.zeros_like(states[0])
        for state, size in zip(states, self.cells, strict=True):
            cell = cell * size + state
        return cell

    def as_table(self) -> TableGenerator | None:
        """The conditional distribution of a finite variable after finite ones; None for any other."""
        return self.table

    def counted(self) -> tuple[TableGenerator | None, ...]:
        """The table of a finite variable."""
        return (self.table,)

    def by_variable(self) -> tuple[RowsGenerator, ...]:
        """The generator itself."""
        return (self,)

    def keep(
        self,
        targets: Sequence[Tensor],
        given: Sequence[Tensor],
        settings: FitSettings,
        weights: Tensor | None = None,
    ) -> FitReport:
        """As `fit`, for the only target of a sequence."""
        (target,) = targets
        return self.fit(target, given, settings, weights)

    def fit(
        self,
        target: Tensor,
        given: Sequence[Tensor],
        settings: FitSettings,
        weights: Tensor | None = None,
    ) -> FitReport:
        """Keeps the rows, and their weights."""
        started = time.perf_counter()
        device = torch.device(settings.device)
        kept, kept_weights = target, weights
        order = self._kept(given, len(target))
        if order is not None:
            kept = target[order.to(target.device)]
            kept_weights = None if weights is None else weights[order.to(weights.device)]
        self.rows = kept.to(device, _stored(self.target)).clone()
        self.cdf = None if kept_weights is None else _cdf(kept_weights).to(device)
        self.first = None if self.first is None else self.first.to(device)
        self.options["rows"] = len(kept)
        self.options.pop("weighted", None)
        if weights is not None:
            self.options["weighted"] = True
        score = None if self.table is None else self.table.fit(target, given, settings, weights).score
        return FitReport(score, epochs=0, rows=len(target), seconds=time.perf_counter() - started)

    def _kept(self, given: Sequence[Tensor], count: int) -> Tensor | None:
        """The rows that are kept, those with equal conditions together; None keeps all, as they stand."""
        order = None
        if count > self.most:
            order = torch.randperm(count, generator=torch.Generator().manual_seed(0))[: self.most]
        if self.first is not None:
            cell = self._cell([value.cpu().long() for value in given[: len(self.cells)]])
            cell = cell if order is None else cell[order]
            sorted_ = cell.argsort(stable=True)
            order = sorted_ if order is None else order[sorted_]
            counts = torch.bincount(cell, minlength=len(self.first) - 1)
            self.first = nn.functional.pad(counts.cumsum(0), (1, 0))
        return order


class JointRows(Configured):
    """The values of one real row, picked at random: several variables that belong together.

    Args:
        columns: A generator for each variable, in the order drawn; `joint_rows` makes them.

    >>> from ..variables import Real
    >>> both = joint_rows([Real(), Real()])
    >>> report = both.keep([torch.tensor([1.0, 2.0]), torch.tensor([10.0, 20.0])], [], FitSettings())
    >>> [value.tolist() for value in both(torch.tensor([0.0, 0.9]))]
    [[1.0, 2.0], [10.0, 20.0]]
    """

    family = RowsGenerator.family
    unexportable: str | None = None

    def __init__(self, columns: Sequence[RowsGenerator]) -> None:
        super().__init__()
        self.columns = nn.ModuleList(columns)
        self.noise = Noise((), "uniform")

    def config(self) -> dict[str, Any]:
        """The JSON values from which `from_config` rebuilds the module."""
        return {"columns": [column.config() for column in self.by_variable()]}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """The unfitted module that `config` describes."""
        return cls([RowsGenerator.from_config(column) for column in config["columns"]])

    def by_variable(self) -> tuple[RowsGenerator, ...]:
        """The generator of each variable."""
        return tuple(cast("Iterable[RowsGenerator]", self.columns))

    def forward(self, noise: Tensor, *given: Tensor) -> tuple[Tensor, ...]:
        """A value ``(rows, *event)`` of each variable, in the rows that uniform noise ``(rows,)`` picks."""
        return tuple(column(noise, *given) for column in self.by_variable())

    def relaxed(self, relaxation: Relaxation, noise: Tensor, *given: Tensor) -> tuple[Tensor, ...]:
        """As `forward`, but states are one-hot ``(rows, states)``."""
        return tuple(column.relaxed(relaxation, noise, *given) for column in self.by_variable())

    def counted(self) -> tuple[TableGenerator | None, ...]:
        """The table of each finite variable, given the conditions and the finite variables before it."""
        return tuple(column.table for column in self.by_variable())

    def keep(
        self,
        targets: Sequence[Tensor],
        given: Sequence[Tensor],
        settings: FitSettings,
        weights: Tensor | None = None,
    ) -> FitReport:
        """Keeps the rows of each variable, and the tables of the finite ones."""
        started = time.perf_counter()
        finite = list(given)
        scores = []
        for column, target in zip(self.by_variable(), targets, strict=True):
            scores.append(column.fit(target, finite, settings, weights).score)
            if isinstance(column.target, Finite):
                finite.append(target)
        known = [score for score in scores if score is not None]
        score = sum(known) if len(known) == len(scores) else None
        seconds = time.perf_counter() - started
        return FitReport(score, epochs=0, rows=len(targets[0]), seconds=seconds)


def joint_rows(
    targets: Sequence[VariableType], given: Sequence[VariableType] = (), most: int = MOST_ROWS
) -> JointRows:
    """An unfitted generator of the rows of several variables.

    Args:
        targets: Their types, in the order in which they are drawn.
        given: The types of the conditions that a row must have, all finite.
        most: Largest number of rows that are kept.
    """
    finite = list(given)
    columns = []
    for target in targets:
        columns.append(RowsGenerator(target, finite, most=most, conditions=len(given)))
        finite += [target] if isinstance(target, Finite) else []
    return JointRows(columns)


def _cdf(weights: Tensor) -> Tensor:
    """Cumulative shares of all rows but the last, for `bisect`: float64 ``(1, 2^k - 1)`` with a tail of 2."""
    shares = weights.double().cumsum(0)
    width = 1 << (len(shares) - 1).bit_length()
    cdf = (shares / shares[-1])[:-1]
    return nn.functional.pad(cdf, (0, max(1, width - len(shares))), value=2.0).unsqueeze(0)


def _state(value: Tensor) -> Tensor:
    """State numbers, also of soft states."""
    return value.argmax(-1) if value.is_floating_point() else value.long()


def _stored(type: VariableType) -> torch.dtype:
    """The narrowest dtype that holds the states of a finite variable; the dtype of encoded values for other types."""
    if not isinstance(type, Finite):
        return default_dtype(type)
    return next(d for d in (torch.uint8, torch.int16, torch.int32) if type.cardinality <= torch.iinfo(d).max)
