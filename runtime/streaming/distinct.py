"""The distinct rows of a stream, each with the number of rows that are like it: all that a finite answer needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from ...compiler.model.data import DataSet
from ..data.dataset import Dataset, Partial
from ..data.design import Design
from ..data.streamed.stream import Stream
from ..exact.distribution import NotExactError
from ..variables import Finite, VariableType
from .rows import Rows

MOST_DISTINCT = 1 << 20
"""Most distinct rows that are kept."""

Table = NDArray[np.float64]


def distinct_rows(
    stream: Stream, variables: Sequence[str], types: Mapping[str, VariableType], home: DataSet
) -> Dataset:
    """The distinct rows of the finite variables of a stream, in one pass; its design says how many each stands for.

    Rows of different weights are different. Rows of weight 0 are left out.

    Args:
        stream: The stream.
        variables: The variables.
        types: Their types.
        home: What is declared of the rows.

    Raises:
        NotExactError: Where there are too many distinct rows.
        DofxError: What is wrong with the values.
    """
    names = [name for name in variables if isinstance(types.get(name), Finite)]
    rows = Rows.of(stream, names, {name: types[name] for name in names}, home, 0)
    found, times = np.zeros((0, len(names) + 1)), np.zeros(0)
    for own, counted in rows.each(_Distinct(tuple(names))):
        found, times = _added(np.concatenate([found, own]), np.concatenate([times, counted]))
        if len(found) > MOST_DISTINCT:
            raise NotExactError(f"its stream has more than {MOST_DISTINCT:,} distinct rows")
    whole: dict[str, torch.Tensor] = {}
    partial: dict[str, Partial] = {}
    for name, column in zip(names, found.T, strict=False):
        values, shown = torch.from_numpy(column.astype(np.int64)), torch.from_numpy(column >= 0)
        if bool(shown.all()):
            whole[name] = values
        else:
            partial[name] = Partial(values.clamp(min=0), shown)
    weights = None if rows.weights is None else torch.from_numpy(found[:, -1].copy())
    return Dataset(whole, rows.types, partial, Design(weights, copies=torch.from_numpy(times)))


@dataclass(frozen=True, slots=True)
class _Distinct:
    """The distinct rows of a piece, counted on the machine that has it."""

    names: tuple[str, ...]

    def __call__(self, piece: Dataset, drawn: torch.Tensor) -> tuple[Table, NDArray[np.float64]]:
        return _grouped(_table(piece.counted, self.names))


def _table(piece: Dataset, names: Sequence[str]) -> Table:
    """The state of each variable in each row, -1 for a hole, and its weight, ``(rows, variables + 1)``."""
    columns: list[NDArray[np.float64]] = []
    for name in names:
        if name in piece.partial:
            column = piece.partial[name]
            columns.append(np.where(column.shown.numpy(), column.values.numpy(), -1).astype(np.float64))
        else:
            columns.append(piece[name].numpy().astype(np.float64))
    weights = piece.design.weights
    columns.append(np.ones(piece.rows) if weights is None else weights.numpy())
    return np.stack(columns, 1)


def _grouped(table: Table) -> tuple[Table, NDArray[np.float64]]:
    """The distinct rows of a table, and how many there are of each."""
    return _added(table, np.ones(len(table)))


def _added(table: Table, times: NDArray[np.float64]) -> tuple[Table, NDArray[np.float64]]:
    """The distinct rows of a table, sorted, and the sum of a number over equal rows."""
    order = np.lexsort(table.T)
    table, times = table[order], times[order]
    if not len(table):
        return table, times
    first = np.concatenate([[True], (table[1:] != table[:-1]).any(1)])
    starts = np.flatnonzero(first)
    return table[starts], np.add.reduceat(times, starts)
