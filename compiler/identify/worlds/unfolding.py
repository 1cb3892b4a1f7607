"""Unfolding: events in several worlds, and what each variable that they depend on is there.

Each variable is found in each world after its causes; equal mechanisms with equal causes become one copy.

References:
    Correa, Lee, Bareinboim (2021), "Nested counterfactual identification from arbitrary surrogate experiments",
    NeurIPS, arXiv 2107.03190: counterfactual ancestors, unnesting (theorem 1), exclusion and consistency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ...graph.admg import ADMG
from ...graph.varset import bits
from ...model.worlds import FACTUAL, Actual, Constant, Event, Natural, Open, Policy, Setting, World
from .copies import Atom, Axis, Contradiction, Copy, Known, Net, Node, Slot, reached
from .rules import Rules


@dataclass(slots=True)
class Unfolding:
    """Unfolds events over one graph; equal copies are the same object in all nets that it makes.

    Args:
        graph: The graph, its nodes in topological order.
        rules: The policies of which the tables are known.
    """

    graph: ADMG
    rules: Rules
    worlds: list[World] = field(default_factory=list)
    _numbers: dict[World, int] = field(default_factory=dict)
    _settings: list[dict[int, Setting]] = field(default_factory=list)
    _copies: dict[tuple[object, ...], Copy] = field(default_factory=dict)
    _parents: dict[int, tuple[int, ...]] = field(default_factory=dict)
    _needs: dict[Node, list[Node]] = field(default_factory=dict)
    _aliased: list[set[int]] = field(default_factory=list)
    """For each world, the variables that are set to the value that they have in another world."""
    _changed: list[int] = field(default_factory=list)
    """For each world, the mask of the variables that may differ from the factual ones."""

    def __post_init__(self) -> None:
        self._number(FACTUAL)

    def node(self, event: Event) -> Node:
        """The place of an event."""
        variable, world = self.graph.order.index[event.variable], self._number(event.world)
        return variable, world if self._changed[world] >> variable & 1 else 0, False

    def event(self, node: Node) -> Event:
        """The event at a place."""
        return Event(self.graph.nodes[node[0]], self.worlds[node[1]])

    def net(self, atoms: Sequence[Atom], bound: Mapping[Axis, Known] | None = None) -> Net | Contradiction:
        """The copies on which events depend, merged as far as the events' values allow.

        Args:
            atoms: The events.
            bound: What is known about open values.

        Returns:
            The net; or, where the events exclude each other, two values that one of them would have. An open value
            that has to be another value is bound to that.
        """
        known = dict(bound or {})
        ordered = sorted(atoms, key=lambda atom: atom[0][0])
        while True:
            found = self._settled(ordered, known)
            if isinstance(found, tuple):
                axis, value = found
                known[axis] = value
            else:
                return found

    def _settled(
        self, atoms: Sequence[Atom], bound: Mapping[Axis, Known]
    ) -> Net | Contradiction | tuple[Axis, Known]:
        """Merges equal copies and puts known values in, until nothing changes any more.

        Values are put in in the order of the graph. A policy may read against this order: if a copy was read before
        its value was known, the next round begins with the values of this one.

        Returns:
            The net; or two values that one event would have; or an open value and the value that it has to have.
        """
        before: dict[Copy, Known] = {}
        while True:
            net = Net((), {}, {}, bound)
            now: dict[Copy, Known] = {}
            slots: dict[Node, Slot] = {}
            unknown: set[Copy] = set()
            early = False
            for node, stated in atoms:
                slot = self._slot(node, slots, now, before, unknown, net)
                if stated is None:
                    continue
                value = net.resolved(stated)
                if isinstance(slot, Copy):
                    early = early or slot in unknown
                    seen = now.setdefault(slot, value)
                else:
                    seen = net.resolved(slot)
                clash = self._clash(node, seen, value)
                if clash is not None:
                    return clash
            if now == before or not (early or before):
                return Net(tuple(reached(slots[node] for node, _ in atoms)), now, slots, bound)
            before = now

    def _clash(self, node: Node, seen: Known, value: Known) -> Contradiction | tuple[Axis, Known] | None:
        if seen == value:
            return None
        if isinstance(value, Axis):
            return value, seen
        if isinstance(seen, Axis):
            return seen, value
        return Contradiction(self.event(node), (seen.value, value.value))

    def _slot(
        self,
        node: Node,
        slots: dict[Node, Slot],
        now: Mapping[Copy, Known],
        before: Mapping[Copy, Known],
        unknown: set[Copy],
        net: Net,
    ) -> Slot:
        """The slot of a variable in a world. Copies that are read before their value is known are added to `unknown`.

        The variables on which it depends get their slots first, without recursion: graphs may be deep.
        """
        waiting = [node]
        while waiting:
            top = waiting[-1]
            if top in slots:
                waiting.pop()
                continue
            needs = self._needs.get(top)
            if needs is None:
                needs = self._needs[top] = self._needed(top)
            missing = [need for need in needs if need not in slots]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            variable, world, natural = top
            if variable in self._aliased[world] and not natural:
                slots[top] = slots[needs[0]]  # the copy itself: its value is put in where it is read
                continue
            reads: list[Slot] = []
            for need in needs:
                slot = slots[need]
                if isinstance(slot, Copy):
                    value = now.get(slot) or before.get(slot)
                    if value is None:
                        unknown.add(slot)
                        reads.append(slot)
                        continue
                    slot = value
                reads.append(net.resolved(slot))
            slots[top] = self._made(top, tuple(reads), net)
        return slots[node]

    def _how(self, node: Node) -> Setting | None:
        variable, world, natural = node
        return None if natural else self._settings[world].get(variable)

    def _needed(self, node: Node) -> list[Node]:
        """The events that decide what a variable is in a world. Those that the world does not change are factual."""
        variable, world, _ = node
        match self._how(node):
            case None:
                changed = self._changed[world]
                return [
                    (parent, world if changed >> parent & 1 else 0, False)
                    for parent in self._parents_of(variable)
                ]
            case Constant() | Open():
                return []
            case Natural(event):
                return [self.node(event)]
            case Policy(reads=reads):
                return [self._read(event, variable, world) for event in reads]
            case _:
                raise AssertionError("every setting has its needs")

    def _read(self, read: Event | Actual, variable: int, world: int) -> Node:
        """The place of an event that a policy reads.

        A bare name is of the world in which the policy is followed; the variable that the policy sets is read with its
        natural value.
        """
        position = self.graph.order.index[read.variable]
        if isinstance(read, Actual):
            return position, 0, False
        if read.world:
            return position, self._number(read.world), False
        return position, world, position == variable

    def _made(self, node: Node, reads: tuple[Slot, ...], net: Net) -> Slot:
        variable, world, _ = node
        match self._how(node):
            case None:
                return self._copy((variable, reads), node, reads, self._parents_of(variable))
            case Constant(value):
                return Constant(self.rules.canonical(self.graph.nodes[variable], value))
            case Open(name):
                return net.resolved(Axis(name))
            case Natural():
                return reads[0]
            case Policy() as policy:
                certain = self.rules.certain(policy, self.graph.nodes[variable], reads)
                if certain is not None:
                    return certain
                parents = tuple(self._read(event, variable, world)[0] for event in policy.reads)
                return self._copy((variable, world, reads, "policy"), node, reads, parents, policy)
            case _:
                raise AssertionError("every setting has its needs")

    def _copy(
        self,
        key: tuple[object, ...],
        node: Node,
        reads: tuple[Slot, ...],
        parents: tuple[int, ...],
        policy: Policy | None = None,
    ) -> Copy:
        found = self._copies.get(key)
        if found is None:
            found = self._copies[key] = Copy(node[0], self.event(node), reads, parents, policy)
        return found

    def _descendants(self, variables: Iterable[int]) -> int:
        """The mask of the descendants of some variables, these included."""
        mask, waiting = 0, list(variables)
        while waiting:
            top = waiting.pop()
            if not mask >> top & 1:
                mask |= 1 << top
                waiting += bits(self.graph.child_masks[top] & ~mask)
        return mask

    def _parents_of(self, variable: int) -> tuple[int, ...]:
        if variable not in self._parents:
            self._parents[variable] = tuple(bits(self.graph.parent_masks[variable]))
        return self._parents[variable]

    def _number(self, world: World) -> int:
        number = self._numbers.get(world)
        if number is None:
            number = self._numbers[world] = len(self.worlds)
            self.worlds.append(world)
            index = self.graph.order.index
            self._settings.append({index[name]: how for name, how in world})
            self._aliased.append({index[name] for name, how in world if isinstance(how, Natural)})
            self._changed.append(self._descendants(index[name] for name in world.variables))
        return number
