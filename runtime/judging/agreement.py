"""Tests of declarations: whether data sets agree on a conditional that is declared to be the same in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ...compiler.network.ir import SamplingNetwork
from ...compiler.printers.network.text import fit_text
from ..data.collection import Collection
from ..data.dataset import Dataset
from ..variables import Finite
from .independence import dependence, is_testable

_SOURCE = "the data set"

LEAST_ROWS = 30
"""Rows that a data set has at least of a stratum that is tested by itself."""

DOUBTFUL = 0.05
"""Data sets disagree where chance makes so large a difference less often than this."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well data sets agree on a conditional whose generator was trained on the rows of all of them.

    Args:
        conditional: The conditional, such as ``trial(y | x, z)``.
        data: The names of the data sets.
        rows: The number of rows that were compared.
        p: The chance of so large a difference, or a larger one, where the conditionals are equal.
    """

    conditional: str
    data: tuple[str, ...]
    rows: int
    p: float

    @property
    def holds(self) -> bool:
        """Whether the rows do not contradict it."""
        return self.p >= DOUBTFUL

    def __str__(self) -> str:
        names = ", ".join(self.data[:-1]) + f" and {self.data[-1]}"
        verdict = "agree on" if self.holds else "DISAGREE on"
        return f"{names} {verdict} {self.conditional} (p = {self.p:.2g}, {self.rows:,} rows)"


def agreements(collection: Collection, network: SamplingNetwork) -> tuple[Agreement, ...]:
    """A test for each conditional that was learned from several data sets.

    Args:
        collection: The rows, and which of them were pooled.
        network: The network that was fitted.
    """
    return tuple(_tested(collection, network))


def _tested(collection: Collection, network: SamplingNetwork) -> Iterator[Agreement]:
    for fit, names in collection.pools.items():
        if fit not in network.fits or not all(is_testable(collection.types[name]) for name in fit.variables):
            continue
        rows = collection.of(network, fit)
        counts = [collection.parts[name].rows for name in names]
        home = torch.repeat_interleave(torch.arange(len(names)), torch.tensor(counts))
        columns = {**{name: rows[name] for name in fit.variables}, _SOURCE: home}
        whole = Dataset(columns, {**collection.types, _SOURCE: Finite(names)}, design=rows.design)
        chances = [
            _chance(whole, target, (*fit.targets[:place], *fit.given))
            for place, target in enumerate(fit.targets)
        ]
        least = min(1.0, min(chances) * len(chances))
        yield Agreement(fit_text(fit), names, rows.rows, least)


def _chance(rows: Dataset, target: str, given: Sequence[str]) -> float:
    """The chance of so much dependence of a variable on its data set, over all rows or under some conditions alone.

    Over all rows, differences cancel that have other signs under other conditions; so rows of the same finite
    conditions are tested by themselves too. Either may speak, each as one of two tests, and each stratum as one of all.
    """
    whole = dependence(rows, target, _SOURCE, given).p
    finite = [name for name in given if isinstance(rows.types[name], Finite)]
    numbers = [name for name in given if name not in finite]
    if not finite:
        return whole
    _, member = torch.unique(torch.stack([rows[name] for name in finite], 1), dim=0, return_inverse=True)
    some = [
        dependence(rows.take(places), target, _SOURCE, numbers).p
        for places in ((member == stratum).nonzero().squeeze(1) for stratum in range(int(member.max()) + 1))
        if _enough(rows[_SOURCE][places])
    ]
    return min(1.0, 2 * min(whole, *(p * len(some) for p in some))) if some else whole


def _enough(home: Tensor) -> bool:
    """Whether two data sets or more have enough rows of a stratum."""
    return int((torch.bincount(home) >= LEAST_ROWS).sum()) > 1


def among(found: Iterable[Agreement], network: SamplingNetwork) -> tuple[Agreement, ...]:
    """The agreements on conditionals of a network.

    Args:
        found: Agreements on those of several networks.
        network: The network.
    """
    names = {fit_text(fit) for fit in network.fits}
    return tuple(each for each in found if each.conditional in names)
