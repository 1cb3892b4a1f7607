"""What a sampling network was compiled from: enough to compile it again, and so to show its proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from ..compiler.compilation import Compilation
from ..compiler.driver import compile_if_identified
from ..compiler.graph.admg import ADMG
from ..compiler.graph.read import graph_from_syntax
from ..compiler.model.data import ALONE, DataSet
from ..compiler.model.query import NO_LIMITS, Query
from ..compiler.network.errors import NoDrawError
from ..compiler.passes.cost import WEIGHTS, Weights
from ..compiler.passes.weights import weights_of, written
from ..compiler.printers.data_json import data_from_json, data_to_json
from ..grammar.parse import parse_graph
from .variables import VariableType, cardinalities, parse_type, sizes_of

if TYPE_CHECKING:
    from .evaluation import Evaluation


@dataclass(frozen=True, slots=True)
class Origin:
    """The assumptions and the choices behind a sampling network.

    Args:
        graph: The causal graph, without the variables that were to be avoided.
        weights: What counted how much where several exact ways were compared.
        types: The types that were declared.
        data: The data sets.
    """

    graph: ADMG
    weights: Weights
    types: Mapping[str, VariableType]
    data: tuple[DataSet, ...] = ALONE

    @classmethod
    def of(cls, compilation: Compilation | Evaluation, types: Mapping[str, VariableType]) -> Self:
        """Where a compilation under some declared types started."""
        proof = compilation.identification
        weights = compilation.context.weights if isinstance(compilation, Compilation) else WEIGHTS
        return cls(proof.graph, weights, dict(types), proof.data)

    def compile(self, query: Query) -> Compilation | None:
        """The query compiled by today's compiler, to which it may not be identifiable, or have no sampler."""
        try:
            found = compile_if_identified(
                query.within(NO_LIMITS),
                self.graph,
                data=self.data,
                sizes=sizes_of(self.types),
                states=cardinalities(self.types),
                weights=self.weights,
            )
        except NoDrawError:
            return None
        return found if isinstance(found, Compilation) else None

    def to_json(self) -> dict[str, Any]:
        """The origin as JSON; `from_json` reads it."""
        return {
            "graph": str(self.graph),
            "weights": written(self.weights),
            "types": {name: str(type) for name, type in self.types.items()},
            **({} if self.data == ALONE else {"data": [data_to_json(each) for each in self.data]}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], query: Query) -> Self:
        """What `to_json` wrote, for the query that was asked.

        Raises:
            DofxError: For a graph or a type that does not parse.
            ValueError: For a graph of other variables.
        """
        types = {name: parse_type(text) for name, text in data["types"].items()}
        graph = graph_from_syntax(parse_graph(data["graph"]))
        if not {*query.roles.values()} <= {*graph.nodes}:
            raise ValueError("its query is about variables that its graph has not")
        weights = weights_of(data["weights"])
        sets = tuple(map(data_from_json, data["data"])) if "data" in data else ALONE
        return cls(graph, weights, types, sets)
