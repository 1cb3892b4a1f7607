"""The rows that a program is given: those of one data set, or of each of several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...compiler.model.data import DataSet
from ...compiler.network.ir import Fit, SamplingNetwork
from ...compiler.network.pool import Pool
from ..data.collection import Collection, needed_of, pools_of, read_collection, sources_of
from ..data.dataset import Dataset, read_data
from ..data.opened import Opened
from ..data.reading import names_any
from ..data.row_weights import read_rows
from ..data.shaped.shape import shaped
from ..data.streamed.stream import streamed
from ..fitting.fit import FitOptions
from ..streaming.distinct import distinct_rows

if TYPE_CHECKING:
    from ..program import CompiledProgram


def unnamed(program: CompiledProgram, data: Any) -> Any:
    """The rows of the data set that answers everything, which may be given with its name or without."""
    name = program.sampled_from.name
    if program.several or name in program.columns or not names_any(data, (name,)):
        return data
    return data[name]


def rows_of(
    program: CompiledProgram, data: Any, *, weighed: bool = True, distinct: bool = False
) -> Collection:
    """The rows of what a program reads, holes among them.

    Args:
        program: Fitted or not.
        data: The rows, or those of each data set.
        weighed: Whether to read the weights and clusters that the program declares for its one data set.
        distinct: Of a stream, read the distinct rows of its finite variables, each with how many there are.

    Raises:
        NotExactError: For a stream of too many distinct rows.
        DofxError: What `read_data` and `read_collection` find, and E0520 for a stream otherwise.
    """
    if program.several:
        return _of_several(program, data, distinct=distinct)
    data = unnamed(program, data)
    types = {name: program.types[name] for name in program.columns if name in program.types}
    home = program.sampled_from
    if distinct and (stream := streamed(data)) is not None:
        return Collection({home.name: distinct_rows(stream, program.columns, types, home)}, types)
    if weighed:
        rows = read_rows(data, program.columns, home, types)
    else:
        rows = read_data(shaped(data, home), program.columns, types, holes=True, codes=home.holes)
    return Collection({home.name: rows}, rows.types)


def rows_given(program: CompiledProgram, data: Any) -> int:
    """The number of rows that a person passed, where a program reads no column of them."""
    opened = Opened.of(shaped(unnamed(program, data), program.sampled_from))
    (column,) = opened.read(opened.columns[:1]).values()
    return len(column)


def _of_several(program: CompiledProgram, data: Any, *, distinct: bool) -> Collection:
    needed: dict[DataSet, dict[str, None]] = {}
    sources: dict[str, Any] = {}
    pools: dict[Fit, tuple[DataSet, ...]] = {}
    for sampler in program.samplers:
        mine = pools_of(sampler.network, program.asked.graph, program.asked.data)
        sources |= sources_of(data, sampler.network, mine)
        pools |= mine
        for each, names in needed_of(sampler.network, mine).items():
            needed.setdefault(each, {}).update(dict.fromkeys(names))
    columns = {each: tuple(names) for each, names in needed.items()}
    streams = {name: stream for name, each in sources.items() if distinct and (stream := streamed(each))}
    memory = {name: each for name, each in sources.items() if name not in streams}
    found = read_collection(memory, columns, program.types)
    counted = {
        each.name: distinct_rows(streams[each.name], names, program.types, each)
        for each, names in columns.items()
        if each.name in streams
    }
    return Collection({**found.parts, **counted}, {**program.types, **found.types}).pooled(pools)


def rows_fitted(program: CompiledProgram, asked: CompiledProgram, data: Any) -> Dataset | Collection:
    """The rows with a weight that a program, or what is asked of it, was fitted on, or those of each data set.

    Args:
        program: Fitted.
        asked: The program, or some of its questions.
        data: The rows, or those of each data set.
    """
    if asked.several:
        return rows_of(asked, data).each(lambda part: part.counted)
    types = {name: program.types[name] for name in asked.columns}
    return read_rows(data, asked.columns, program.sampled_from, types).counted


def chosen_for(
    program: CompiledProgram, rows: Dataset | Collection, options: Mapping[str, Any]
) -> tuple[Pool, SamplingNetwork, FitOptions, Dataset | Collection]:
    """What is fitted to such rows, how, and the rows with what those of several data sets train together."""
    pooled, network, settings = program.resampled(rows, **options)
    if isinstance(rows, Collection):
        rows = rows.pooled(pools_of(network, program.asked.graph, program.asked.data))
    return pooled, network, settings, rows
