"""Resampled rows of finite variables, many replicates at once, drawn as the design of the rows has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod

import numpy as np
import torch
from numpy.typing import NDArray

from ....compiler.estimand.contraction import Array
from ....compiler.network.ir import Fit, SamplingNetwork
from ....compiler.printers.network.text import fit_text
from ...data.dataset import Dataset, Partial, shows_of
from ...data.design import ALIKE, Design
from ...data.errors import no_row_shows
from ...families.counting import joint_counts
from ...fitting.weighing import refuse_few
from ...inference.weighed import Weighed
from ...inference.weighed_rows import entries
from ...variables import cardinality_of


@dataclass(frozen=True, slots=True)
class Rows:
    """Resampled rows of finite variables.

    Args:
        distinct: The distinct rows.
        times: How often each of them was drawn, ``(replicates, distinct rows)``.
        weights: How much the drawn rows count that are equal to it, of the same shape: in units of the mean of a
            replicate's rows. None counts all rows alike.
        weighed: The rows of each generator that chances weigh.
    """

    distinct: Dataset
    times: NDArray[np.int64]
    weights: Array | None = None
    weighed: Mapping[Fit, Weighed] = field(default_factory=dict[Fit, Weighed])

    def __len__(self) -> int:
        return len(self.times)

    def training(self, network: SamplingNetwork, fit: Fit) -> Rows:
        """The rows that train a generator: those that show what it reads, as chances weigh them.

        Raises:
            DofxError: E0517 for a replicate without such rows, E0518 for one of which they are worth too few.
        """
        names, each = shows_of(network, fit), self.weights
        if fit in self.weighed:
            chances = self.by_chances(self.weighed[fit])
            each = (self.times if each is None else each) * chances
        shown = self.distinct.shown(names)
        if shown is None and fit not in self.weighed:
            return self
        here = slice(None) if shown is None else np.flatnonzero(shown.numpy())
        times, each = self.times[:, here], None if each is None else each[:, here]
        if not times.any(axis=1).all():
            raise no_row_shows(names)
        if each is not None:
            each = each * (times.sum(1) / each.sum(1))[:, None]
        if fit in self.weighed and each is not None:
            for drawn, counted in zip(times, each, strict=True):
                refuse_few(torch.from_numpy(np.repeat(counted / np.maximum(drawn, 1), drawn)), fit_text(fit))
        read = fit.variables if fit.interim is None else names
        return Rows(self.distinct.showing(names, read), times, each)

    def by_chances(self, weighed: Weighed) -> Array:
        """How much a row counts by the chances that a replicate's rows teach, ``(replicates, distinct rows)``."""
        cells = weighed.cells
        place = np.ravel_multi_index([entries(self.distinct, name) for name in cells.names], cells.sizes)
        found = np.zeros(self.times.shape)
        for number, each in enumerate(self.times if self.weights is None else self.weights):
            counts = np.bincount(place, each, len(cells.chances))
            mine = replace(weighed, cells=replace(cells, chances=counts / counts.sum()), _known={})
            found[number] = mine.counted[place]
        return found

    def inputs(self, network: SamplingNetwork, fit: Fit) -> Callable[[Sequence[str]], Array]:
        """The frequencies that the inputs of an interim generator's stage have while it is simulated."""
        return self.training(network, fit).frequencies

    def of(self, number: int) -> Dataset:
        """The rows of one replicate; if they are weighted, equal rows stand there once."""
        times = torch.from_numpy(self.times[number])
        if self.weights is None:
            return self.distinct.take(torch.repeat_interleave(torch.arange(len(times)), times))
        whole = replace(self.distinct, design=Design(torch.from_numpy(self.weights[number])))
        return whole.take(times > 0)

    def counts(self, names: Sequence[str]) -> Array:
        """How many rows of each replicate have each combination of states, or their weight: ``(replicates, …)``."""
        return self._counted(names, self.times if self.weights is None else self.weights)

    def numbers(self, names: Sequence[str]) -> Array | None:
        """How many rows they are; None if they are not weighted."""
        return None if self.weights is None else self._counted(names, self.times)

    def frequencies(self, names: Sequence[str]) -> Array:
        """The share of each replicate's rows that have each combination of states, ``(replicates, *states)``."""
        counts = self.counts(names)
        return np.asarray(counts / self.times.sum(1).reshape(-1, *[1] * (counts.ndim - 1)))

    def _counted(self, names: Sequence[str], each: Array | NDArray[np.int64]) -> Array:
        replicates, shape = len(self.times), [cardinality_of(self.distinct.types[name]) for name in names]
        columns = [self.distinct[name].numpy() for name in names]
        flat = np.ravel_multi_index(columns, shape) + prod(shape) * np.arange(replicates)[:, None]
        counted = np.bincount(flat.ravel(), each.ravel(), replicates * prod(shape))
        return np.asarray(counted, np.float64).reshape(replicates, *shape)


