"""The data that the fits of a network need, and how they are read: columns, their holes, and the design of the rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...compiler.compilation import Compilation
from ...compiler.graph.admg import ADMG
from ...compiler.model.data import OBSERVED, DataSet
from ...compiler.model.query import Query
from ...compiler.model.rows import columns_weighed
from ...compiler.network.ir import SamplingNetwork
from ...grammar.diagnostics.diagnostic import DofxError
from ..data.collection import Collection, Pools, are_several, needed_of, pools_of, read_collection, sources_of
from ..data.dataset import Dataset, read_data
from ..data.opened import Opened
from ..data.reading import names_any
from ..data.row_weights import observational, read_rows
from ..data.shaped.shape import shaped, shaped_each
from ..variables import VariableType
from .undeclared import refuse_undeclared


def columns_needed(network: SamplingNetwork) -> tuple[str, ...]:
    """The variables that some fit or policy of a network needs."""
    fits = [draw.fit for stage in network.stages for draw in stage.draws]
    names = dict.fromkeys(name for fit in fits for name in fit.variables)
    for rows in (fit.rows for fit in fits):
        names |= dict.fromkeys((*rows.shows, *columns_weighed(rows, network.holes)))
    return tuple(names)


def pools_needed(compilation: Compilation) -> Pools:
    """The fits of a compiled query that several data sets train."""
    proof, network = compilation.identification, compilation.separate
    return pools_of(network, proof.graph, proof.data) if are_several(network) else {}


@dataclass(frozen=True, slots=True)
class Needs:
    """The rows that a network is fitted on.

    Args:
        network: The network, which draws every variable separately.
        columns: The variables that some fit needs.
        declared: The types that were declared.
        pools: The fits that several data sets train.
        graph: The causal graph, which says what may have holes; None if it is not known.
        query: The query, for messages.
    """

    network: SamplingNetwork
    columns: tuple[str, ...]
    declared: Mapping[str, VariableType]
    pools: Pools
    graph: ADMG | None
    query: Query

    @property
    def declared_here(self) -> dict[str, VariableType]:
        """The types that were declared of the variables that some fit needs."""
        return {name: type for name, type in self.declared.items() if name in self.columns}

    @property
    def home(self) -> DataSet:
        """The data set that rows without a name are of."""
        return observational(self.network.data)

    def sources(self, data: Any) -> Any:
        """The rows of each data set, by name; the rows themselves if there is only the observational data set.

        Raises:
            DofxError: E0508 for a data set without rows.
        """
        if are_several(self.network):
            return shaped_each(sources_of(data, self.network, self.pools), self.network.data)
        named = OBSERVED.name not in self.columns and names_any(data, (OBSERVED.name,))
        return data[OBSERVED.name] if named else data

    def opened(self, data: Any) -> Any:
        """The rows in their declared shape; a file is opened once if it also holds weights or clusters."""
        if are_several(self.network):
            return data
        made = shaped(data, self.home)
        return made if self.home.by_row else Opened.of(made)

    def read(self, data: Any) -> Dataset | Collection:
        """The rows, encoded.

        Raises:
            DofxError: What `read_data` finds, E0515 for holes that the graph does not explain.
        """
        declared = self.declared_here
        if are_several(self.network):
            needed = needed_of(self.network, self.pools)
            found = read_collection(self.sources(data), needed, declared, self.pools)
            self.require_declared(found.parts)
            return found
        rows = read_rows(data, self.columns, self.home, declared, learned=True)
        self.require_declared({OBSERVED.name: rows})
        return rows

    def sampled(self, data: Any) -> Dataset | Collection:
        """The rows that have a weight, encoded, of what was fitted to them before.

        Raises:
            DofxError: As `read`.
        """
        if are_several(self.network):
            found = self.read(data)
            assert isinstance(found, Collection)
            return found.each(lambda part: part.counted)
        return read_rows(data, self.columns, self.home, self.declared_here).counted

    def idle_types(self, data: Any) -> dict[str, VariableType]:
        """The types of interventions and conditions that the answer does not read, if the data have them."""
        found: dict[str, VariableType] = {}
        query = self.network.query
        for name in dict.fromkeys(query.roles[each] for each in query.inputs):
            if name not in self.columns and name not in self.declared:
                for source in data.values() if are_several(self.network) else (data,):
                    try:
                        found.update(read_data(source, (name,), holes=True, codes=self.home.holes).types)
                    except DofxError:
                        continue  # not in the data, or not usable: the answer does not need it
        return found

    def require_declared(self, parts: Mapping[str, Dataset]) -> None:
        """Refuse holes that the graph does not explain."""
        refuse_undeclared(parts, self.network.holes, self.graph, [self.query.kernel], self.network.data)
