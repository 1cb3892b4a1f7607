"""Looking up the cells of a folded table: by a guide table for many rows, by bisection for few."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .folding import JointTable

BITS = 32
"""Number of random bits per row."""

FEW = 2_048
"""Up to this many rows are looked up by bisection, because making a guide table takes longer."""

_GUIDE_CELLS = 1 << 22


@dataclass(frozen=True)
class CellLookup:
    """Finds each row's cell in a joint table. All runners of a folded sampler share one lookup and its guide table.

    Args:
        module: The table.

    References:
        Chen, Asau (1974): On generating random variates from an empirical distribution (the guide table).
    """

    module: JointTable

    def guided(self, rows: int) -> bool:
        """Whether a guide table pays for this number of rows."""
        return rows > FEW or "guide" in self.__dict__

    def halved(self, noise: np.ndarray, setting: np.ndarray) -> np.ndarray:
        """The cells of some rows, int64 ``(rows,)``.

        Args:
            noise: All 32 bits of each row, int64 ``(rows,)``.
            setting: The number of each row's combination of inputs, ``(rows,)`` or ``()``.
        """
        place = np.searchsorted(self.ends, noise + (setting << BITS), side="right")
        return np.asarray(place - setting * self.module.cells)

    def of_one(self, high: int, setting: int, low: Callable[[np.ndarray], np.ndarray]) -> int:
        """The cell of one row.

        Args:
            high: The first 16 bits of the row.
            setting: The number of the combination of inputs.
            low: As for `fill`.
        """
        noise = (high << 16) + (setting << BITS)
        place = bisect_right(self.ends, noise)
        if self.ends[place] <= noise + 0xFFFF:
            place = bisect_right(self.ends, noise + int(low(np.zeros(1, np.int64))[0]))
        return place - setting * self.module.cells

    def at_one_setting(
        self, high: np.ndarray, setting: int, low: Callable[[np.ndarray], np.ndarray]
    ) -> np.ndarray:
        """The cells of few rows at one setting of the inputs, ``(rows,)``.

        Args:
            high: As for `fill`.
            setting: The number of the combination of inputs.
            low: As for `fill`.
        """
        if "guide" in self.__dict__:
            cells = np.empty(len(high), self.dtype)
            self.fill(cells, high, np.array(setting), low)
            return cells
        noise = (high.astype(np.int64) << 16) + (setting << BITS)
        places = self.ends.searchsorted(noise, "right")
        undecided = (
            self.ends.take(places) <= noise + 0xFFFF
        )  # its cell ends among what the other bits distinguish
        if undecided.any():
            (open,) = undecided.nonzero()
            places[open] = self.ends.searchsorted(noise[open] + low(open), "right")
        return np.asarray(places - setting * self.module.cells)

    def fill(
        self,
        cells: np.ndarray,
        high: np.ndarray,
        setting: np.ndarray,
        low: Callable[[np.ndarray], np.ndarray],
    ) -> None:
        """Fill in the cells of some rows by the guide table.

        Args:
            cells: The array to fill, ``(rows,)``.
            high: The first 16 bits of each row, ``(rows,)``.
            setting: As for `halved`.
            low: A function that makes the other 16 bits of some of the rows, if the first 16 do not determine the cell.
        """
        guide, shift = self.guide
        bucket = high if not shift else high >> shift
        if setting.ndim:
            guide.reshape(-1).take(bucket + (setting << (16 - shift)), out=cells, mode="clip")
        else:
            guide[int(setting)].take(bucket, out=cells, mode="clip")
        open = np.flatnonzero(cells == self.module.cells)
        if len(open):
            noise = (high[open].astype(np.int64) << 16) | low(open)
            cells[open] = self.halved(noise, setting[open] if setting.ndim else setting)

    @property
    def dtype(self) -> np.dtype:
        """The dtype of cells."""
        return narrowest(self.module.cells + 1)

    @cached_property
    def ends(self) -> np.ndarray:
        """The end of each cell, int64 ``(settings * cells,)``; each setting has a range of 2³²."""
        return self.module.ends.cpu().numpy()

    @cached_property
    def states(self) -> list[np.ndarray]:
        """For each outcome, its state in each cell."""
        columns = np.unravel_index(np.arange(self.module.cells), self.module.states)
        return [column.astype(narrowest(max(self.module.states))) for column in columns]

    @cached_property
    def guide(self) -> tuple[np.ndarray, int]:
        """The cell by setting and first bits, ``(settings, 2^(16 - shift))``; `cells` if these do not determine it."""
        settings, cells = self.module.settings, self.module.cells
        shift = 0
        while shift < 8 and settings << (16 - shift) > _GUIDE_CELLS:
            shift += 1
        width = 1 << (16 + shift)
        firsts = np.arange(settings << (16 - shift), dtype=np.int64) * width
        low, high = (np.searchsorted(self.ends, at, side="right") for at in (firsts, firsts + (width - 1)))
        offsets = np.repeat(np.arange(settings) * cells, 1 << (16 - shift))
        guide = np.where(low == high, low - offsets, cells).astype(self.dtype)
        return guide.reshape(settings, -1), shift


def narrowest(numbers: int) -> np.dtype:
    """The narrowest dtype for this number of whole numbers from 0."""
    return np.dtype(np.uint8 if numbers <= 256 else np.uint16 if numbers <= 65_536 else np.int32)
