"""The rows family: values as they stand in real rows, one of which is picked at random. Nothing is trained."""

from __future__ import annotations

import time
from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor

from ..neural.soft import one_hot
from ..training.settings import FitReport, FitSettings
from ..variables import Finite, VariableType, default_dtype, event_shape
from .base import Family
from .protocol import Noise
from .relaxation import Relaxation
from .table import TableGenerator

MOST_ROWS = 1 << 20
"""More rows than that are thinned: a float32 tells so many apart evenly, and a bundle stays small."""

_MOST_CELLS = 1 << 16


class RowsGenerator(Family):
    """Bootstrap draws: ``rows[floor(noise * number of rows)]``, so a value that never occurred is never drawn.

    Draws of one row share their noise and so pick the same row; they are handed no conditions. Generators of
    equally many rows, fitted on the same data, keep the same of them in the same order.

    Args:
        target: Any type.
        given: Types of what is before it in its row. A finite variable after finite ones also gets its
            conditional table, for exact answers.
        rows: How many rows are kept.
        most: How many at most.

    References:
        Efron (1979), "Bootstrap methods: another look at the jackknife".

    >>> from ..variables import Real
    >>> ages = RowsGenerator(Real(), [])
    >>> report = ages.fit(torch.tensor([31.0, 47.0, 65.0]), [], FitSettings())
    >>> ages(torch.tensor([0.0, 0.5, 0.99]))
    tensor([31., 47., 65.])
    """

    family = "rows"
    takes_row = True
    """Whether draws of one row are to share their noise: `emit` asks."""

    rows: Tensor

    def __init__(
        self, target: VariableType, given: Sequence[VariableType], rows: int = 1, most: int = MOST_ROWS
    ) -> None:
        super().__init__(target, given, rows=rows, most=most)
        self.noise = Noise((), "uniform")
        self.most = most
        self.register_buffer("rows", torch.zeros(rows, *event_shape(target), dtype=_stored(target)))
        states = [type.cardinality for type in (*given, target) if isinstance(type, Finite)]
        tabular = len(states) == len(given) + 1 and prod(states) <= _MOST_CELLS
        self.table = TableGenerator(target, given) if tabular else None

    @classmethod
    def refuses(cls, target: VariableType, given: Sequence[VariableType]) -> str | None:
        """Why the family cannot draw `target` given `given`, or None if it can."""
        return "rows are picked at random, whatever the conditions" if given else None

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """Values ``(rows, *event)`` of the rows that uniform noise ``(rows,)`` picks."""
        count = len(self.rows)
        index = (noise.double() * count).long().clamp(0, count - 1)
        picked = self.rows[index]
        return picked.long() if isinstance(self.target, Finite) else picked

    def relaxed(self, relaxation: Relaxation, noise: Tensor, *given: Tensor) -> Tensor:
        """As `forward`; states as one-hot rows ``(rows, states)``, hard because no gradient leads here."""
        drawn = self.forward(noise)
        return one_hot(drawn, self.target.cardinality) if isinstance(self.target, Finite) else drawn

    def as_table(self) -> TableGenerator | None:
        """The conditional distribution of a finite variable after finite ones; None for any other."""
        return self.table

    def fit(self, target: Tensor, given: Sequence[Tensor], settings: FitSettings) -> FitReport:
        """Keeps the rows."""
        started = time.perf_counter()
        device = torch.device(settings.device)
        kept = target
        if len(target) > self.most:
            shuffled = torch.randperm(len(target), generator=torch.Generator().manual_seed(0))
            kept = target[shuffled[: self.most].to(target.device)]
        self.rows = kept.to(device, _stored(self.target)).clone()
        self.options["rows"] = len(kept)
        score = None if self.table is None else self.table.fit(target, given, settings).score
        return FitReport(score, epochs=0, rows=len(target), seconds=time.perf_counter() - started)


def _stored(type: VariableType) -> torch.dtype:
    """The narrowest dtype that holds the states of a finite variable; that of encoded values for any other."""
    if not isinstance(type, Finite):
        return default_dtype(type)
    return next(d for d in (torch.uint8, torch.int16, torch.int32) if type.cardinality <= torch.iinfo(d).max)
