"""The law of the rows: how often each combination of states occurs, as far as a network reads it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from ...compiler.estimand.contraction import Array
from ...compiler.estimand.table import Table
from ...compiler.network.ir import SamplingNetwork
from ..data.dataset import Dataset
from ..families.counting import joint_counts
from ..variables import Finite

MOST_CELLS = 1 << 22
"""Most combinations of states whose frequencies are kept together."""


@dataclass(frozen=True, slots=True)
class Law:
    """The distribution that a program was last fitted to.

    Args:
        tables: Frequencies of some variables together, ``(*states)``, by their names in a fixed order.
        rows: The number of rows; None for a distribution that is known.
        squares: The frequencies of weighted rows again, in which a row counts by the square of its weight, in units of
            the mean; None where all count alike.
    """

    tables: Mapping[tuple[str, ...], Array]
    rows: int | None
    squares: Mapping[tuple[str, ...], Array] | None = None

    def frequencies(self, names: Sequence[str]) -> Array | None:
        """The joint frequencies of some variables, ``(*states)``; None if they are not known."""
        return _marginal(self.tables, names)

    def squared(self, names: Sequence[str]) -> Array | None:
        """The same, a row counted by the square of its weight."""
        return _marginal(self.tables if self.squares is None else self.squares, names)

    def effective(self, names: Sequence[str]) -> Array:
        """How many rows of equal weight the rows of each combination of states are worth, ``(*states)``."""
        shown, squared, rows = self.frequencies(names), self.squared(names), self.rows or 0
        assert shown is not None
        assert squared is not None
        if self.squares is None:
            return shown * rows
        return np.divide(rows * shown**2, squared, out=np.zeros_like(shown), where=squared > 0)


def law_of_table(joint: Table, networks: Iterable[SamplingNetwork]) -> Law:
    """The law that a table states, as far as some networks read it."""
    total = joint.array().sum()
    sets = [names for names in _read(networks, joint.names) if set(names) <= set(joint.names)]
    return Law({names: joint.marginal(names).array() / total for names in sets}, None)


def law_of_rows(dataset: Dataset, networks: Iterable[SamplingNetwork]) -> Law:
    """The frequencies in rows, each counted by its weight, as far as some networks read them and all is finite."""
    rows, weights, squares = dataset.rows, dataset.design.weights, dict[tuple[str, ...], Array]()
    if weights is not None:
        weights = weights.cpu()
        rows = int((weights > 0).sum())
        weights = weights * (rows / weights.sum())
        squares[()] = np.asarray(float(weights.square().sum()) / rows)
    finite = {name: type.cardinality for name, type in dataset.types.items() if isinstance(type, Finite)}
    found: dict[tuple[str, ...], Array] = {(): np.ones(())}
    for names in _read(networks, finite):
        shape = [finite.get(name, 0) for name in names]
        if names and 0 < prod(shape) <= MOST_CELLS:
            columns = [dataset[name].cpu() for name in names]
            counts = joint_counts(columns, shape, weights).numpy()
            found[names] = np.asarray(counts / max(rows, 1)).reshape(shape)
            if weights is not None:
                squared = joint_counts(columns, shape, weights.square()).numpy()
                squares[names] = np.asarray(squared / rows).reshape(shape)
    return Law(found, rows, None if weights is None else squares)


def _marginal(tables: Mapping[tuple[str, ...], Array], names: Sequence[str]) -> Array | None:
    """The table of some variables from the smallest one that has them all; None if there is none."""
    wanted = set(names)
    kept = min((each for each in tables if wanted <= set(each)), key=len, default=None)
    if kept is None:
        return None
    others = tuple(axis for axis, name in enumerate(kept) if name not in wanted)
    left = [name for name in kept if name in wanted]
    return np.asarray(np.transpose(tables[kept].sum(axis=others), [left.index(n) for n in names]))


def _read(networks: Iterable[SamplingNetwork], finite: Container[str]) -> dict[tuple[str, ...], None]:
    """The sets of variables whose joint frequencies the backward pass needs, each sorted by name.

    Of a real row, these are the finite variables that come before another one.
    """
    found: dict[tuple[str, ...], None] = {}
    for network in networks:
        for fit in network.fits:
            if fit.interim is None:
                for number in range(len(fit.targets)):
                    before = (name for name in fit.targets[:number] if name in finite)
                    found[tuple(sorted((*fit.given, *before)))] = None
        for stage in network.stages[:-1]:
            found[tuple(sorted(set(stage.input_variables)))] = None
    return found
