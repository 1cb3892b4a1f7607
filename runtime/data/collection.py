"""The rows of several data sets: each read for itself, with one type for a variable wherever it stands."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Protocol, TypeAlias, TypeVar

import torch

from ...compiler.graph.admg import ADMG
from ...compiler.identify.data_sets.pooling import same_kernel
from ...compiler.model.data import OBSERVED, DataSet
from ...compiler.model.rows import columns_weighed
from ...compiler.network.ir import Fit, SamplingNetwork
from ...grammar.diagnostics.diagnostic import DofxError, noted
from ..variables import Finite, Real, VariableType
from .dataset import Dataset
from .design import Design
from .errors import no_rows_for, types_differ
from .opened import Opened
from .reading import Columns, match_columns, names_any
from .row_weights import read_rows

NO_POOLS: Mapping[Fit, tuple[DataSet, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Collection:
    """Encoded rows of several data sets.

    Args:
        parts: The rows of each data set, by its name.
        types: The type of each variable, the same in every data set.
        pools: For each fit that several data sets train, because its conditional is the same in them: their names,
            its own first.
    """

    parts: Mapping[str, Dataset]
    types: Mapping[str, VariableType]
    pools: Mapping[Fit, tuple[str, ...]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """The number of rows of the largest data set."""
        return max(part.rows for part in self.parts.values())

    def part(self, name: str) -> Dataset:
        """The rows of a data set by its name."""
        return self.parts[name]

    def each(self, change: Callable[[Dataset], Dataset]) -> Collection:
        """The same data sets, each with other rows."""
        return replace(self, parts={name: change(part) for name, part in self.parts.items()})

    def pooled(self, pools: Pools) -> Collection:
        """The same rows, of which those of several data sets train some fits.

        Args:
            pools: The data sets besides its own that have the conditional of each fit.
        """
        found = {
            fit: (own.name, *_shown(self.parts, others)) for fit, others in pools.items() if (own := fit.data)
        }
        return replace(self, pools={fit: names for fit, names in found.items() if len(names) > 1})

    def of(self, network: SamplingNetwork, fit: Fit) -> Dataset:
        """The rows that train a generator: of its data set, and of other data sets with the same conditional.

        For a generator that trains on an interim stage: rows for the inputs of the stage, of a data set that has them
        all, else each variable from one that has it, shuffled.

        Args:
            network: The network.
            fit: The fit of the generator.
        """
        if fit.data is not None:
            names = self.pools.get(fit, (fit.data.name,))
            if len(names) == 1:
                return self.parts[names[0]].of(network, fit)
            parts = [self.parts[name] for name in names]
            columns = {v: torch.cat([part[v] for part in parts]) for v in fit.variables}
            design = Design.joined((part.design, part.rows) for part in parts)
            return Dataset(columns, self.types, design=design)
        homes = self.homes(network, fit)
        if len(set(homes.values())) == 1:
            return self.parts[next(iter(homes.values()))].of(network, fit)
        assert fit.interim is not None
        rows = max(self.parts[name].rows for name in _data_sets(network, fit.interim))
        tensors = {}
        for place, (variable, name) in enumerate(homes.items()):
            home = self.parts[name].showing([variable], [variable])
            source = torch.Generator().manual_seed(place)
            index = home.design.drawn(home.rows, rows, source)
            tensors[variable] = home[variable][index]
        return Dataset(tensors, self.types)

    def homes(self, network: SamplingNetwork, fit: Fit) -> dict[str, str]:
        """For each variable of which an interim generator needs rows, the data set that they are of.

        Args:
            network: The network.
            fit: The fit of a generator that trains on an interim stage.

        Returns:
            One data set for all where one has them all.
        """
        assert fit.interim is not None
        wanted = dict.fromkeys([*fit.targets, *network.stage(fit.interim).input_variables])
        read = _data_sets(network, fit.interim)
        order = [*read, *(name for name in self.parts if name not in read)]
        has = {name: set(self.parts[name].names) for name in order}
        whole = next((name for name in order if has[name] >= wanted.keys()), None)
        return {each: whole or next(name for name in order if each in has[name]) for each in wanted}


def are_several(network: SamplingNetwork) -> bool:
    """Whether a network is fitted on other data sets than the observational one alone."""
    return any(data != OBSERVED for data in network.read)


Pools: TypeAlias = Mapping[Fit, tuple[DataSet, ...]]
"""For each fit, the data sets besides its own that have the same conditional."""


def pools_of(
    network: SamplingNetwork, graph: ADMG, data: Sequence[DataSet]
) -> dict[Fit, tuple[DataSet, ...]]:
    """The fits that the rows of several data sets may train, by what was declared of these.

    Args:
        network: The network.
        graph: The causal graph.
        data: The data sets that were declared.
    """
    found = {}
    for fit in network.fits:
        if (own := fit.data) is not None and not fit.rows:
            others = (each for each in data if each.name != own.name)
            whole = (each for each in others if network.holes.of(each.name).columns.isdisjoint(fit.variables))
            more = tuple(each for each in whole if same_kernel(graph, own, each, fit.targets, fit.given))
            if more:
                found[fit] = more
    return found


def needed_of(network: SamplingNetwork, pools: Pools = NO_POOLS) -> dict[DataSet, tuple[str, ...]]:
    """The columns that are read of each data set: what its draws are of, and what stages need as inputs."""
    needed: dict[DataSet, dict[str, None]] = {data: {} for data in network.read}
    for fit, others in pools.items():
        for other in others:
            needed.setdefault(other, {}).update(dict.fromkeys(fit.variables))
    inputs = dict.fromkeys(name for stage in network.stages[:-1] for name in stage.input_variables)
    for fit in network.fits:
        if fit.data is not None:
            read = (*fit.variables, *fit.rows.shows, *columns_weighed(fit.rows, network.holes))
            needed[fit.data].update(dict.fromkeys(read))
    for data, names in needed.items():
        names.update((name, None) for name in inputs if _has(data, name))
    return {data: tuple(names) for data, names in needed.items()}


def sources_of(data: Any, network: SamplingNetwork, pools: Pools = NO_POOLS) -> dict[str, Any]:
    """What a person passed for each data set of a network, by its name.

    Where a network reads one data set, its rows may be passed alone. Of data sets that would only add rows, those
    are taken that were passed.

    Raises:
        DofxError: E0508 for a data set without rows.
    """
    names = [each.name for each in network.read]
    named = names_any(data, names)
    if len(names) == 1 and not named:
        return {names[0]: data}
    found: Mapping[Any, Any] = data if isinstance(data, Mapping) else {}
    faults = [no_rows_for(name, names) for name in names if name not in found]
    if faults:
        raise DofxError(faults)
    more = dict.fromkeys(each.name for others in pools.values() for each in others)
    return {name: found[name] for name in (*names, *(m for m in more if m not in names and m in found))}


def read_collection(
    sources: Mapping[str, Any],
    needed: Mapping[DataSet, Sequence[str]],
    declared: Mapping[str, VariableType],
    pools: Pools = NO_POOLS,
) -> Collection:
    """Read the rows of several data sets.

    Args:
        sources: What `read_data` reads, for each data set by its name.
        needed: The columns that are read of each data set.
        declared: Declared types; the others are inferred from all data sets that have the variable.
        pools: The fits that several data sets train.

    Raises:
        DofxError: What `read_data` finds in one of them, with its name; E0504 where a data set lacks a column that it
            is declared to measure, E0407 where a variable is a number in one and a label in another.
    """
    opened = {name: _opened(name, source) for name, source in sources.items()}

    def rows(data: DataSet, names: Sequence[str], types: Mapping[str, VariableType]) -> Dataset:
        return read_rows(opened[data.name], names, data, types, learned=True)

    needed = {data: names for data, names in needed.items() if data.name in opened}
    read, types = read_alike(opened, needed, declared, rows)
    return Collection({name: replace(part, types=types) for name, part in read.items()}, types).pooled(pools)


class Typed(Protocol):
    """Rows of variables of known types."""

    @property
    def types(self) -> Mapping[str, VariableType]:
        """The type of each variable."""
        ...


Read = TypeVar("Read", bound=Typed)


def read_alike(
    tables: Mapping[str, Columns],
    needed: Mapping[DataSet, Sequence[str]],
    declared: Mapping[str, VariableType],
    rows: Callable[[DataSet, Sequence[str], Mapping[str, VariableType]], Read],
) -> tuple[dict[str, Read], dict[str, VariableType]]:
    """The rows of each data set, in which a variable has the same type everywhere, and these types.

    Args:
        tables: The columns that each data set has, by its name.
        needed: The columns that are read of each.
        declared: Declared types; the others are inferred from all data sets that have the variable.
        rows: Reads some columns of a data set, of which the types of some are known.

    Raises:
        DofxError: As `read_collection`.
    """
    for data in needed:
        with _noted(data.name):
            match_columns(tables[data.name], [*(data.measures or ()), *data.sets])

    def read(types: Mapping[str, VariableType]) -> dict[str, Read]:
        found: dict[str, Read] = {}
        for data, names in needed.items():
            with _noted(data.name):
                own = {name: types[name] for name in names if name in types}
                found[data.name] = rows(data, names, own)
        return found

    parts = read(declared)
    types = {name: type for part in parts.values() for name, type in part.types.items()}
    apart = {
        name
        for part in parts.values()
        for name, type in part.types.items()
        if repr(type) != repr(types[name])
    }
    if apart:
        common = {
            name: _common(name, [p.types[name] for p in parts.values() if name in p.types]) for name in apart
        }
        parts = read({**declared, **common})
        types |= common
    return parts, types


def _common(name: str, types: Sequence[VariableType]) -> VariableType:
    """The type of a variable that differs between data sets."""
    finite = [type for type in types if isinstance(type, Finite)]
    states = dict.fromkeys(state for type in finite for state in type.states)
    numbers = all(isinstance(state, int | float) for state in states)
    words = not any(isinstance(state, int | float) for state in states)
    if len(finite) == len(types) and (numbers or words):
        return Finite(tuple(sorted(states, key=float)) if numbers else tuple(states))
    if numbers and all(isinstance(type, Finite | Real) for type in types):
        return next(type for type in types if isinstance(type, Real))
    listed = " and ".join(sorted({str(type) for type in types}))
    raise types_differ(name, listed)


def _shown(parts: Container[str], data: Iterable[DataSet]) -> list[str]:
    """The names of those data sets whose rows there are."""
    return [each.name for each in data if each.name in parts]


def _data_sets(network: SamplingNetwork, stage: str) -> list[str]:
    """The names of the data sets that a stage's draws are from, those of the stages behind it included."""
    found: dict[str, None] = {}
    for draw in network.stage(stage).draws:
        if draw.fit.data is not None:
            found[draw.fit.data.name] = None
        elif draw.interim is not None:
            found |= dict.fromkeys(_data_sets(network, draw.interim))
    return list(found)


def _has(data: DataSet, name: str) -> bool:
    return data.measures is None or name in data.measures or name in data.sets


def _opened(name: str, source: Any) -> Opened:
    with _noted(name):
        return Opened.of(source)


def _noted(name: str) -> noted:
    """A scope in which what is found wrong is said to be of a data set."""
    return noted(f"these are the rows of the data set `{name}`")
