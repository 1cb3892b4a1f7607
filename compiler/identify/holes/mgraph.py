"""A graph with indicators of holes, in an order that puts all variables before all indicators."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...graph.admg import ADMG
from ...graph.holes import Indicators, with_holes_of
from ...graph.separation import conditions_needed, separated
from ...graph.varset import Order, bits
from ...model.model import under_do


@dataclass(slots=True)
class MGraph:
    """An m-graph (Mohan, Pearl, Tian 2013): variables first, in topological order, then indicators.

    Args:
        graph: The graph.
        holes: All indicators with their columns, those outside the graph too.
        aliases: Names of an estimand that are not variables of the graph.
    """

    graph: ADMG
    holes: Indicators
    aliases: tuple[str, ...] = ()
    variables: int = 0
    indicators: int = 0
    order: Order = field(default_factory=lambda: Order(()))
    """The variables, then the aliases. The masks of variables are the same in it as in the graph."""
    _shown_by: list[int] = field(default_factory=list)
    _columns: dict[int, int] = field(default_factory=dict)
    _cut: dict[int, ADMG] = field(default_factory=dict)
    _separated: dict[tuple[int, int, int, int], bool] = field(default_factory=dict)
    _needed: dict[tuple[int, int, int], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        order, known = self.graph.order, self.holes
        self._shown_by = [0] * len(order.names)
        for place, name in enumerate(order.names):
            if name in known:
                self.indicators |= 1 << place
                self._columns[place] = order.mask(each for each in known[name] if each in order.index)
                for column in bits(self._columns[place]):
                    self._shown_by[column] = 1 << place
        self.variables = self.graph.all & ~self.indicators
        self.order = Order((*(name for name in order.names if name not in known), *self.aliases))

    @classmethod
    def of(
        cls, graph: ADMG, variables: list[int], aliases: tuple[str, ...] = (), whole: ADMG | None = None
    ) -> MGraph:
        """The m-graph of a graph, its variables in the order of some positions.

        Args:
            graph: The graph.
            variables: Positions of its variables, causes first.
            aliases: Names of an estimand that are not variables of the graph.
            whole: The graph that it is a projection of: an indicator keeps the columns that are hidden in it.
        """
        indicators = sorted(bits(graph.indicators), key=graph.levels.__getitem__)
        return cls(graph.subgraph(graph.all, [*variables, *indicators]), (whole or graph).holes, aliases)

    def within(self, data_set: str, sets: int) -> MGraph:
        """The m-graph of the rows of one data set, in which an experiment set some variables.

        Its variables have the same masks.
        """
        graph = with_holes_of(self.fixed(sets), data_set)
        return MGraph(graph, self.holes.of(data_set), self.aliases)

    def shows(self, variables: int) -> int:
        """The indicators of the columns with holes among some variables."""
        found = 0
        for place in bits(variables & self.variables):
            found |= self._shown_by[place]
        return found

    def hiding(self, variables: int) -> int:
        """Those of some variables that decide about their own holes, or share an unobserved cause with them.

        Whatever they are given, they depend on whether they are shown.
        """
        touching = self.graph.parents_of, self.graph.siblings_of
        return sum(
            1 << v for v in bits(variables) if any(near(self.shows(1 << v)) >> v & 1 for near in touching)
        )

    def columns(self, indicator: int) -> int:
        """The variables whose holes the indicator at a position decides about."""
        return self._columns[indicator]

    def fixed(self, indicators: int) -> ADMG:
        """The graph in which some nodes are set, so that nothing points into them."""
        if indicators not in self._cut:
            self._cut[indicators] = under_do(self.graph, indicators)
        return self._cut[indicators]

    def separated(self, x: int, y: int, given: int, fixed: int = 0) -> bool:
        """Whether `given` and what is fixed m-separate x from y in the graph in which it is fixed."""
        given |= fixed
        y &= ~given
        if not y:
            return True
        key = x, y, given, fixed
        if key not in self._separated:
            self._separated[key] = separated(self.fixed(fixed), x, y, given)
        return self._separated[key]

    def needed(self, x: int, given: int, fixed: int = 0) -> int:
        """The part of `given` on which x depends, once the rest of it and what is fixed are known."""
        key = x, given, fixed
        if key not in self._needed:
            self._needed[key] = conditions_needed(self.fixed(fixed), x, given | fixed)[0] & given
        return self._needed[key]

    def shown_names(self, indicators: int, read: int) -> tuple[str, ...]:
        """The columns that a row must show: those among `read`, or else the first of an indicator's."""
        known, names = self.holes, self.graph.order.names
        found: list[str] = []
        for place in bits(indicators):
            own = self._columns[place] & read
            found += [names[i] for i in bits(own)] if own else known[names[place]][:1]
        return tuple(sorted(found))
