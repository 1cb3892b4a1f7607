"""Which values are possible together, and which are certain, where policies cannot do everything or states are few."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

from ...model.worlds import Constant
from .copies import Atom, Axis, Contradiction, Copy, Known, Net, Node, Slot
from .unfolding import Unfolding

MOST_COMBINATIONS = 4096
"""How many combinations of what policies read and set are looked at; beyond, a policy counts as one that may do all."""


def possible_nets(
    unfolding: Unfolding, atoms: Sequence[Atom], bound: Mapping[Axis, Known] | None = None
) -> list[Net]:
    """The nets of some events, one for each combination of what policies read and set that has a positive probability.

    If every policy may do everything, there is one net, in which nothing is known of the policies. A cause is split by
    its values too, if their number is known and the events exclude some of them. An empty list means that the events
    exclude each other.
    """
    if not unfolding.rules:
        whole = unfolding.net(atoms, bound)
        return [] if isinstance(whole, Contradiction) else [whole]
    found: list[Net] = []
    for net in _possible_nets(unfolding, atoms, dict(bound or {}), frozenset()):
        found.append(net)
        if len(found) > MOST_COMBINATIONS:
            whole = unfolding.net(atoms, bound)
            return [] if isinstance(whole, Contradiction) else [whole]
    return found


def forced(
    unfolding: Unfolding, atoms: Sequence[Atom], bound: Mapping[Axis, Known] | None = None
) -> list[Atom] | None:
    """What follows from some events: copies that have one value wherever policies allow the events.

    Returns:
        The events that follow; None where policies do not allow the events at all.
    """
    more: list[Atom] = []
    if not unfolding.rules:
        return more
    while True:
        base = unfolding.net([*atoms, *more], bound)
        if isinstance(base, Contradiction):
            return None
        nets = possible_nets(unfolding, [*atoms, *more], bound)
        if not nets:
            return None
        if len(nets) == 1 and nets[0].fixed == base.fixed:
            return more
        new = []
        for copy in base.copies:
            values = {net.value(net.slots[base.homes[copy]]) for net in nets}
            only = next(iter(values))
            if copy not in base.fixed and len(values) == 1 and isinstance(only, Constant):
                new.append((base.homes[copy], only))
        if not new:
            return more
        more += new


def _possible_nets(
    unfolding: Unfolding, atoms: Sequence[Atom], bound: Mapping[Axis, Known], done: frozenset[Node]
) -> Iterator[Net]:
    net = unfolding.net(atoms, bound)
    if isinstance(net, Contradiction):
        return
    rules, names = unfolding.rules, unfolding.graph.nodes
    for copy in net.copies:
        if (
            copy.policy is None
            or net.homes[copy] in done
            or rules.support(copy.policy, names[copy.variable]) is None
        ):
            continue
        slots = [net.value(slot) for slot in (*copy.reads, copy)]
        for cell in rules.cells(copy.policy, names[copy.variable], slots):
            more, known = _with(net, slots, cell)
            if more is not None:
                yield from _possible_nets(
                    unfolding, [*atoms, *more], {**net.bound, **known}, done | {net.homes[copy]}
                )
        return
    cause = _deciding_cause(unfolding, net)
    if cause is None:
        yield net
        return
    for value in rules.values(names[cause.variable]):
        yield from _possible_nets(unfolding, [*atoms, (net.homes[cause], value)], net.bound, done)


def _deciding_cause(unfolding: Unfolding, net: Net) -> Copy | None:
    """A cause with finitely many values, of which the events exclude some.

    Two copies of a variable that have different values have different causes: where all but one of the values of a
    cause would make their causes equal, it has the one that is left.
    """
    seen: dict[int, list[Copy]] = {}
    for copy in net.natural:
        if isinstance(net.fixed.get(copy), Constant):
            seen.setdefault(copy.variable, []).append(copy)
    for copies in seen.values():
        for one, other in combinations(copies, 2):
            if net.fixed[one] == net.fixed[other]:
                continue
            pairs = [(a, b) for a, b in zip(one.reads, other.reads, strict=True) if a != b]
            if any(not isinstance(a, Copy) and not isinstance(b, Copy) for a, b in pairs):
                continue
            free = [slot for pair in pairs for slot in pair if isinstance(slot, Copy)]
            for slot in free:
                if unfolding.rules.values(unfolding.graph.nodes[slot.variable]):
                    return slot
    return None


def _with(
    net: Net, slots: Sequence[Slot], cell: Sequence[Constant]
) -> tuple[list[Atom] | None, dict[Axis, Known]]:
    """The events and open values that a combination of values adds; None as events if they contradict each other."""
    more: dict[Node, Constant] = {}
    known: dict[Axis, Known] = {}
    for slot, value in zip(slots, cell, strict=True):
        match slot:
            case Copy():
                if more.setdefault(net.homes[slot], value) != value:
                    return None, {}
            case Axis():
                if known.setdefault(slot, value) != value:
                    return None, {}
            case _:
                pass
    return list(more.items()), known
