"""How rows were sampled: how much each counts, as survey weights say, and which were sampled together.

A generator receives its rows' weights as one float tensor ``(rows,)`` with mean 1 over the rows that train it, or None,
which costs nothing and changes no number. Rows of weight 0 train nothing and are left out before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...compiler.model.data import OBSERVED, DataSet
from ...grammar.diagnostics.diagnostic import DofxError
from ..variables import Labels, as_column, fault
from .dataset import Dataset
from .opened import Opened
from .reading import match_columns, open_table

OF_WEIGHTS = ("give a row that is not to count the weight 0",)
OF_CLUSTERS = ("give a row that was sampled by itself a cluster of its own",)


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the rows of a data set were sampled, for reports.

    Args:
        name: The data set.
        rows: The number of its rows that have a weight.
        weights: The column of their weights; None where all count alike.
        effective_rows: How many rows of equal weight they are worth.
        cluster: The column of their clusters; None where each was sampled by itself.
        clusters: The number of clusters.

    References:
        Kish (1965), "Survey sampling", section 11.7, for the effective number of rows.

    >>> print(Sampling("P", 1_000, "w", 812.3, "household", 412))
    1,000 rows weighted by w, worth 812 rows of equal weight; 412 clusters of household
    """

    name: str
    rows: int
    weights: str | None
    effective_rows: float
    cluster: str | None
    clusters: int

    @classmethod
    def of(cls, rows: Dataset, data: DataSet) -> Sampling | None:
        """How some rows were sampled; None where each was sampled by itself and counts as one."""
        if data.by_row:
            return None
        rows = counted(rows)
        effective, clusters = float(rows.rows), rows.rows
        if rows.weights is not None:
            effective = float(rows.weights.sum() ** 2 / rows.weights.square().sum())
        if rows.clusters is not None:
            clusters = len(torch.unique(rows.clusters))
        return cls(data.name, rows.rows, data.weights, effective, data.cluster, clusters)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        weights = (
            {} if self.weights is None else {"weights": self.weights, "effective_rows": self.effective_rows}
        )
        clusters = {} if self.cluster is None else {"cluster": self.cluster, "clusters": self.clusters}
        return {"data": self.name, "rows": self.rows, **weights, **clusters}

    def __str__(self) -> str:
        parts = [f"{self.rows:,} rows"]
        if self.weights is not None:
            parts[0] += f" weighted by {self.weights}, worth {self.effective_rows:,.0f} rows of equal weight"
        if self.cluster is not None:
            parts.append(f"{self.clusters:,} clusters of {self.cluster}")
        return "; ".join(parts)


def mean_one(weights: Tensor) -> Tensor:
    """Weights in units of their mean.

    >>> mean_one(torch.tensor([1.0, 3.0]))
    tensor([0.5000, 1.5000])
    """
    return weights / weights.mean()


def counted(rows: Dataset) -> Dataset:
    """The rows that have a weight."""
    if rows.weights is None or bool((rows.weights > 0).all()):
        return rows
    return rows.take(rows.weights > 0)


def observational(data: Iterable[DataSet]) -> DataSet:
    """The observational data set among those declared, with the columns of its weights and clusters."""
    return next((each for each in data if each == OBSERVED), OBSERVED)


def sampled(rows: Dataset, source: Any, data: DataSet) -> Dataset:
    """Rows with their weights and clusters, where their data set declares columns for these.

    Args:
        rows: What `read_data` read.
        source: What it read them from.
        data: The data set.

    Raises:
        DofxError: E0504 for a column that does not exist, E0405 for a missing value in it, E0510 for weights that are
            not numbers from 0 up or are all 0, E0507 for columns of another length.

    >>> from .dataset import read_data
    >>> frame = {"x": [0, 1, 1], "w": [1.5, 0.5, 1.0], "household": ["a", "b", "a"]}
    >>> rows = sampled(read_data(frame, ["x"]), frame, DataSet(weights="w", cluster="household"))
    >>> rows.weights, rows.clusters
    (tensor([1.0000, 0.3333, 0.6667], dtype=torch.float64), tensor([0, 1, 0]))
    """
    if data.by_row:
        return rows
    table = source if isinstance(source, Opened) else open_table(source)
    said = {
        column: word for word, column in (("weights", data.weights), ("clusters", data.cluster)) if column
    }
    try:
        matched = match_columns(table, list(said))
    except DofxError as error:
        note = f"the data set `{data.name}` declares columns for {' and '.join(said.values())} of its rows"
        raise DofxError([replace(each, notes=(*each.notes, note)) for each in error.diagnostics]) from None
    raw = table.read(list(dict.fromkeys(matched.values())))
    weights = clusters = None
    if data.weights is not None:
        weights = _weights(raw[matched[data.weights]], f"column `{matched[data.weights]}`")
    if data.cluster is not None:
        clusters = _clusters(raw[matched[data.cluster]], f"column `{matched[data.cluster]}`")
    for word, tensor in (("weights", weights), ("clusters", clusters)):
        if tensor is not None and len(tensor) != rows.rows:
            note = f"there are {rows.rows:,} rows and {len(tensor):,} {word}"
            raise fault("E0507", "columns have unequal numbers of rows", notes=(note,))
    return replace(rows, weights=weights, clusters=clusters)


def _weights(values: Any, what: str) -> Tensor:
    """Weights in units of the largest: only their ratios mean anything, and then no sum of them overflows."""
    column = as_column(values, what, OF_WEIGHTS)
    if isinstance(column, Labels) or column.ndim != 1:
        raise _no_weights(f"{what} holds no numbers", "a weight is a number from 0 up for each row")
    weights = column.astype(np.float64)
    below = np.flatnonzero(weights < 0)
    if len(below):
        row = int(below[0])
        raise _no_weights(f"{what} holds the negative weight {weights[row]:g}", f"it is in row {row}")
    if not weights.any():
        raise _no_weights(f"all weights in {what} are 0", "no row would count")
    return torch.from_numpy(weights / weights.max())


def _no_weights(title: str, note: str) -> DofxError:
    return fault(
        "E0510", title, (note,), ("weights say how much each row counts, such as the persons it stands for",)
    )


def _clusters(values: Any, what: str) -> Tensor:
    column = as_column(values, what, OF_CLUSTERS)
    if isinstance(column, Labels):
        return torch.from_numpy(np.asarray(column.codes, np.int64))
    if column.ndim != 1:
        raise fault(
            "E0406", f"{what} holds several numbers a row", ("it says which rows were sampled together",)
        )
    return torch.from_numpy(np.unique(column, return_inverse=True)[1].astype(np.int64))
