"""Policies of which the tables are known: what they can do, what they do for certain, and what that decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...grammar.check_types import check_type, states_of
from ...grammar.diagnostics import DofxError
from ...grammar.parse import parse_type
from ...grammar.syntax import Value
from ..estimand.policies import policy_axes
from ..estimand.table import Table
from ..model.worlds import Constant, Policy

if TYPE_CHECKING:
    from .copies import Slot


@dataclass(frozen=True, slots=True)
class Rules:
    """The tables of policies, and the states of variables.

    Args:
        tables: The table of each policy that is given, by its name.
        states: The states of each variable for which they are known.
        sizes: The number of states of variables of which only that is known.
    """

    tables: Mapping[str, Table] = field(default_factory=dict)
    states: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return bool(self.tables or self.states or self.sizes)

    @classmethod
    def of(cls, policies: Mapping[str, Table] | None, variables: Mapping[str, str] | None) -> Rules:
        """The rules of the tables and types that a person gives.

        Raises:
            DofxError: For what is not a type of variables.
        """
        known: dict[str, Sequence[Value]] = {}
        for name, text in (variables or {}).items():
            type = parse_type(text)
            fault = check_type(type)
            if fault is not None:
                raise DofxError(fault)
            states = states_of(type)
            if states is not None:
                known[name] = states
        return cls(dict(policies or {}), known)

    def values(self, variable: str) -> tuple[Constant, ...]:
        """All values of a variable, if their number is known."""
        size = len(self.states.get(variable, ())) or self.sizes.get(variable, 0)
        return tuple(Constant(self._value(variable, entry)) for entry in range(size))

    def seen(self, policies: Iterable[tuple[str, Policy]]) -> Rules:
        """The rules with the numbers of states that the tables of policies have.

        Args:
            policies: The policies of a query, each with the variable that it sets.
        """
        sizes = dict(self.sizes)
        for sets, policy in policies:
            table = self.tables.get(policy.name)
            axes = policy_axes(policy, sets)
            if table is not None and set(table.names) == set(axes):
                variables = (*(read.variable for read in policy.reads), sets)
                sizes |= {v: table.sizes[axis] for v, axis in zip(variables, axes, strict=True)}
        return replace(self, sizes=sizes)

    def canonical(self, variable: str, value: Value) -> Value:
        """One way to write a value: a state if the states are known, else a number for a truth value.

        >>> rules = Rules(states={"x": ("low", "high"), "y": (False, True)})
        >>> rules.canonical("x", 1), rules.canonical("x", "high"), rules.canonical("y", 1), rules.canonical("z", True)
        ('high', 'high', True, 1)
        """
        states = self.states.get(variable)
        if states:
            if value in states:
                return states[states.index(value)]
            if isinstance(value, int) and 0 <= value < len(states):
                return states[value]
            return value
        return int(value) if isinstance(value, bool) else value

    def certain(self, policy: Policy, sets: str, reads: Sequence[Slot]) -> Constant | None:
        """What a policy sets its variable to, if that is certain given what it reads."""
        support = self.support(policy, sets)
        if support is None or not all(isinstance(read, Constant) for read in reads):
            return None
        entries = [self._entry(event.variable, read) for event, read in zip(policy.reads, reads, strict=True)]
        if any(entry is None for entry in entries):
            return None
        possible = np.flatnonzero(support[tuple(entries)])
        return Constant(self._value(sets, int(possible[0]))) if len(possible) == 1 else None

    def support(self, policy: Policy, sets: str) -> NDArray[np.bool_] | None:
        """Where a policy's probabilities are not zero, axes as written, what it sets last; None if it may do all."""
        table = self.tables.get(policy.name)
        axes = policy_axes(policy, sets)
        if table is None or set(table.names) != set(axes):
            return None
        possible = table.array(axes) > 0
        return None if possible.all() else possible

    def cells(self, policy: Policy, sets: str, slots: Sequence[Slot]) -> Iterator[tuple[Constant, ...]]:
        """What a policy may read and set, in all ways that its table and what is known of the slots allow.

        Args:
            policy: A policy that cannot do all.
            sets: The variable that it sets.
            slots: What it reads, then what it sets.
        """
        support = self.support(policy, sets)
        assert support is not None
        names = (*(event.variable for event in policy.reads), sets)
        known = [
            self._entry(name, slot) if isinstance(slot, Constant) else None
            for name, slot in zip(names, slots, strict=True)
        ]
        for cell in np.argwhere(support):
            if all(entry is None or entry == place for entry, place in zip(known, cell, strict=True)):
                yield tuple(
                    Constant(self._value(name, int(place))) for name, place in zip(names, cell, strict=True)
                )

    def _entry(self, variable: str, slot: Slot) -> int | None:
        """The place of a value among its states, if that is known."""
        if not isinstance(slot, Constant):
            return None
        states, value = self.states.get(variable), slot.value
        if states and value in states:
            return states.index(value)
        return int(value) if isinstance(value, int) else None

    def _value(self, variable: str, entry: int) -> Value:
        states = self.states.get(variable)
        return states[entry] if states and entry < len(states) else entry
