"""Rows that generators were not trained on, as far as each of them is judged by some: which, and how much they count.

Rows of all data sets stand one data set after the other. What a draw adds to a number is a mean over the rows of its
data set, or of those data sets that train it together; of rows with holes, those count that show what it reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...compiler.network.ir import Fit, SamplingNetwork
from ..data.collection import Collection
from ..data.dataset import Dataset, shows_of

Fold = Mapping[str, Tensor]
"""Some rows of each data set by its name, bool ``(rows,)``."""


@dataclass(frozen=True, slots=True)
class Held:
    """Rows of one data set that judge a draw.

    Args:
        rows: The rows.
        place: Their numbers among the rows of all data sets, ``(rows,)``.
        factor: What a mean over all rows of the data set is multiplied by, given what these rows add to it.
    """

    rows: Dataset
    place: NDArray[np.int64]
    factor: float


def held_of(
    training: Dataset | Collection, held_out: Dataset | Collection, network: SamplingNetwork, fit: Fit
) -> Iterator[Held]:
    """The rows that judge a draw from real rows.

    Args:
        training: The rows that generators were trained on.
        held_out: Rows that they were not trained on.
        network: The network.
        fit: Of the draw; no chances weigh its rows.
    """
    shows = shows_of(network, fit)
    for name, share in _shares(training, fit).items():
        part, start = part_of(held_out, name)
        shown = part.shown(shows)
        if shown is None:
            yield Held(part, np.arange(start, start + part.rows), share)
        elif bool(shown.any()):
            rows = part.showing(shows, fit.variables)
            yield Held(rows, start + np.flatnonzero(shown.numpy()), share * _mass(part) / _mass(rows))


def taken(rows: Dataset | Collection, fold: Fold, *, outside: bool) -> Dataset | Collection:
    """The rows of a fold, or those outside of it."""

    def chosen(name: str) -> Tensor:
        return (~fold[name] if outside else fold[name]).nonzero().flatten()

    if isinstance(rows, Dataset):
        (name,) = fold
        return rows.take(chosen(name))
    parts = {name: part.take(chosen(name)) for name, part in rows.parts.items()}
    return replace(rows, parts=parts)


def parts_of(rows: Dataset | Collection) -> list[Dataset]:
    """The rows of each data set."""
    return [rows] if isinstance(rows, Dataset) else list(rows.parts.values())


def places_of(fold: Fold) -> NDArray[np.int64]:
    """The numbers of the rows of a fold among those of all data sets."""
    return np.flatnonzero(torch.cat(list(fold.values())).numpy())


def _shares(training: Dataset | Collection, fit: Fit) -> dict[str, float]:
    """The data sets that train a draw, each with its share of the rows."""
    assert fit.data is not None
    if isinstance(training, Dataset):
        return {fit.data.name: 1.0}
    names = training.pools.get(fit, (fit.data.name,))
    whole = sum(training.parts[name].rows for name in names)
    return {name: training.parts[name].rows / whole for name in names}


def part_of(rows: Dataset | Collection, name: str) -> tuple[Dataset, int]:
    """The rows of a data set, and the number of the first among those of all data sets."""
    if isinstance(rows, Dataset):
        return rows, 0
    before = list(rows.parts)[: list(rows.parts).index(name)]
    return rows.parts[name], sum(rows.parts[each].rows for each in before)


def _mass(rows: Dataset) -> float:
    """How much some rows count together."""
    return rows.rows if rows.design.weights is None else float(rows.design.weights.sum())
