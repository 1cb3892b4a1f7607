"""A generator that picks a real row whose conditions have the same states: exact, where these are finite and few."""

from __future__ import annotations

import time
from collections.abc import Sequence
from math import prod

import torch
from torch import Tensor, nn

from dofx.generators import Finite, FitReport, FitSettings, Noise, VariableType


class SameState(nn.Module):
    """It draws what was seen, as often as it was seen, so it misses only what the rows themselves miss.

    It makes nothing new, and is no answer where conditions are many.

    Args:
        target: Type of what is drawn; any.
        given: Types of the conditions; all finite.
    """

    family = "rows of the same state"
    rows: Tensor
    starts: Tensor

    def __init__(self, target: VariableType, given: Sequence[VariableType]) -> None:
        super().__init__()
        self.states = [type.cardinality for type in given if isinstance(type, Finite)]
        assert len(self.states) == len(given), "conditions must be finite"
        self.noise = Noise((), "uniform")
        self.register_buffer("rows", torch.zeros(1))
        self.register_buffer("starts", torch.zeros(prod(self.states) + 1, dtype=torch.int64))

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """Rows ``(rows, *event)`` that uniform noise ``(rows,)`` picks among those of each state."""
        cell = self._cell(noise, given)
        first, count = self.starts[cell], self.starts[cell + 1] - self.starts[cell]
        picked = (noise * count).long().clamp(max=count - 1)
        return self.rows[first + picked]

    def fit(self, target: Tensor, given: Sequence[Tensor], settings: FitSettings) -> FitReport:
        """Sorts the rows by their states."""
        started = time.perf_counter()
        cell = self._cell(target, given)
        self.rows = target[cell.argsort(stable=True)]
        counts = torch.bincount(cell, minlength=prod(self.states))
        self.starts = torch.cat([counts.new_zeros(1), counts.cumsum(0)])
        return FitReport(None, epochs=0, rows=len(target), seconds=time.perf_counter() - started)

    def _cell(self, like: Tensor, given: Sequence[Tensor]) -> Tensor:
        """The number of each row's combination of states, ``(rows,)``."""
        found = torch.zeros(len(like), dtype=torch.int64)
        for states, values in zip(self.states, given, strict=True):
            found = found * states + values
        return found
