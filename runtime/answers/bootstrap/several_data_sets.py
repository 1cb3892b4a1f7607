"""Resampled rows of several data sets, each resampled by itself, many replicates at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from ....compiler.estimand.contraction import Array
from ....compiler.network.ir import Fit, SamplingNetwork
from ...data.collection import Collection
from ...data.dataset import Dataset
from ...data.design import Design
from ...inference.weighed import Weighed
from .resampled import Drawing, Rows


@dataclass(frozen=True, slots=True)
class Pooled:
    """Resampled rows of data sets that train a generator together.

    Args:
        parts: The rows of each; a data set counts by the number of its rows.
    """

    parts: tuple[Rows, ...]

    def counts(self, names: Sequence[str]) -> Array:
        """See `Rows.counts`."""
        return np.asarray(sum(part.counts(names) for part in self.parts))

    def numbers(self, names: Sequence[str]) -> Array | None:
        """See `Rows.numbers`."""
        if all(part.weights is None for part in self.parts):
            return None
        return np.asarray(sum(replace(part, weights=None).counts(names) for part in self.parts))


@dataclass(frozen=True, slots=True)
class RowsOfEach:
    """Resampled rows of several data sets.

    Args:
        parts: The rows of each data set, by its name.
        collection: The real rows.
    """

    parts: Mapping[str, Rows]
    collection: Collection

    def __len__(self) -> int:
        return len(next(iter(self.parts.values())))

    def of(self, number: int) -> Collection:
        """The rows of one replicate, each as often as it was drawn."""
        parts = {name: _each(part, number) for name, part in self.parts.items()}
        return replace(self.collection, parts=parts)

    def training(self, network: SamplingNetwork, fit: Fit) -> Rows | Pooled:
        """The rows that train a generator."""
        assert fit.data is not None
        names = self.collection.pools.get(fit, (fit.data.name,))
        if len(names) == 1:
            return self.parts[names[0]].training(network, fit)
        return Pooled(tuple(self.parts[name] for name in names))

    def inputs(self, network: SamplingNetwork, fit: Fit) -> Callable[[Sequence[str]], Array]:
        """The frequencies that the inputs of an interim generator's stage have while it is simulated.

        Where no data set has all of its variables, each is shuffled by itself, as `Collection.of` does.
        """
        homes = self.collection.homes(network, fit)
        if len(set(homes.values())) == 1:
            return self.parts[next(iter(homes.values()))].inputs(network, fit)

        def apart(names: Sequence[str]) -> Array:
            found = np.ones(len(self))
            for name in names:
                shown = self.parts[homes[name]].frequencies([name])
                found = found[..., None] * shown.reshape(len(self), *[1] * (found.ndim - 1), -1)
            return found

        return apart


@dataclass(frozen=True, slots=True)
class DrawingOfEach:
    """How replicates are drawn from the rows of several data sets.

    Args:
        parts: How they are drawn from each, by its name.
        collection: The real rows.
    """

    parts: Mapping[str, Drawing]
    collection: Collection

    @property
    def numbers(self) -> int:
        """How many numbers a replicate takes while it is drawn."""
        return sum(part.numbers for part in self.parts.values())

    def rows(self, source: np.random.Generator, replicates: int) -> RowsOfEach:
        """The rows of some replicates."""
        sources = source.spawn(len(self.parts))
        drawn = {
            name: part.rows(own, replicates)
            for (name, part), own in zip(self.parts.items(), sources, strict=True)
        }
        return RowsOfEach(drawn, self.collection)


def drawing_of(
    rows: Dataset | Collection, names: Sequence[str], weighed: Mapping[Fit, Weighed]
) -> Drawing | DrawingOfEach:
    """How replicates are drawn from the rows of some columns.

    Args:
        rows: The real rows, or those of each data set.
        names: The columns.
        weighed: The rows of each generator that chances weigh.
    """
    if isinstance(rows, Dataset):
        return Drawing.of(rows.counted, [name for name in names if name in rows.names], weighed)
    shown = {name: [each for each in names if each in part.names] for name, part in rows.parts.items()}
    parts = {
        name: Drawing.of(part.counted, shown[name], weighed)
        for name, part in rows.parts.items()
        if shown[name]
    }
    return DrawingOfEach(parts, rows)


def _each(rows: Rows, number: int) -> Dataset:
    """The rows of one replicate, each as often as it was drawn, with its share of the weight of those equal to it."""
    times = torch.from_numpy(rows.times[number])
    index = torch.repeat_interleave(torch.arange(len(times)), times)
    if rows.weights is None:
        return rows.distinct.take(index)
    share = torch.from_numpy(rows.weights[number]) / times.clamp(min=1)
    return replace(rows.distinct, design=Design(share)).take(index)
