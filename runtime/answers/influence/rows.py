"""Distinct rows at which influence functions are asked, of one data set or of several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....compiler.estimand.contraction import Array
from ...data.collection import Collection
from ...data.dataset import Dataset
from ...inference.influence import Influence
from ...inference.sample import Sample, Samples
from ...streaming.sources import is_streamed
from ...variables import Finite
from ..rows import rows_given, rows_of

if TYPE_CHECKING:
    from ...program import CompiledProgram


@dataclass(frozen=True, slots=True)
class Rows:
    """Distinct rows of a data set.

    Args:
        states: The state number of each variable, ``(distinct rows,)``; -1 where a row has a hole.
        place: Which of them each row that has a weight is, ``(rows,)``.
        sample: The rows as far as variances need them.
        counting: Which rows have a weight, bool ``(all rows,)``; None where all of them do.
    """

    states: Mapping[str, NDArray[np.int64]]
    place: NDArray[np.int64]
    sample: Sample
    counting: NDArray[np.bool_] | None = None

    @classmethod
    def of(cls, dataset: Dataset) -> Rows:
        """The finite variables at the rows of a data set that have a weight."""
        counting = dataset.design.counting
        dataset = dataset.counted
        names = [name for name in dataset.names if isinstance(dataset.types.get(name), Finite)]
        columns = [_states(dataset, name) for name in names]
        least = [int(column.min(initial=0)) for column in columns]
        sizes = [int(column.max(initial=0)) + 1 - low for column, low in zip(columns, least, strict=True)]
        if prod(sizes) < 1 << 62:
            from_zero = [column - low for column, low in zip(columns, least, strict=True)]
            flat = np.ravel_multi_index(from_zero, sizes) if columns else np.zeros(dataset.rows, np.int64)
        else:
            flat = np.unique(np.stack(columns), axis=1, return_inverse=True)[1].reshape(-1)
        _, first, place, times = np.unique(flat, return_index=True, return_inverse=True, return_counts=True)
        states = {name: column[first] for name, column in zip(names, columns, strict=True)}
        place, design = place.reshape(-1), dataset.design
        if (counts := design.counts) is not None:
            times = np.bincount(place, counts.numpy(), len(times))
        sample = Sample(times.astype(np.float64), place, dataset.design)
        return cls(states, place, sample, None if counting is None else counting.numpy())

    @classmethod
    def unread(cls, rows: int) -> Rows:
        """Some rows of which nothing is read: they are all alike."""
        place = np.zeros(rows, np.int64)
        return cls({}, place, Sample(np.array([float(rows)]), place))

    @property
    def count(self) -> int:
        """The number of distinct rows."""
        return len(self.sample.times)

    def of_all(self, values: Array | None) -> Array:
        """A value for each row, ``(all rows,)``, from one for each that has a weight: 0 for the others.

        Args:
            values: ``(rows,)``; None where no row moves anything.
        """
        if values is None:
            values = np.zeros(len(self.place))
        if self.counting is None:
            return values
        found = np.zeros(len(self.counting))
        found[self.counting] = values
        return found


@dataclass(frozen=True, slots=True)
class RowsOfAll:
    """The distinct rows of each data set; numbers for all of them stand one data set after the other.

    Args:
        parts: The rows of each data set, by its name.
        dataset: Where some are of a stream, the same rows, of the stream its distinct ones with how many there are.
    """

    parts: Mapping[str, Rows]
    dataset: Dataset | Collection | None = None

    @classmethod
    def read(cls, program: CompiledProgram, data: Any, *, weighed: bool = True) -> RowsOfAll:
        """The rows of what a program reads.

        Args:
            program: Fitted.
            data: The rows, or those of each data set.
            weighed: Whether to read the weights and clusters that the program declares.
        """
        found = rows_of(program, data, weighed=weighed, distinct=weighed)
        parts = {name: Rows.of(part) for name, part in found.parts.items()}
        if is_streamed(data):
            return cls(parts, found if program.several else next(iter(found.parts.values())))
        if not any(part.names for part in found.parts.values()):
            return cls(dict.fromkeys(parts, Rows.unread(rows_given(program, data))))
        return cls(parts)

    @property
    def count(self) -> int:
        """The number of distinct rows of all data sets."""
        return sum(part.count for part in self.parts.values())

    @property
    def sample(self) -> Samples:
        """The rows as far as variances need them."""
        return Samples(tuple(part.sample for part in self.parts.values()))

    def at(self, influence: Influence) -> Array:
        """The values of influence functions at all rows, ``(numbers, distinct rows)``."""
        found = [influence.at(name, part.states, part.count) for name, part in self.parts.items()]
        return np.concatenate(found, axis=1)

    def by_row(self, values: Array) -> dict[str, Array]:
        """A value for each row that has a weight of each data set, ``(rows,)``, from one for each distinct row."""
        ends = np.cumsum([part.count for part in self.parts.values()])[:-1]
        pairs = zip(self.parts.items(), np.split(values, ends), strict=True)
        return {name: each[part.place] for (name, part), each in pairs}

    def of_all(self, values: Mapping[str, Array]) -> dict[str, Array]:
        """A value for each row of each data set that is read; `values` has only rows with a weight."""
        return {name: part.of_all(values.get(name)) for name, part in self.parts.items()}

    def row_of(self, distinct: int) -> str:
        """The first row that is one of the distinct ones, in words."""
        for name, part in self.parts.items():
            if distinct < part.count:
                row = int((part.place == distinct).argmax())
                return f"row {row}" if len(self.parts) == 1 else f"row {row} of {name}"
            distinct -= part.count
        raise IndexError(distinct)


def _states(dataset: Dataset, name: str) -> NDArray[np.int64]:
    """The states of a column, -1 where a row has a hole."""
    if name not in dataset.partial:
        return dataset[name].cpu().numpy().astype(np.int64)
    column = dataset.partial[name]
    return np.where(column.shown.cpu().numpy(), column.values.cpu().numpy(), -1).astype(np.int64)
