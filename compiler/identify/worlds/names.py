"""Names for the values of several worlds: the names that the query gives, and fresh ones."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...graph.admg import ADMG
from ...graph.varset import Order
from .copies import Copy


@dataclass(slots=True)
class Names:
    """The names of the order: the graph's variables, then the values of several worlds, each for its variable."""

    graph: ADMG
    aliases: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def add(self, name: str, variable: str) -> str:
        """A name for a value of a variable, one that several may use."""
        if name not in self.graph.order.index:
            self.aliases.setdefault(name, variable)
        self.taken.add(name)
        return name

    def fresh(self, copy: Copy) -> str:
        """A name for a copy: the name of the variable if nothing else has it, else a fresh one."""
        variable = self.graph.nodes[copy.variable]
        name = variable
        if name in self.taken:
            name = str(copy.event)
        while name in self.taken or self.aliases.get(name, variable) != variable:
            name += "'"
        return self.add(name, variable)

    @property
    def order(self) -> Order:
        """The order of all names."""
        return Order((*self.graph.nodes, *self.aliases))


def with_names(graph: ADMG, order: Order) -> ADMG:
    """The graph with nodes that have no edges for the names that are not its variables."""
    more = [0] * (len(order.names) - len(graph.nodes))
    rows = ([*row, *more] for row in graph._rows)
    return ADMG._from_masks(order, *rows)
