"""From the copies that remain to an estimand: each variable is drawn once, and wires carry the values of the edges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...grammar.format_query import format_name
from ..estimand.algebra import (
    Conditional,
    Estimand,
    Expression,
    Interim,
    Never,
    Same,
    Wire,
    product,
    wired,
)
from ..estimand.policies import policy_axes
from ..estimand.simplify import simplify
from ..graph.admg import ADMG
from ..graph.varset import Order, bits
from ..model.query import Query
from ..model.worlds import Constant
from .blocks import Block, Blocks
from .components import Kept
from .copies import Axis, Copy, Known, Net, Slot
from .factors import Interims
from .served import served
from .verdict import Identified, Refused
from .work import definitions

if TYPE_CHECKING:
    from .worlds import Question


@dataclass(frozen=True, slots=True)
class Parts:
    """What a query was unfolded to.

    Args:
        below: The net of what is given.
        above: The net of all events, at their values.
        free: The net of all events, those that are asked about at any value.
        kept: What remains of it.
    """

    below: Net
    above: Net
    free: Net
    kept: Kept


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
        """A name of its own for a copy: that of the variable if nothing else has it."""
        variable = self.graph.nodes[copy.variable]
        name = variable
        if name in self.taken:
            name = str(copy.event)
        while name in self.taken or name in self.aliases:
            name += "'"
        return self.add(name, variable)

    @property
    def order(self) -> Order:
        """The order of all names."""
        return Order((*self.graph.nodes, *self.aliases))


def nothing(query: Query, graph: ADMG) -> Estimand:
    """The estimand of what cannot be: zero for each value of the outcomes."""
    names = Names(graph)
    for name, variable in query.roles.items():
        names.add(name, variable)
    opened = [query.label(event) for event in query.asked if event.value is None]
    order = names.order
    return Estimand(query, order, (), Never(order.of(*opened)), tuple(names.aliases.items()))


def assembled(question: Question, parts: Parts) -> Identified | Refused:
    """The estimand of a query whose groups are consistent; or what stands in the way of one of its c-factors."""
    build = _Build(question, parts)
    build.name()
    graph = _with_names(question.graph, build.names.order)
    interims = Interims()
    blocks = served(graph, parts.kept.variables, question.data, interims, question.steps, build.agree)
    if isinstance(blocks, Refused):
        return blocks
    return Identified(build.estimand(graph, blocks, interims))


@dataclass(slots=True)
class _Build:
    question: Question
    parts: Parts
    names: Names = field(init=False)
    symbol: dict[int | Copy, str] = field(default_factory=dict)
    """The name of the value of each variable, and of each draw of a policy."""
    chosen: dict[int, Copy] = field(default_factory=dict)
    """The copy that stands for each variable."""
    stated: dict[str, Constant] = field(default_factory=dict)
    """The names of values that the query states, with these."""
    asked: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.names = Names(self.question.graph)

    @property
    def copies(self) -> Iterator[Copy]:
        """The copies that remain: one for each variable, which is the conditions' own where they have one."""
        yield from self.chosen.values()
        yield from (copy for copy in self.parts.free.copies if copy in self.parts.kept.policies)

    def name(self) -> None:
        """Choose the copies and their names; axes come first, as their names are what the query calls them."""
        query, free = self.question.query, self.parts.free
        opened = {self.label(axis) for axis in self._axes()}
        for name, variable in query.roles.items():
            if name in opened:
                self.names.add(name, variable)
        own = set(self.parts.below.copies)
        for copy in free.natural:
            if self.parts.kept.variables >> copy.variable & 1:
                before = self.chosen.setdefault(copy.variable, copy)
                if copy in own and before not in own:
                    self.chosen[copy.variable] = copy
        self.chosen = {variable: self.chosen[variable] for variable in sorted(self.chosen)}
        known = {self._key(copy): value for copy, value in free.fixed.items()}
        events = dict(self.question.asked)
        wanted: dict[int | Copy, Known] = {}
        for node, value in events.items():
            slot = free.slots[node]
            if isinstance(slot, Copy) and self._key(slot) not in known and value is not None:
                kept = wanted.setdefault(self._key(slot), self.parts.above.resolved(value))
                assert kept == self.parts.above.resolved(value)
        for copy in self.copies:
            key = self._key(copy)
            value = known.get(key, wanted.get(key))
            if isinstance(value, Axis):
                self.symbol[key] = self.label(value)
        for copy in self.copies:
            key = self._key(copy)
            if key not in self.symbol:
                self.symbol[key] = self.names.fresh(copy)
            value = known.get(key, wanted.get(key))
            if isinstance(value, Constant):
                self.stated[self.symbol[key]] = value
            if key in known:
                self.given.append(self.symbol[key])
            elif key in wanted:
                self.asked.append(self.symbol[key])
            if copy.policy is not None:
                self._name_axes(copy)
        self._name_indicators()

    def _axes(self) -> Iterator[Axis]:
        query = self.question.query
        yield from (Axis(name) for name in query.interventions)
        yield from (Axis(query.label(event)) for event in (*query.given, *query.asked) if event.value is None)

    def label(self, axis: Axis) -> str:
        return axis.name

    @staticmethod
    def _key(copy: Copy) -> int | Copy:
        return copy if copy.policy else copy.variable

    def _name_axes(self, copy: Copy) -> None:
        """The axes of a policy's table are names too, at which its wires stand."""
        assert copy.policy is not None
        nodes = self.question.graph.nodes
        variables = (*(event.variable for event in copy.policy.reads), nodes[copy.variable])
        for axis, variable in zip(policy_axes(copy.policy, nodes[copy.variable]), variables, strict=True):
            if axis not in self.question.graph.order.index:
                self.names.aliases.setdefault(axis, variable)

    def _name_indicators(self) -> None:
        for axis, value in self._bound():
            self._other(self.label(axis))
            if isinstance(value, Axis):
                self.names.add(self.label(value), self._variable(self.label(value)))

    def _other(self, name: str) -> str:
        """Another name for a value of the same variable, for an indicator to read."""
        variable = self._variable(name)
        if variable != name:
            return variable
        other = f"{format_name(variable)}[]"
        self.names.aliases.setdefault(other, variable)
        return other

    def _variable(self, name: str) -> str:
        return self.question.query.roles[name]

    def _bound(self) -> list[tuple[Axis, Known]]:
        """The open values that the events determine, those that the conditions determine left out."""
        above, below = self.parts.above, self.parts.below
        return [(axis, above.resolved(axis)) for axis in above.bound if axis not in below.bound]

    def wire(self, slot: Slot) -> Wire:
        """What carries a value to a mechanism that reads it."""
        match slot:
            case Constant():
                return slot
            case Axis():
                found = self.parts.below.resolved(slot)
                return found if isinstance(found, Constant) else self.label(found)
            case Copy():
                return self.symbol[self._key(slot)]

    def wires(self, district: int) -> dict[str, Wire]:
        """What stands for each variable that the c-factor of a district is about."""
        nodes, found = self.question.graph.nodes, dict[str, Wire]()
        own = set(self.parts.below.copies)
        members = [self.chosen[variable] for variable in bits(district)]
        for copy in sorted(members, key=lambda copy: copy not in own):
            for parent, slot in zip(copy.parents, copy.reads, strict=True):
                found.setdefault(nodes[parent], self.wire(slot))
        return {**found, **{nodes[variable]: self.symbol[variable] for variable in bits(district)}}

    def agree(self, districts: Iterable[int]) -> bool:
        """Whether several districts need each variable at one value, so that they may be computed together."""
        found: dict[str, Wire] = {}
        for district in districts:
            for variable, wire in self.wires(district).items():
                if found.setdefault(variable, wire) != wire:
                    return False
        return True

    def estimand(self, graph: ADMG, blocks: list[tuple[list[int], Block]], interims: Interims) -> Estimand:
        """The answer: the kernel of what remains, given the conditions, at the values that the query states."""
        order = graph.order
        kernel = Blocks(order, [*self._wired(order, blocks), *self._policies(order)])
        asked, given = order.mask(self.asked), order.mask(self.given)
        body = (
            (_conditioned(kernel, asked, given, interims) if given else kernel.marginal(asked))
            if asked
            else None
        )
        factors = [] if body is None else [wired(body, self.stated, order)]
        answer = product([*factors, *self._indicators(order)])
        several = frozenset(name for name, known in interims.kernels.items() if known is kernel)
        kernels = definitions(answer, interims, graph, several)
        aliases = tuple((name, variable) for name, variable in self.names.aliases.items())
        return simplify(Estimand(self.question.query, order, kernels, answer, aliases), graph)

    def _wired(self, order: Order, blocks: list[tuple[list[int], Block]]) -> Iterator[Block]:
        for districts, block in blocks:
            wires: dict[str, Wire] = {}
            for district in districts:
                wires |= self.wires(district)
            factors = {}
            for variable, factor in block.factors.items():
                inside = block.hidden >> variable & 1
                place = variable if inside else order.index[self.symbol[variable]]
                factors[place] = wired(factor, wires, order)
            yield Block(block.hidden, factors)

    def _policies(self, order: Order) -> Iterator[Block]:
        nodes = self.question.graph.nodes
        for copy in self.copies:
            if copy.policy is not None:
                axes = policy_axes(copy.policy, nodes[copy.variable])
                leaf = Conditional(order.of(axes[-1]), order.of(*axes[:-1]), copy.policy)
                wires = dict(zip(axes, map(self.wire, copy.reads), strict=False))
                wires[axes[-1]] = self.symbol[copy]
                yield Block(0, {order.index[self.symbol[copy]]: wired(leaf, wires, order)})

    def _indicators(self, order: Order) -> Iterator[Expression]:
        """1 where an open value is what the events make it, else 0."""
        query = self.question.query
        outcomes = {query.label(event) for event in query.asked if event.value is None}
        outcomes -= {query.label(event) for event in query.given}
        for axis, value in self._bound():
            name = self.label(axis)
            other = self._other(name)
            wire: Wire = value if isinstance(value, Constant) else self.label(value)
            if name in outcomes:
                leaf = Conditional(order.of(name), order.of(other), Same())
                yield wired(leaf, {other: wire}, order)
            else:
                leaf = Conditional(order.of(other), order.of(name), Same())
                yield wired(leaf, {other: wire}, order)


def _conditioned(kernel: Blocks, asked: int, given: int, interims: Interims) -> Expression:
    """``K(asked | given)``: by feeding values in where that is the conditional, else by its name."""
    found = kernel.clamp(asked, given)
    if found is not None:
        return found
    names = kernel.order.set
    needed = (given | (kernel.mentions & ~kernel.visible)) & kernel.mentions
    return Conditional(names(asked), names(needed), Interim(interims.name(kernel)))


def _with_names(graph: ADMG, order: Order) -> ADMG:
    """The graph with nodes that have no edges for the names that are not its variables."""
    more = [0] * (len(order.names) - len(graph.nodes))
    rows = ([*row, *more] for row in graph._rows)
    return ADMG._from_masks(order, *rows)