@dataclass(frozen=True, slots=True)
class Drawing:
    """How replicates are drawn from rows.

    Args:
        distinct: The distinct rows.
        counts: How often each occurs.
        place: Which of them each row is, ``(rows,)``; None if only the counts matter.
        design: How the rows count.
        weighed: The rows of each generator that chances weigh.
    """

    distinct: Dataset
    counts: NDArray[np.int64]
    place: NDArray[np.int64] | None = None
    design: Design = ALIKE
    weighed: Mapping[Fit, Weighed] = field(default_factory=dict[Fit, Weighed])

    @classmethod
    def of(
        cls, dataset: Dataset, names: Sequence[str], weighed: Mapping[Fit, Weighed] | None = None
    ) -> Drawing:
        """The drawing of rows of some columns."""
        if dataset.design.alike:
            return cls(*_distinct(dataset, names), weighed=weighed or {})
        stacked = np.stack([entries(dataset, name) for name in names])
        columns, place, counts = np.unique(stacked, axis=1, return_inverse=True, return_counts=True)
        distinct = _of_columns(dataset, names, columns)
        return cls(distinct, counts, place.reshape(-1), dataset.design, weighed or {})

    @property
    def numbers(self) -> int:
        """How many numbers a replicate takes while it is drawn."""
        return len(self.counts if self.place is None else self.place)

    def rows(self, source: np.random.Generator, replicates: int) -> Rows:
        """The rows of some replicates."""
        if self.place is None:
            rows = int(self.counts.sum())
            times = source.multinomial(rows, self.counts / rows, replicates)
            return Rows(self.distinct, times, None, self.weighed)
        each = self.design.times(len(self.place), replicates, source)
        times = self._by_value(each).astype(np.int64)
        if self.design.weights is None:
            return Rows(self.distinct, times, None, self.weighed)
        weights = self._by_value(each * self.design.weights.numpy())
        weights *= (times.sum(1) / weights.sum(1))[:, None]
        return Rows(self.distinct, times, weights, self.weighed)

    def _by_value(self, each: Array | NDArray[np.int64]) -> Array:
        """Sums over the rows that are equal, ``(replicates, distinct rows)``."""
        assert self.place is not None
        sums = [np.bincount(self.place, row, len(self.counts)) for row in each]
        return np.asarray(np.stack(sums), np.float64)


def _distinct(dataset: Dataset, names: Sequence[str]) -> tuple[Dataset, NDArray[np.int64]]:
    """The distinct rows of some columns, and how often each occurs."""
    shape = [cardinality_of(dataset.types[name]) for name in names]
    if prod(shape) <= 4 * dataset.rows and dataset.partial.keys().isdisjoint(names):
        every = joint_counts([dataset[name].cpu() for name in names], shape).numpy()
        shown = every.nonzero()[0]
        columns, counts = np.stack(np.unravel_index(shown, shape)), every[shown]
    else:
        stacked = np.stack([entries(dataset, name) for name in names])
        columns, counts = np.unique(stacked, axis=1, return_counts=True)
    return _of_columns(dataset, names, columns), counts


def _of_columns(dataset: Dataset, names: Sequence[str], columns: NDArray[np.int64]) -> Dataset:
    """Rows of some columns, whose entries are states; one more than the last state is a hole."""
    tensors = dict(zip(names, torch.from_numpy(np.ascontiguousarray(columns)), strict=True))
    types = {name: dataset.types[name] for name in names}
    partial = {}
    for name in [name for name in names if name in dataset.partial]:
        states, most = tensors.pop(name), cardinality_of(types[name]) - 1
        partial[name] = Partial(states.clamp(max=most), states <= most)
    return Dataset(tensors, types, partial)
