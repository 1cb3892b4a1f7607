"""The rows that a network is fitted on: one stream, or several data sets of which some are streams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor

from ...compiler.model.data import OBSERVED, DataSet
from ...compiler.network.ir import Fit, SamplingNetwork
from ..data.arms import MOST_ARMS
from ..data.collection import NO_POOLS, Collection, Pools, are_several, needed_of, read_alike, sources_of
from ..data.dataset import Dataset, shows_of
from ..data.opened import Opened
from ..data.reading import names_any
from ..data.row_weights import SAID, Sampling, observational, read_rows
from ..data.shaped.shape import shaped
from ..data.streamed.ray_blocks import is_ray
from ..data.streamed.stream import Stream, streamed
from ..variables import Finite, VariableType, foreign
from .errors import design_of_stream, shaped_of_stream
from .rows import Rows


def is_streamed(data: Any) -> bool:
    """Whether what a person passed is a stream, or has one for some data set.

    Raises:
        DofxError: E0502 for a mapping that fails.
    """
    with foreign("the data", "E0502"):
        each = data.values() if isinstance(data, Mapping) else (data,)
        return any(isinstance(source, Stream) or is_ray(source) for source in each)


@dataclass(frozen=True, slots=True)
class Sources:
    """The rows of each data set of a network.

    Args:
        streams: Those that are read piece by piece, by the name of their data set.
        memory: Those that are in memory.
        types: The type of each variable, the same in every data set.
        several: Whether there are other data sets than the observational one.
        pools: For each fit that several data sets train, their names, its own first.
    """

    streams: Mapping[str, Rows]
    memory: Mapping[str, Dataset]
    types: Mapping[str, VariableType]
    several: bool = False
    pools: Mapping[Fit, tuple[str, ...]] = field(default_factory=dict[Fit, tuple[str, ...]])

    @classmethod
    def of(
        cls,
        data: Any,
        network: SamplingNetwork,
        variables: Sequence[str],
        declared: Mapping[str, VariableType],
        seed: int,
        pools: Pools = NO_POOLS,
    ) -> Sources:
        """The rows of a network's variables; what is not a stream is read into memory.

        Args:
            data: A stream, or what there is for each data set by its name.
            network: The network.
            variables: The variables that it reads of its one data set.
            declared: The types that are declared of its variables.
            seed: Of the samples.
            pools: The data sets besides its own that have the conditional of each fit.

        Raises:
            DofxError: E0520 for a stream whose rows are made of others, or sampled in clusters; E0508 for a data set
                without rows; and what `Rows.of` and `read_collection` find.
        """
        if are_several(network):
            return cls._of_several(data, network, declared, seed, pools)
        home = observational(network.data)
        stream = streamed(data[home.name] if names_any(data, (home.name,)) else data)
        assert stream is not None
        _refuse_beyond(home)
        rows = Rows.of(stream, variables, declared, home, seed)
        return cls({home.name: rows}, {}, rows.types)

    @classmethod
    def _of_several(
        cls,
        data: Any,
        network: SamplingNetwork,
        declared: Mapping[str, VariableType],
        seed: int,
        pools: Pools,
    ) -> Sources:
        """The rows of several data sets, of which some are streams."""
        given = {name: streamed(each) or each for name, each in sources_of(data, network, pools).items()}
        needed = {each: names for each, names in needed_of(network, pools).items() if each.name in given}
        for each in needed:
            if isinstance(given[each.name], Stream):
                _refuse_beyond(each)
        opened: dict[str, Stream | Opened] = {
            each.name: source if isinstance(source, Stream) else Opened.of(shaped(source, each))
            for each in needed
            for source in (given[each.name],)
        }
        streams: dict[str, Rows] = {}

        def read(each: DataSet, names: Sequence[str], types: Mapping[str, VariableType]) -> Rows | Dataset:
            source = opened[each.name]
            if not isinstance(source, Stream):
                return read_rows(source, names, each, types, learned=True)
            known = streams.get(each.name)
            if (
                known is None
            ):  # read once: all that changes afterwards are types which another data set has otherwise
                known = Rows.of(source, names, types, each, seed)
            streams[each.name] = replace(known, types={**known.types, **types})
            return streams[each.name]

        parts, types = read_alike(opened, needed, declared, read)
        streams = {name: replace(rows, types=types) for name, rows in streams.items()}
        memory = {
            name: replace(part, types=types) for name, part in parts.items() if isinstance(part, Dataset)
        }
        trained = {
            fit: (own.name, *(other.name for other in others if other.name in parts))
            for fit, others in pools.items()
            if (own := fit.data)
        }
        pooled = {fit: names for fit, names in trained.items() if len(names) > 1}
        return cls(streams, memory, types, True, pooled)

    def names(self, fit: Fit) -> tuple[str, ...]:
        """The data sets whose rows train a fit."""
        assert fit.data is not None
        return self.pools.get(fit, (fit.data.name,))

    def main(self, fit: Fit) -> str | None:
        """The largest stream whose rows train a fit; None if there is none."""
        streams = [name for name in self.names(fit) if name in self.streams]
        return max(streams, key=lambda name: self.streams[name].stream.rows, default=None)

    def count(self, fit: Fit) -> int:
        """The number of rows of the data sets that train a fit."""
        return sum(
            self.streams[name].stream.rows if name in self.streams else self.memory[name].rows
            for name in self.names(fit)
        )

    def together(self, samples: Mapping[str, Dataset]) -> Dataset | Collection:
        """The samples of the streams, with what is in memory."""
        if not self.several:
            return samples[OBSERVED.name]
        return Collection({**samples, **self.memory}, self.types, self.pools)

    def sampling(self, data: Iterable[DataSet]) -> tuple[Sampling, ...]:
        """How the rows of each data set were sampled, where they are weighted or clustered."""
        found: list[Sampling | None] = []
        for each in data:
            if each.name in self.streams:
                found.append(self.streams[each.name].sampling(each))
            elif each.name in self.memory:
                found.append(Sampling.of(self.memory[each.name], each))
        return tuple(each for each in found if each is not None)

    def arms(self, network: SamplingNetwork, fit: Fit, name: str) -> Tensor:
        """The values of a variable in the rows that train a fit, each at least once; of a dose not all of them."""
        shows = shows_of(network, fit)
        found: list[Tensor] = []
        for each in self.names(fit):
            if each in self.memory:
                found.append(self.memory[each].showing(shows, [name])[name])
            else:
                found += _arms(self.streams[each], shows, name)
        return torch.cat(found)


def _arms(rows: Rows, shows: Sequence[str], name: str) -> Iterator[Tensor]:
    """The distinct values of a variable in the pieces of a stream, until they are too many to be arms."""
    columns = {each: rows.columns[each] for each in dict.fromkeys((*shows, name))}
    narrow = replace(rows, columns=columns)
    distinct = torch.zeros(0)
    for piece, _ in narrow.pieces():
        shown = piece.shown(shows)
        if shown is not None and not shown.any():
            continue
        values = torch.unique(piece.showing(shows, [name])[name], dim=0)
        yield values
        if values.ndim > 1:
            return
        distinct = torch.unique(torch.cat([distinct.to(values), values]))
        if len(distinct) > MOST_ARMS and not isinstance(rows.types[name], Finite):
            return


def _refuse_beyond(home: DataSet) -> None:
    """Refuse what only rows in memory can have.

    Raises:
        DofxError: E0520.
    """
    if home.shaped:
        raise shaped_of_stream(home.name)
    for word, column in home.row_columns.items():
        if not SAID[word].streams:
            raise design_of_stream(home.name, SAID[word].plural, f"{word} {column}")
