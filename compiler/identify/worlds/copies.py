"""The copies of variables that events in several worlds depend on, and the nets in which they hang together.

A copy is a mechanism with the values that its causes have: equal mechanisms with equal causes are one copy, whichever
worlds they occur in, and a cause whose value is known counts as that value. `unfolding.py` makes them.

References:
    Correa, Lee, Bareinboim (2021), "Nested counterfactual identification from arbitrary surrogate experiments",
    NeurIPS, arXiv 2107.03190: counterfactual ancestors, unnesting (theorem 1), exclusion and consistency.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from ....grammar.syntax.program import Value
from ...model.worlds import Constant, Event, Policy


@dataclass(frozen=True, slots=True)
class Axis:
    """The open value of an outcome, a condition or an input. It differs from all values that the query names."""

    name: str


@dataclass(slots=True, eq=False)
class Copy:
    """A variable with the values of its causes; or the draw of a policy with what it reads.

    Args:
        variable: The position of the variable in the graph.
        event: The first event that it was met as.
        reads: What its causes are: those of the variable, or what the policy reads in the order written.
        parents: The variables that `reads` are values of.
        policy: The policy, if it is a draw of one.
    """

    variable: int
    event: Event
    reads: tuple[Slot, ...]
    parents: tuple[int, ...]
    policy: Policy | None = None

    def __repr__(self) -> str:
        return str(self.event)


Slot: TypeAlias = Constant | Axis | Copy
"""What an edge carries: a value that the query states, one that it leaves open, or what a copy turns out to be."""

Known: TypeAlias = Constant | Axis
"""A value of an event."""

Node: TypeAlias = tuple[int, int, bool]
"""A variable, a world, and whether its natural value is meant: the one that it would have there if it were not set."""

Atom: TypeAlias = tuple[Node, Known | None]
"""A variable in a world, and its value there; None if the variable matters and may have any value."""


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two values that one event would have to have at once."""

    event: Event
    values: tuple[Value, Value]


@dataclass
class Net:
    """The copies on which some events depend.

    Args:
        copies: The copies, causes first.
        fixed: The values of the copies that the events fix.
        slots: For each event the copy that it is about, or the value that is known already.
        bound: The open values that the events determine, each with its value.
    """

    copies: tuple[Copy, ...]
    fixed: Mapping[Copy, Known]
    slots: dict[Node, Slot]
    bound: Mapping[Axis, Known]

    def value(self, slot: Slot) -> Slot:
        """The value of a copy if it is known, else the copy itself."""
        return self.fixed.get(slot, slot) if isinstance(slot, Copy) else self.resolved(slot)

    def resolved(self, value: Known) -> Known:
        """A value; of an open value, the one that it has to have if the events determine it."""
        while isinstance(value, Axis) and value in self.bound:
            value = self.bound[value]
        return value

    @cached_property
    def homes(self) -> Mapping[Copy, Node]:
        """One place at which each copy occurs."""
        return {slot: node for node, slot in reversed(self.slots.items()) if isinstance(slot, Copy)}

    @property
    def natural(self) -> Iterator[Copy]:
        """The copies of variables, without draws of policies."""
        return (copy for copy in self.copies if copy.policy is None)


def reached(slots: Iterable[Slot]) -> Iterator[Copy]:
    """The copies on which some slots depend, these included, causes first."""
    done: set[Copy] = set()
    for slot in slots:
        waiting = [slot] if isinstance(slot, Copy) else []
        while waiting:
            top = waiting[-1]
            missing = [read for read in top.reads if isinstance(read, Copy) and read not in done]
            if missing and top not in done:
                waiting += missing
                continue
            waiting.pop()
            if top not in done:
                done.add(top)
                yield top
