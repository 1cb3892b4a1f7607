"""Tests of declarations: whether data sets agree on a conditional that is declared to be the same in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from ...compiler.network.ir import SamplingNetwork
from ...compiler.printers.network.text import fit_text
from ..data.collection import Collection
from ..data.dataset import Dataset
from ..variables import Finite
from .independence import dependence, is_testable

_SOURCE = "the data set"


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

    def __str__(self) -> str:
        names = ", ".join(self.data[:-1]) + f" and {self.data[-1]}"
        verdict = "agree on" if self.p >= 0.05 else "DISAGREE on"
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
        types = {**collection.types, _SOURCE: Finite(names)}
        chances = []
        for place, target in enumerate(fit.targets):
            given = (*fit.targets[:place], *fit.given)
            chances.append(dependence(Dataset(columns, types, design=rows.design), target, _SOURCE, given).p)
        least = min(1.0, min(chances) * len(chances))
        yield Agreement(fit_text(fit), names, rows.rows, least)
