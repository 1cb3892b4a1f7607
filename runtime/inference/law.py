"""The laws of rows: how often each combination of states occurs among the rows that train a generator.

A generator is trained on the rows of its data set that show what it reads, or on those of several data sets that have
the same conditional. If the rows of a data set shift a little, the law of the rows that train shifts by a factor: one
over the share of the rows that show what is read, or the data set's share of the rows that are pooled.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...compiler.estimand.contraction import Array
from ...compiler.estimand.table import Table
from ...compiler.model.query import Query
from ...compiler.network.ir import Fit, SamplingNetwork
from ..data.collection import Collection
from ..data.dataset import Dataset, shows_of
from ..families.counting import joint_counts
from ..variables import Finite
from .influence import Place
from .weighed import Weighed
from .weighed_rows import weighed_of_rows, weighed_of_table

MOST_CELLS = 1 << 22
"""Most combinations of states whose frequencies are kept together."""

Sets: TypeAlias = Iterable[tuple[str, ...]]
"""Sets of variables whose joint frequencies are needed, each sorted by name."""


@dataclass(frozen=True, slots=True)
class Law:
    """The distribution of the rows that train a generator.

    Args:
        tables: Frequencies of some variables together, ``(*states)``, by their names in a fixed order.
        rows: The number of rows; None for a distribution that is known.
        squares: The frequencies of weighted rows again, in which a row counts by the square of its weight, in units of
            the mean; None where all count alike.
        clusters: The same, in which a cluster counts by the square of what its rows count together; None where each row
            was sampled by itself.
        among: The data sets that the rows are of, each with the factor by which a shift of its law shifts this one.
        shows: The columns with holes that a row of theirs must show to be among them.
        weighed: What rows count and how that depends on the law of all rows, where chances weigh them.
    """

    tables: Mapping[tuple[str, ...], Array]
    rows: int | None
    squares: Mapping[tuple[str, ...], Array] | None = None
    clusters: Mapping[tuple[str, ...], Array] | None = None
    among: Mapping[str, float] = field(default_factory=dict[str, float])
    shows: tuple[str, ...] = ()
    weighed: Weighed | None = None

    def moved(self, names: tuple[str, ...], values: Array) -> Iterator[tuple[Place, Array]]:
        """What a row of each data set adds to an influence function, if a row of this law adds some values.

        Args:
            names: The variables that the values depend on.
            values: ``(numbers, *states)``.
        """
        shows = self.shows
        holes: tuple[str, ...] = ()
        if self.weighed is not None:
            cells, values = self.weighed.cells, self.weighed.moved(names, values)
            shows, names, holes = (), cells.names, tuple(sorted(cells.partial))
        for data, factor in self.among.items():
            yield Place(data, shows, names, holes), factor * values

    def frequencies(self, names: Sequence[str]) -> Array | None:
        """The joint frequencies of some variables, ``(*states)``; None if they are not known."""
        return _marginal(self.tables, names)

    def squared(self, names: Sequence[str]) -> Array | None:
        """The same, a row counted by the square of its weight."""
        return _marginal(self.tables if self.squares is None else self.squares, names)

    def together(self, names: Sequence[str]) -> Array | None:
        """The same, a cluster counted by the square of what it counts; None where each row was sampled by itself."""
        kept = sorted(names)
        if self.clusters is None or tuple(kept) not in self.clusters:
            return None
        return np.asarray(np.transpose(self.clusters[tuple(kept)], [kept.index(name) for name in names]))

    def effective(self, names: Sequence[str]) -> Array:
        """How many rows of equal weight, or clusters, those of each combination of states are worth, ``(*states)``."""
        shown, together, rows = self.frequencies(names), self.together(names), self.rows or 0
        squared = self.squared(names) if together is None else together
        assert shown is not None
        assert squared is not None
        if self.squares is None and together is None:
            return shown * rows
        return np.divide(rows * shown**2, squared, out=np.zeros_like(shown), where=squared > 0)


@dataclass(frozen=True, slots=True)
class Laws:
    """The laws that a program was last fitted to.

    Args:
        of_fits: The law of the rows that train each generator, where it is known.
        of_inputs: For each interim generator of each query, the laws that the inputs of its stage have while it is
            simulated: one of all inputs, or one of each if no data set has them all.
    """

    of_fits: Mapping[Fit, Law]
    of_inputs: Mapping[tuple[Query, Fit], Mapping[str, Law]]


def laws_of_tables(joint: Table | Mapping[str, Table], networks: Iterable[SamplingNetwork]) -> Laws:
    """The laws that tables state, as far as some networks read them.

    Args:
        joint: A table, or one for each data set. The last entry of a column with holes is the hole.
        networks: The networks.
    """

    def of_fit(network: SamplingNetwork, fit: Fit) -> Law | None:
        assert fit.data is not None
        table = joint if isinstance(joint, Table) else joint[fit.data.name]
        if fit.rows.weights:
            return _stated_weighed(table, network, fit)
        return _stated(table, network, fit.data.name, shows_of(network, fit), _read_by(fit, table.names))

    def of_inputs(network: SamplingNetwork, fit: Fit, names: tuple[str, ...]) -> Mapping[str, Law]:
        tables = {"": joint} if isinstance(joint, Table) else {d.name: joint[d.name] for d in network.read}
        homes = _homes({name: table.names for name, table in tables.items()}, names)
        sets = {home: [n for n in names if homes[n] == home] for home in homes.values()}
        alone = network.read[0].name
        found = {
            home: _stated(tables[home], network, home or alone, mine, _and_each(mine))
            for home, mine in sets.items()
        }
        return {name: found[home] for name, home in homes.items()}

    return _laws(networks, of_fit, of_inputs)


def laws_of_rows(rows: Dataset | Collection, networks: Iterable[SamplingNetwork]) -> Laws:
    """The frequencies in rows, each counted by its weight, as far as some networks read them and all is finite.

    Args:
        rows: The rows, or those of each data set.
        networks: The networks.
    """

    def of_fit(network: SamplingNetwork, fit: Fit) -> Law | None:
        assert fit.data is not None
        if fit.rows.weights:
            return _counted_weighed(rows.part(fit.data.name), network, fit)
        if isinstance(rows, Dataset):
            return _counted(rows, network, fit, fit.data.name, _read_by(fit, _finite(rows)))
        names = rows.pools.get(fit, (fit.data.name,))
        if len(names) == 1:
            part = rows.parts[names[0]]
            return _counted(part, network, fit, names[0], _read_by(fit, _finite(part)))
        whole = rows.of(network, fit)
        law = law_of(whole, _read_by(fit, _finite(whole)))
        sizes = {name: rows.parts[name].design.sampled(rows.parts[name].rows) for name in names}
        return replace(law, among={name: size / sum(sizes.values()) for name, size in sizes.items()})

    def of_inputs(network: SamplingNetwork, fit: Fit, names: tuple[str, ...]) -> Mapping[str, Law]:
        alone = network.read[0].name
        parts = {alone: rows} if isinstance(rows, Dataset) else rows.parts
        homes = dict.fromkeys(names, alone) if isinstance(rows, Dataset) else rows.homes(network, fit)
        homes = {name: homes[name] for name in names}
        found: dict[str, Law] = {}
        for home in dict.fromkeys(homes.values()):
            mine = [name for name in names if homes[name] == home]
            part = parts[home]
            shown = part.showing(mine, mine) if part.partial else part
            found[home] = _among(law_of(shown, _and_each(mine)), home, shown, part, mine)
        return {name: found[home] for name, home in homes.items()}

    return _laws(networks, of_fit, of_inputs)


def law_of(dataset: Dataset, sets: Sets) -> Law:
    """The frequencies of some sets of variables in rows, each counted by its weight."""
    dataset = dataset.counted
    design, squares = dataset.design, dict[tuple[str, ...], Array]()
    rows, relative, counts = design.sampled(dataset.rows), design.relative, design.counts
    weights, once = (None if each is None else each.cpu() for each in (relative, counts))
    if weights is not None and once is not None:
        squares[()] = np.asarray(float(once @ weights) / rows)
    finite, clusters = _finite(dataset), dict[tuple[str, ...], Array]()
    found: dict[tuple[str, ...], Array] = {(): np.ones(())}
    if dataset.design.together:
        clusters[()] = np.asarray(
            _by_cluster(dataset, np.zeros(dataset.rows, np.int64), weights, 1) / rows
        ).reshape(())
    for names in dict.fromkeys(sets):
        shape = [finite.get(name, 0) for name in names]
        if names and 0 < prod(shape) <= MOST_CELLS:
            columns = [dataset[name].cpu() for name in names]
            shares = joint_counts(columns, shape, once).numpy() / max(rows, 1)
            found[names] = np.asarray(shares).reshape(shape)
            if weights is not None and once is not None:
                squared = joint_counts(columns, shape, once * weights).numpy()
                squares[names] = np.asarray(squared / rows).reshape(shape)
            if clusters:
                flat = np.ravel_multi_index([column.numpy() for column in columns], shape)
                clusters[names] = np.asarray(_by_cluster(dataset, flat, weights, prod(shape)) / rows).reshape(
                    shape
                )
    return Law(found, rows, None if weights is None else squares, clusters or None)


def _by_cluster(dataset: Dataset, places: NDArray[np.int64], weights: Tensor | None, cells: int) -> Array:
    """For each cell the sum over clusters of the square of what their rows in it count, ``(cells,)``."""
    units, unit = dataset.design.units(dataset.rows), dataset.design.place(dataset.rows).numpy()
    pairs, place = np.unique(places * units + unit, return_inverse=True)
    sums = np.bincount(place.reshape(-1), None if weights is None else weights.numpy())
    return np.asarray(np.bincount(pairs // units, sums.astype(np.float64) ** 2, cells), np.float64)


def _laws(
    networks: Iterable[SamplingNetwork],
    of_fit: Callable[[SamplingNetwork, Fit], Law | None],
    of_inputs: Callable[[SamplingNetwork, Fit, tuple[str, ...]], Mapping[str, Law]],
) -> Laws:
    """The laws of some networks, as far as they are known."""
    fits: dict[Fit, Law] = {}
    inputs: dict[tuple[Query, Fit], Mapping[str, Law]] = {}
    for network in networks:
        for fit in network.fits:
            if fit.interim is not None:
                names = tuple(dict.fromkeys(network.stage(fit.interim).input_variables))
                inputs[network.query, fit] = of_inputs(network, fit, names)
            elif fit not in fits and (found := of_fit(network, fit)) is not None:
                fits[fit] = found
    return Laws(fits, inputs)


def _counted(part: Dataset, network: SamplingNetwork, fit: Fit, name: str, sets: Sets) -> Law:
    """The law of the rows of a data set that train a generator."""
    shown = part.of(network, fit)
    return _among(law_of(shown, sets), name, shown, part, shows_of(network, fit))


def _counted_weighed(part: Dataset, network: SamplingNetwork, fit: Fit) -> Law | None:
    """The law of the rows of a data set that train a generator, weighted by chances."""
    found = weighed_of_rows(part, network, fit)
    if found is None or fit.data is None:
        return None
    weighed, each = found
    counted = replace(part, design=part.design.weighed(torch.from_numpy(each)))
    law = _counted(counted, network, fit, fit.data.name, _read_by(fit, _finite(part)))
    return replace(law, among={fit.data.name: 1 / weighed.mass}, weighed=weighed)


def _stated_weighed(table: Table, network: SamplingNetwork, fit: Fit) -> Law | None:
    """The law of the rows of a table that train a generator, weighted by chances."""
    weighed = weighed_of_table(table, network, fit)
    if weighed is None or fit.data is None:
        return None
    tables = {names: weighed.table(names) for names in _read_by(fit, table.names)}
    return Law(tables, None, among={fit.data.name: 1 / weighed.mass}, weighed=weighed)


def _among(law: Law, name: str, shown: Dataset, part: Dataset, shows: Iterable[str]) -> Law:
    """A law of some rows of a data set with what it has to do with the law of all of them."""
    partial = tuple(sorted(each for each in shows if each in part.partial))
    return replace(law, among={name: _mass(part) / _mass(shown)}, shows=partial)


def _stated(table: Table, network: SamplingNetwork, name: str, shows: Iterable[str], sets: Sets) -> Law:
    """The law of the rows of a table that show some columns."""
    holes = network.holes.of(name).columns
    shown = tuple(sorted(each for each in dict.fromkeys(shows) if each in holes and each in table.names))
    cut = tuple(slice(None, -1) if each in shown else slice(None) for each in table.names)
    whole, part = table.array(), table.array()[cut]
    left = Table(table.names, part / part.sum())
    tables = {names: left.marginal(names).array() for names in sets if set(names) <= set(table.names)}
    return Law(tables, None, among={name: float(whole.sum() / part.sum())}, shows=shown)


def _mass(rows: Dataset) -> float:
    """How much some rows count together."""
    design = rows.design
    weights = design.weights
    if weights is None:
        return float(design.sampled(rows.rows))
    return float(weights.sum() if design.copies is None else weights @ design.copies)


def _finite(rows: Dataset) -> dict[str, int]:
    """The finite variables of some rows, each with its number of states."""
    return {n: t.cardinality for n, t in rows.types.items() if n in rows.names and isinstance(t, Finite)}


def _homes(has: Mapping[str, Container[str]], names: Sequence[str]) -> dict[str, str]:
    """For each input of a stage the data set that its values are taken from: one that has all, if there is one."""
    whole = next((home for home, columns in has.items() if all(name in columns for name in names)), None)
    return {
        name: whole if whole is not None else next(home for home, columns in has.items() if name in columns)
        for name in names
    }


def _and_each(names: Sequence[str]) -> list[tuple[str, ...]]:
    """A set of variables, and each of them."""
    return [tuple(sorted(names)), *((name,) for name in names)]


def _marginal(tables: Mapping[tuple[str, ...], Array], names: Sequence[str]) -> Array | None:
    """The table of some variables from the smallest one that has them all; None if there is none."""
    wanted = set(names)
    kept = min((each for each in tables if wanted <= set(each)), key=len, default=None)
    if kept is None:
        return None
    others = tuple(axis for axis, name in enumerate(kept) if name not in wanted)
    left = [name for name in kept if name in wanted]
    return np.asarray(np.transpose(tables[kept].sum(axis=others), [left.index(n) for n in names]))


def _read_by(fit: Fit, finite: Container[str]) -> list[tuple[str, ...]]:
    """The sets of variables whose joint frequencies the backward pass needs for a generator.

    Of a real row, these are the finite variables that come before another one.
    """
    before = [[name for name in fit.targets[:number] if name in finite] for number in range(len(fit.targets))]
    return [tuple(sorted((*fit.given, *each))) for each in before]
