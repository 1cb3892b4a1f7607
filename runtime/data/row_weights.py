"""Rows with their design: how much each counts, as survey weights say, and which were sampled together.

A data set names columns of its rows that say so, each by a word; `SAID` has what reads the column of each word into
the `Design`, and what writes it back. A generator receives its rows' weights as one float tensor ``(rows,)`` with
mean 1 over the rows that train it, or None, which costs nothing and changes no number. Rows of weight 0 train nothing
and are left out before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...compiler.model.data import OBSERVED, DataSet
from ...grammar.diagnostics.diagnostic import noted
from ..variables import Labels, VariableType, as_column
from .dataset import Dataset, read_data
from .design import Design
from .errors import (
    all_weights_zero,
    clusters_of_several_numbers,
    negative_weight,
    other_number_of,
    weights_not_numbers,
)
from .opened import Opened
from .reading import match_columns, open_table
from .shaped.shape import shaped

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
        rows = rows.counted
        effective, units = rows.design.worth(rows.rows), rows.design.units(rows.rows)
        return cls(data.name, rows.rows, data.weights, effective, data.cluster, units)

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


def observational(data: Iterable[DataSet]) -> DataSet:
    """The observational data set among those declared, with the columns of its weights and clusters."""
    return next((each for each in data if each == OBSERVED), OBSERVED)


def read_rows(
    source: Any,
    variables: Sequence[str],
    data: DataSet,
    types: Mapping[str, VariableType] | None = None,
    *,
    learned: bool = False,
    holes: bool = True,
) -> Dataset:
    """The rows of a data set: its variables, encoded, and the design that it declares.

    Args:
        source: As for `read_data`, or a list of such sources, which are files of the same people.
        variables: As for `read_data`.
        data: What is declared of the rows: their codes of holes, and the columns of their design.
        types: As for `read_data`.
        learned: As for `read_data`.
        holes: As for `read_data`.

    Raises:
        DofxError: What `read_data` and `sampled` find.

    >>> rows = read_rows({"x": [0, 1, 1], "w": [1.5, 0.5, 1.0]}, ["x"], DataSet(weights="w"))
    >>> rows["x"], rows.design.weights
    (tensor([0, 1, 1]), tensor([1.0000, 0.3333, 0.6667], dtype=torch.float64))
    """
    codes = data.holes if holes else ()
    source = Opened.of(shaped(source, data))
    rows = read_data(source, variables, types, learned=learned, holes=holes, codes=codes)
    return sampled(rows, source, data)


def sampled(rows: Dataset, source: Any, data: DataSet) -> Dataset:
    """Rows with the design that their data set declares columns for.

    Args:
        rows: What `read_data` read.
        source: What it read them from.
        data: The data set.

    Raises:
        DofxError: E0504 for a column that does not exist, E0405 for a missing value in it, E0510 for weights that are
            not numbers from 0 up or are all 0, E0507 for columns of another length.

    >>> frame = {"x": [0, 1, 1], "w": [1.5, 0.5, 1.0], "household": ["a", "b", "a"]}
    >>> sampled(read_data(frame, ["x"]), frame, DataSet(weights="w", cluster="household")).design.clusters
    tensor([0, 1, 0])
    """
    if data.by_row:
        return rows
    table = source if isinstance(source, Opened) else open_table(source)
    columns = data.row_columns
    about = " and ".join(SAID[word].plural for word in columns)
    with noted(f"the data set `{data.name}` declares columns for {about} of its rows"):
        matched = match_columns(table, list(dict.fromkeys(columns.values())))
    raw = table.read(list(dict.fromkeys(matched.values())))
    design = rows.design
    for word, column in columns.items():
        design = SAID[word].read(design, raw[matched[column]], f"column `{matched[column]}`")
        number = len(SAID[word].write(design))
        if number != rows.rows:
            raise other_number_of(SAID[word].plural, number, rows.rows)
    return replace(rows, design=design)


def columns_said(rows: Dataset, data: DataSet) -> dict[str, Any]:
    """The columns that say the design of some rows, as `sampled` reads them, by their names."""
    return {column: SAID[word].write(rows.design).numpy() for word, column in data.row_columns.items()}


@dataclass(frozen=True, slots=True)
class Said:
    """What a data set may say of its rows by a column of them.

    Args:
        read: The design with what the column says, from the design without it, the values of the column, and what
            messages call the column.
        write: The column, from the design: a value per row, ``(rows,)``.
        plural: What messages call its values.
        streams: Whether a fit knows it of rows that it reads piece by piece.
    """

    read: Callable[[Design, Any, str], Design]
    write: Callable[[Design], Tensor]
    plural: str
    streams: bool = False


def weights_of(values: Any, what: str) -> NDArray[np.float64]:
    """The values of a column of weights.

    Args:
        values: The column.
        what: What messages call it.

    Raises:
        DofxError: E0405 for a missing value, E0510 for what is no number from 0 up.
    """
    column = as_column(values, what, OF_WEIGHTS)
    if isinstance(column, Labels) or column.ndim != 1:
        raise weights_not_numbers(what)
    weights = column.astype(np.float64)
    below = np.flatnonzero(weights < 0)
    if len(below):
        row = int(below[0])
        raise negative_weight(what, float(weights[row]), row)
    return weights


def _with_weights(design: Design, values: Any, what: str) -> Design:
    """Weights in units of the largest: only their ratios mean anything, and then no sum of them overflows."""
    weights = weights_of(values, what)
    if not weights.any():
        raise all_weights_zero(what)
    return replace(design, weights=torch.from_numpy(weights / weights.max()))


def _with_clusters(design: Design, values: Any, what: str) -> Design:
    column = as_column(values, what, OF_CLUSTERS)
    if isinstance(column, Labels):
        numbers = np.asarray(column.codes, np.int64)
    elif column.ndim == 1:
        numbers = np.unique(column, return_inverse=True)[1].astype(np.int64)
    else:
        raise clusters_of_several_numbers(what)
    return replace(design, clusters=torch.from_numpy(numbers))


def _weights(design: Design) -> Tensor:
    assert design.weights is not None
    return design.weights


def _clusters(design: Design) -> Tensor:
    assert design.clusters is not None
    return design.clusters


SAID = {
    "weights": Said(_with_weights, _weights, "weights", streams=True),
    "cluster": Said(_with_clusters, _clusters, "clusters"),
}
"""What a data set may say of its rows, by the word that says it."""
