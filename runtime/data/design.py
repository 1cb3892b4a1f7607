"""The design of a sample: one value that says how its rows count, from where they are read to an answer's interval.

A row counts as much as its weight says. It was sampled by itself, or together with the other rows of its cluster. It
trains generators, or it is held out to judge what the others train. A `Dataset` has a design, which goes along wherever
rows are taken, and whatever resamples rows, divides them or adds up how they move a number asks the design how. So
another way to sample rows is a field here, and a column that `row_weights.py` reads into it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...compiler.estimand.contraction import Array

Pick = Callable[[int], Tensor]
"""Picks as many of some units as there are, with replacement: their numbers, int64 ``(units,)``."""


@dataclass(frozen=True, eq=False)
class Design:
    """How the rows of a sample count. Each field has a value per row, or is None where it says nothing.

    It has no slots, because it keeps the numbers of its clusters once they are computed.

    Args:
        weights: How much each row counts, float64 ``(rows,)``, in any unit; None counts all rows alike.
        clusters: The number of each row's cluster, int64 ``(rows,)``; None where each row was sampled by itself.
        held_out: Whether a row judges what the others train, bool ``(rows,)``; None leaves this to each fit.
        copies: How many equal rows of the sample each row stands for, float64 ``(rows,)``; None where each is one.
            Only what adds up rows knows of it, not what trains on them.

    >>> design = Design(torch.tensor([1.0, 0.0, 3.0]), torch.tensor([0, 0, 1]))
    >>> design.take(torch.tensor([0, 2])).relative
    tensor([0.5000, 1.5000])
    >>> design.units(3), ALIKE.units(3)
    (2, 3)
    """

    weights: Tensor | None = None
    clusters: Tensor | None = None
    held_out: Tensor | None = None
    copies: Tensor | None = None

    @property
    def alike(self) -> bool:
        """Whether each row was sampled by itself and counts as one."""
        return self.weights is None and self.clusters is None

    @property
    def together(self) -> bool:
        """Whether rows were sampled together, in clusters."""
        return self.clusters is not None

    # ── which rows ───────────────────────────────────────────────────────────────────────────────────────

    def take(self, index: Tensor) -> Self:
        """The design of some of the rows.

        Args:
            index: Their numbers, int64, or which they are, bool ``(rows,)``.
        """
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        found = {name: value[index] for name, value in known.items() if value is not None}
        return replace(self, **found) if found else self

    @property
    def counting(self) -> Tensor | None:
        """Which rows have a weight above 0, bool ``(rows,)``; None where all of them do."""
        if self.weights is None:
            return None
        counting = self.weights > 0
        return None if bool(counting.all()) else counting

    @staticmethod
    def joined(parts: Iterable[tuple[Design, int]]) -> Design:
        """The design of several samples, one after the other: each counts by the number of its rows.

        Args:
            parts: The design of each sample, and the number of its rows.
        """
        parts = tuple(parts)
        weights = clusters = held_out = copies = None
        judging = [design.held_out for design, _ in parts if design.held_out is not None]
        if len(judging) == len(parts):
            held_out = torch.cat(judging)
        elif all(design.alike and design.copies is None for design, _ in parts):
            return ALIKE
        if any(design.copies is not None for design, _ in parts):
            single = (torch.ones(rows, dtype=torch.float64) for _, rows in parts)
            known = (design.copies for design, _ in parts)
            copies = torch.cat([one if own is None else own for own, one in zip(known, single, strict=True)])
        if any(design.weights is not None for design, _ in parts):
            one = (torch.ones(rows, dtype=torch.float64) for _, rows in parts)
            each = (design.relative for design, _ in parts)
            weights = torch.cat(
                [alike if mine is None else mine for mine, alike in zip(each, one, strict=True)]
            )
        if any(design.clusters is not None for design, _ in parts):
            units, found = 0, list[Tensor]()
            for design, rows in parts:
                found.append(units + design.place(rows))
                units += design.units(rows)
            clusters = torch.cat(found)
        return Design(weights, clusters, held_out, copies)

    # ── how much each counts ─────────────────────────────────────────────────────────────────────────────

    def weighed(self, by: Tensor) -> Self:
        """The same rows, each of which counts by a further weight as well, ``(rows,)``."""
        return replace(self, weights=by if self.weights is None else self.weights * by)

    @property
    def relative(self) -> Tensor | None:
        """The weights in units of their mean, ``(rows,)``; None counts all rows alike."""
        if self.weights is None or self.copies is None:
            return None if self.weights is None else mean_one(self.weights)
        return self.weights * (self.copies.sum() / (self.copies @ self.weights))

    @property
    def counts(self) -> Tensor | None:
        """What each row counts for, in rows of the sample, ``(rows,)``; None where each counts as one."""
        if self.copies is None or self.weights is None:
            return self.relative if self.copies is None else self.copies
        relative = self.relative
        assert relative is not None
        return self.copies * relative

    def sampled(self, rows: int) -> int:
        """The number of rows of the sample, given how many rows there are here."""
        return rows if self.copies is None else int(self.copies.sum())

    def worth(self, rows: int) -> float:
        """How many rows of equal weight the rows are worth, given their number."""
        return float(rows) if self.weights is None else effective_rows(self.weights)

    def drawn(self, rows: int, count: int, source: torch.Generator) -> Tensor:
        """The numbers of some rows, drawn with replacement and in proportion to their weights, int64 ``(count,)``.

        Where no row has a weight, all are drawn alike.
        """
        if self.weights is None or not bool((self.weights > 0).any()):
            return torch.randint(rows, (count,), generator=source)
        return torch.multinomial(self.weights, count, replacement=True, generator=source)

    @property
    def content(self) -> tuple[Any, ...]:
        """What a generator that is trained on the rows depends on besides their values, as bytes."""
        return () if self.weights is None else (b"weights\0", self.weights.cpu().contiguous().numpy().data)

    # ── which belong together ────────────────────────────────────────────────────────────────────────────

    @cached_property
    def _numbered(self) -> tuple[int, Tensor]:
        """The number of clusters, and which of them each row is in, from 0 on."""
        assert self.clusters is not None
        known, place = torch.unique(self.clusters, return_inverse=True)
        return len(known), place

    def units(self, rows: int) -> int:
        """The number of what was sampled independently: of clusters, or of rows, whose number is given."""
        return rows if self.clusters is None else self._numbered[0]

    def spread(self, values: Tensor) -> Tensor:
        """The value of each row, ``(rows,)``, from one for each unit, ``(units,)``."""
        return values if self.clusters is None else values[self._numbered[1]]

    def place(self, rows: int) -> Tensor:
        """The number of each row's unit, int64 ``(rows,)``."""
        return self.spread(torch.arange(self.units(rows)))

    def resampled(self, rows: int, pick: Pick) -> Tensor:
        """The numbers of resampled rows: as many units as there are, each with all of its rows.

        Args:
            rows: The number of rows.
            pick: Picks the units.

        References:
            Efron (1979), "Bootstrap methods: another look at the jackknife".
        """
        if self.clusters is None:
            return pick(rows)
        units = self.units(rows)
        return torch.repeat_interleave(torch.arange(rows), self.spread(pick(units).bincount(minlength=units)))

    def times(self, rows: int, replicates: int, source: np.random.Generator) -> NDArray[np.int64]:
        """How often each row is drawn in each of several resamplings, ``(replicates, rows)``."""
        units = self.units(rows)
        drawn = source.multinomial(units, np.full(units, 1 / units), replicates)
        return drawn if self.clusters is None else drawn[:, self._numbered[1].numpy()]

    def covariance(self, a: Array, b: Array, rows: float) -> float:
        """The covariance of two numbers, from how each row moves them: by its weight, and together with its cluster.

        Args:
            a: How far each row moves the first number, times the number of rows, ``(rows,)``; the mean is 0.
            b: The same for the second.
            rows: The number of rows, or the sum of their relative weights.

        References:
            Liang, Zeger (1986), "Longitudinal data analysis using generalized linear models", for clusters.
        """
        left, right = self._by_unit(a), self._by_unit(b)
        found = float(left @ right) if self.copies is None else float((left * right) @ self.copies.numpy())
        found /= rows**2
        units = self.units(len(a))
        return found if self.clusters is None else found * units / (units - 1)

    def _by_unit(self, moved: Array) -> Array:
        """How far each unit moves a number, ``(units,)``."""
        weights = self.relative
        moved = moved if weights is None else moved * weights.numpy()
        if self.clusters is None:
            return moved
        return np.asarray(np.bincount(self._numbered[1].numpy(), moved), np.float64)


ALIKE = Design()
"""Each row was sampled by itself and counts as one."""


def mean_one(weights: Tensor) -> Tensor:
    """Weights in units of their mean.

    >>> mean_one(torch.tensor([1.0, 3.0]))
    tensor([0.5000, 1.5000])
    """
    return weights / weights.mean()


def effective_rows(weights: Tensor) -> float:
    """How many rows that count alike would be worth as much as some weighted ones.

    References:
        Kish (1965), "Survey sampling", section 11.7.

    >>> effective_rows(torch.tensor([1.0, 1.0, 0.0, 0.0]))
    2.0
    """
    return float(weights.sum() ** 2 / weights.square().sum())
