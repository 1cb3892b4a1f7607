"""Independence among the rows of a data set: among all of them, or among those that were selected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ...graph.additions import with_node
from ...model.data import DataSet
from .mgraph import MGraph


@dataclass(frozen=True, slots=True)
class Among:
    """The m-graph of rows, and what all of these rows have in common.

    That a row was selected is one more node, which every test is given. Independence given it is m-separation, so what
    holds of all rows holds of the selected: helpers can be summed out, and joints conditioned anew. Weights of rows do
    not carry over, because no graph with this node describes a weighted law.

    Args:
        graph: The m-graph, with a last node for the selection if there is one.
        known: Mask of that node.
        complete: Whether the graph has all causes of the selection, and none in another world.
    """

    graph: MGraph
    known: int = 0
    complete: bool = True

    @classmethod
    def of(cls, graph: MGraph, data: DataSet) -> Self:
        """The rows of a data set.

        Args:
            graph: The m-graph of its rows without the selection.
            data: The data set.
        """
        if not data.keeps:
            return cls(graph)
        order = graph.graph.order
        found = [name for name in data.keeps if name in order.index]
        node = with_node(graph.graph, f"selected for {data.name}", causes=order.mask(found))
        complete = len(found) == len(data.keeps) and not graph.aliases
        return cls(MGraph(node, graph.holes, graph.aliases), 1 << len(order.names), complete)

    def separated(self, x: int, y: int, given: int, fixed: int = 0) -> bool:
        """As `MGraph.separated`, among these rows."""
        return self.graph.separated(x, y, given | self.known, fixed)

    def needed(self, x: int, given: int, fixed: int = 0) -> int:
        """As `MGraph.needed`, among these rows."""
        return self.graph.needed(x, given | self.known, fixed) & given
