"""The queries of a program as one network: what it is fitted on, how it is fitted, and which part each query has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from ..compiler.compilation import Compilation
from ..compiler.estimand.table import Table
from ..compiler.graph.holes import Indicators
from ..compiler.model.data import OBSERVED, DataSet
from ..compiler.model.model import Model
from ..compiler.model.query import Query
from ..compiler.network.ir import Fit, SamplingNetwork
from ..compiler.network.pool import Pool, pool
from ..compiler.passes import Context
from ..compiler.program import Questions
from .answers.asking import check_values
from .answers.querying import Reference, reference_points
from .data.arms import arms_among, arms_of
from .data.collection import (
    Collection,
    are_several,
    needed_of,
    pools_of,
    read_collection,
    sources_of,
)
from .data.dataset import Dataset
from .data.opened import Opened
from .data.row_weights import Sampling, read_rows
from .data.shaped.shape import shaped, shaped_each
from .data.streamed.stream import with_streams
from .fitting.choosing import Chosen, choose
from .fitting.known_law import arranged, is_known, known_types
from .fitting.overrides import Key
from .fitting.undeclared import refuse_undeclared
from .foreign.chosen import Spec
from .inference.law import Laws, laws_of_rows, laws_of_tables
from .sampler import Sampler
from .streaming.sources import Sources, is_streamed
from .variables import Finite, VariableType, decode


@dataclass(frozen=True, slots=True)
class Pooled:
    """A program's network, fitted.

    Args:
        pool: Which part of the network each query has.
        whole: Its sampler.
        reference: The values of open inputs at which queries are answered.
        sampling: How the rows of each data set were sampled, where they are weighted or clustered.
        partial: Whether rows have holes, or some of them count more than others because of holes.
        laws: The laws of the rows, as far as influence functions need them; None where no rows are kept.
        rows: The rows of several data sets; None where there is one, or a distribution is known, or some are streams.
        sources: The rows of several data sets of which some are streams.
    """

    pool: Pool
    whole: Sampler
    reference: Reference
    sampling: tuple[Sampling, ...]
    partial: bool
    laws: Laws | None
    rows: Collection | None = None
    sources: Sources | None = None


@dataclass(frozen=True, slots=True)
class Pooling:
    """The distinct queries of a program, to be fitted as one network.

    Args:
        asked: The queries and effects of the program.
        declared: The types that were declared.
        compiled: The compilation of each distinct query that is identifiable.
        columns: The variables whose data some generator needs.
        home: The data set whose rows are given without a name.
    """

    asked: Questions
    declared: Mapping[str, VariableType]
    compiled: Mapping[Query, Compilation]
    columns: tuple[str, ...]
    home: DataSet

    @property
    def networks(self) -> tuple[SamplingNetwork, ...]:
        """The network of each query, as compiled."""
        return tuple(compilation.network for compilation in self.compiled.values())

    @property
    def several(self) -> bool:
        """Whether some network is fitted on other data sets than the observational one alone."""
        return any(map(are_several, self.networks))

    def chosen(
        self, types: Mapping[str, VariableType], generators: Mapping[Key, Spec] | None
    ) -> tuple[Pool, Chosen]:
        """The networks of all queries as one, and what is drawn together in it."""
        pooled = self._pool()
        graph = self.asked.graph
        context = Context(Model(graph.acyclic, self.asked.data), cycles=graph.feedback)
        return pooled, choose(pooled.network, context, types, generators)

    def parts(
        self, pooled: Pool, whole: SamplingNetwork
    ) -> Iterator[tuple[Query, SamplingNetwork, dict[Fit, Fit]]]:
        """Each distinct query, its part of a pool, and the pool's fit that stands for each of its own fits."""
        for query, (network, fits) in zip(self.compiled, pooled.parts(whole), strict=True):
            yield query, network, fits

    def read(self, data: Any, generators: Mapping[Key, Spec] | None) -> Mapping[str, VariableType]:
        """Read what `fit` reads and train nothing; opened rows keep what was read of them.

        Args:
            data: Opened rows, or those of each data set.
            generators: As for `fit`.

        Returns:
            The type of each variable.

        Raises:
            DofxError: What is wrong with the rows, with the values asked about, or with a generator.
        """
        if self.several:
            network = self._pool().network
            pools = pools_of(network, self.asked.graph, self.asked.data)
            sources = shaped_each(sources_of(data, network, pools), self.asked.data)
            rows: Dataset | Collection = read_collection(
                sources, needed_of(network, pools), self.declared, pools
            )
        else:
            rows = self._rows(self._opened(data))
        self._checked(rows.types, generators)
        return rows.types

    def fit(self, data: Any, generators: Mapping[Key, Spec] | None, options: Mapping[str, Any]) -> Pooled:
        """Train each distinct generator once.

        Args:
            data: As for `Sampler.fit`.
            generators: As for `Sampler.fit`; a key may name a draw of any query.
            options: The other options of `Sampler.fit`.

        Raises:
            DofxError: As `Sampler.fit`.
        """
        if is_streamed(data):
            return self._fit_streamed(data, generators, options)
        if self.several:
            return self._fit_several(data, generators, options)
        data = self._arranged(data) if isinstance(data, Table) else self._opened(data)
        rows = None if isinstance(data, Table) else self._rows(data)
        pooled, chosen = self._checked(self._types(data) if rows is None else rows.types, generators)
        specs: dict[Key, Spec] = dict(chosen.specs.items())
        whole = Sampler(chosen.network, types=self.declared).fit(data, generators=specs, **options)
        holes = bool(self._partial) if rows is None else bool(rows.partial) or self._weighted
        networks = self._networks(pooled, whole)
        laws = laws_of_tables(data, networks) if rows is None else laws_of_rows(rows, networks)
        found = None if rows is None else Sampling.of(rows, self.home)
        reference = reference_points(data, whole.types, chosen.network)
        return Pooled(pooled, whole, reference, () if found is None else (found,), holes, laws)

    def _fit_streamed(
        self, data: Any, generators: Mapping[Key, Spec] | None, options: Mapping[str, Any]
    ) -> Pooled:
        """Train on rows that need not fit into memory: on a stream, or on data sets of which some are streams."""
        data, network, seed = with_streams(data), self._pool().network, options.get("seed", 0)
        pools = pools_of(network, self.asked.graph, self.asked.data) if self.several else {}
        declared = {name: type for name, type in self.declared.items() if name in self.columns}
        sources = Sources.of(data, network, self.columns, declared, seed, pools)
        pooled, chosen = self._checked(sources.types, generators)
        specs: dict[Key, Spec] = dict(chosen.specs.items())
        whole = Sampler(chosen.network, types={**self.declared, **sources.types})
        if self.several:
            whole.pools = pools_of(chosen.network, self.asked.graph, self.asked.data)
        whole.fit(data, generators=specs, **options)
        reference: Reference = {}
        for rows in sources.streams.values():
            inputs = [name for name in chosen.network.query.inputs if name in rows.columns]
            found = reference_points(rows.sample_of(inputs), whole.types, chosen.network)
            reference = {**reference, **found}
        for name in sources.memory:
            found = reference_points(data[name], whole.types, chosen.network)
            reference = {**reference, **found}
        sampling = sources.sampling(self.asked.data if self.several else [self.home])
        holes = any(part.partial for part in sources.memory.values())
        held = sources if self.several else None
        return Pooled(pooled, whole, reference, sampling, holes, None, None, held)

    def _fit_several(
        self, data: Any, generators: Mapping[Key, Spec] | None, options: Mapping[str, Any]
    ) -> Pooled:
        """Train on several data sets, each generator on the rows of its own."""
        network = self._pool().network
        pools = pools_of(network, self.asked.graph, self.asked.data)
        sources = sources_of(data, network, pools)
        rows: Collection | None = None
        tables: dict[str, Table] = {}
        if is_known(sources):
            sources = tables = self._arranged(sources)
        else:
            made = shaped_each(sources, self.asked.data)
            sources = {name: Opened.of(source) for name, source in made.items()}
            rows = read_collection(sources, needed_of(network, pools), self.declared, pools)
        types = {**self.declared, **(self._types(sources) if rows is None else rows.types)}
        pooled, chosen = self._checked(types, generators)
        whole = Sampler(chosen.network, types=types)
        whole.pools = pools_of(chosen.network, self.asked.graph, self.asked.data)
        specs: dict[Key, Spec] = dict(chosen.specs.items())
        whole.fit(sources, generators=specs, **options)
        parts = {} if rows is None else rows.parts
        found = (Sampling.of(parts[each.name], each) for each in self.asked.data if each.name in parts)
        holes = any(part.partial for part in parts.values()) or self._weighted
        networks = self._networks(pooled, whole)
        laws = laws_of_tables(tables, networks) if rows is None else laws_of_rows(rows, networks)
        reference: Reference = {}
        for source in sources.values():
            reference = {**reference, **reference_points(source, whole.types, chosen.network)}
        sampling = tuple(each for each in found if each is not None)
        return Pooled(pooled, whole, reference, sampling, holes, laws, rows)

    def arms(self, found: Pooled, network: SamplingNetwork) -> tuple[dict[str, Any], Reference]:
        """What experiments set the inputs of a query's network to: as encoded, and as values to answer it at."""
        types = found.whole.types
        arms: dict[str, Any] = {}
        if found.rows is not None:
            arms = arms_of(found.rows, network)
        elif found.sources is not None:
            arms = arms_among(network, types, partial(found.sources.arms, network))
        values = {
            name: tuple(decode(type, each).tolist())
            for name, each in arms.items()
            if isinstance(type := types[name], Finite)
        }
        return arms, values

    def _opened(self, data: Any) -> Opened:
        """Rows in the shape that is declared, whose next reading takes along what answers may be about."""
        opened = Opened.of(shaped(data, self.home))
        names = (name for network in self.networks for name in network.query.inputs)
        opened.expect((*self.columns, *dict.fromkeys(names)))
        return opened

    def _pool(self) -> Pool:
        return pool([compilation.separate for compilation in self.compiled.values()])

    def _checked(
        self, types: Mapping[str, VariableType], generators: Mapping[Key, Spec] | None
    ) -> tuple[Pool, Chosen]:
        """The network for some types, once the values that are asked about are states of these."""
        types = {**self.declared, **types}
        check_values(self.asked, types)
        return self.chosen(types, generators)

    def _networks(self, pooled: Pool, whole: Sampler) -> list[SamplingNetwork]:
        return [network for _, network, _ in self.parts(pooled, whole.network)]

    @property
    def _partial(self) -> set[str]:
        """The variables that may have holes."""
        return set(self._holes.columns)

    @property
    def _holes(self) -> Indicators:
        """The indicators of all networks."""
        return Indicators.joined(network.holes for network in self.networks)

    @property
    def _weighted(self) -> bool:
        """Whether some generator is trained on rows that count more or less than one because of holes."""
        return any(fit.rows.weights for network in self.networks for fit in network.fits)

    def _types(self, data: Any) -> Mapping[str, VariableType]:
        """The types of a known distribution."""
        return known_types(data, self.declared, self._holes, self.home.name, self.columns)

    def _arranged(self, data: Any) -> Any:
        """A known distribution, with states in the order of their types."""
        return arranged(data, self._types(data), self._holes, self.home.name)

    def _rows(self, data: Any) -> Dataset:
        """The rows of the variables that some generator needs."""
        declared = {name: type for name, type in self.declared.items() if name in self.columns}
        rows = read_rows(data, self.columns, self.home, declared, learned=True)
        refuse_undeclared({OBSERVED.name: rows}, self._holes, self.asked.graph, list(self.compiled))
        return rows
