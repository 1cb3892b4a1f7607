"""A question about several worlds, and the nets of copies that it is unfolded to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...graph.admg import ADMG
from ...graph.canonical import canonical_order, reads_first
from ...graph.projection import hidden
from ...model.data import DataSet
from ...model.query import Query
from ...model.worlds import Constant, Event
from ..derivation import Rule, Step
from .components import Kept
from .copies import Atom, Axis, Contradiction, Known, Net
from .rules import Rules
from .unfolding import Unfolding


@dataclass(slots=True)
class Question:
    """A query about several worlds, its events as atoms over the ancestral graph.

    Args:
        query: The query.
        graph: The ancestral graph, its nodes in canonical topological order; hidden nodes have no edges.
        whole: The same graph with nothing hidden.
        latent: The mask of what is hidden.
        unfolding: Makes the copies.
        asked: The events that are asked about.
        given: The events that are given, and the events that follow from them.
        data: The data sets that may answer.
        steps: The derivation.
        bound: Open values that are taken to be known, when values are decided one by one.
    """

    query: Query
    graph: ADMG
    whole: ADMG
    latent: int
    unfolding: Unfolding
    asked: list[Atom]
    given: list[Atom]
    data: tuple[DataSet, ...]
    steps: list[Step] = field(default_factory=list)
    bound: Mapping[Axis, Known] = field(default_factory=dict)

    @classmethod
    def of(
        cls, query: Query, graph: ADMG, data: tuple[DataSet, ...], rules: Rules, hide: Iterable[str] = ()
    ) -> Question:
        """The question that a query asks, some variables that it does not mention projected out.

        What decides which rows a data set has matters too, whether or not it is a cause of what is asked.
        """
        mask = graph.order.mask
        design = mask(name for each in data for name in each.design if name in graph.order.index)
        keep = graph.ancestors_of(mask(query.mentioned) | design)
        smaller = graph if keep == graph.all else graph.subgraph(keep)
        role = dict.fromkeys((event.variable for event in query.given), 2)
        role |= dict.fromkeys((event.variable for event in query.asked), 1)
        order = canonical_order(smaller, [role.get(name, 0) for name in smaller.nodes])
        events = (*query.asked, *query.given)
        index = smaller.order.index
        read = [(index[a], index[b]) for event in events for a, b in event.world.readings]
        ordered = smaller.subgraph(smaller.all, reads_first(smaller, order, read))
        latent = ordered.order.mask(name for name in hide if name in ordered.order.index)
        level = hidden(ordered, latent)
        rules = rules.seen(query)
        unfolding = Unfolding(level, rules)

        def atoms(events: Sequence[Event]) -> list[Atom]:
            found: list[Atom] = []
            for event in events:
                stated = event.value
                value = (
                    Axis(query.label(event))
                    if stated is None
                    else Constant(rules.canonical(event.variable, stated))
                )
                found.append((unfolding.node(event), value))
            return found

        return cls(query, level, ordered, latent, unfolding, atoms(query.asked), atoms(query.given), data)

    def net(self, atoms: Sequence[Atom]) -> Net | Contradiction:
        """The copies on which events depend, see `Unfolding.net`."""
        return self.unfolding.net(atoms, self.bound)

    def at(self, bound: Mapping[Axis, Known]) -> Question:
        """The same question where some open values are known, with a derivation of its own."""
        return replace(self, given=list(self.given), steps=[], bound=bound)

    def note(self, rule: Rule, variables: int, note: str) -> None:
        """Write a step down."""
        names = self.graph.order.set
        self.steps.append(Step(rule, names(variables), names(self.graph.all), note=note))


@dataclass(frozen=True, slots=True)
class Parts:
    """What a query was unfolded to.

    Args:
        below: The net of what is given.
        above: The net of all events, at their values.
        free: The net of all events; events that are asked about may have any value.
        kept: What remains of it.
        anyhow: Whether its groups are consistent for all values of the events that are asked about.
    """

    below: Net
    above: Net
    free: Net
    kept: Kept
    anyhow: bool
