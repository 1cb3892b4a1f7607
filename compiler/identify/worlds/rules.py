"""Policies of which the tables are known: what they can do, what they do for certain, and what that decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ....grammar.checks.names import Scope, unknown
from ....grammar.checks.types import check_type, states_of
from ....grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ....grammar.parse import parse_type
from ....grammar.syntax.program import Name, Value
from ...graph.admg import ADMG
from ...model.query import Query
from ...model.rule import policy_axes
from ...model.worlds import Constant, Policy
from ..errors import not_a_state

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ...estimand.table import Table
    from .copies import Slot


@dataclass(frozen=True, slots=True)
class Rules:
    """The tables of policies, and the states of variables.

    Args:
        tables: The table of each policy that is given, by its name.
        states: The states of each variable for which they are known.
        sizes: The number of states of variables of which only that is known.
        words: The variables of which the query names states by words.
        declared: The variables of which the states were declared.
    """

    tables: Mapping[str, Table] = field(default_factory=dict)
    states: Mapping[str, Sequence[Value]] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    declared: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return bool(self.tables or self.states or self.sizes)

    @classmethod
    def of(
        cls, policies: Mapping[str, Table] | None, variables: Mapping[str, str] | None, graph: ADMG
    ) -> Rules:
        """The rules of the tables and types that a person gives.

        Args:
            policies: The table of each policy, by its name.
            variables: The types of variables, by names of the graph; those of latent ones say nothing.
            graph: The graph.

        Raises:
            DofxError: With every fault: E0301 or E0302 for a name that the graph does not have, E0401 or E0402 for what
                is not a type of variables.
        """
        scope = Scope((*graph.nodes, *(graph.origin.hidden if graph.origin else ())))
        known: dict[str, Sequence[Value]] = {}
        faults: list[Diagnostic] = []
        for written, text in (variables or {}).items():
            name, states = scope.resolve(written), None
            if name is None:
                faults.append(unknown(Name(written), scope, None))
            try:
                states = _states_of(text)
            except DofxError as error:
                faults += error.diagnostics
            if name is not None and states is not None:
                known[name] = states
        if faults:
            raise DofxError(faults)
        return cls(dict(policies or {}), known, declared=frozenset(known))

    def other(self, variable: str, value: Constant) -> Constant | None:
        """The other value of a variable that is declared to have two states."""
        if variable not in self.declared or len(self.states[variable]) != 2:
            return None
        return next(each for each in self.values(variable) if each != value)

    def values(self, variable: str) -> tuple[Constant, ...]:
        """All values of a variable, if their number is known."""
        return tuple(Constant(self._value(variable, entry)) for entry in range(self._size(variable)))

    def _size(self, variable: str) -> int:
        """The number of states of a variable; 0 where it is not known."""
        return len(self.states.get(variable, ())) or self.sizes.get(variable, 0)

    def seen(self, query: Query) -> Rules:
        """The rules with what the tables of a query's policies say of states, and with how the query writes states."""
        sizes, states = dict(self.sizes), dict(self.states)
        for sets, policy in query.set_by_policies:
            table = self.tables.get(policy.name)
            axes = () if table is None else policy_axes(policy, sets)
            if table is not None and set(table.names) == set(axes):
                for variable, axis in zip(
                    (*(read.variable for read in policy.reads), sets), axes, strict=True
                ):
                    sizes[variable] = table.sizes[axis]
                    if axis in table.states:
                        states.setdefault(variable, table.states[axis])
        words = frozenset(variable for variable, value in query.stated if isinstance(value, str))
        return replace(self, sizes=sizes, states=states, words=words)

    def canonical(self, variable: str, value: Value) -> Value:
        """One way to write a value: a state by its name if the query names states of the variable, else by its number.

        Raises:
            DofxError: E1002 for what is not a state of a variable of which the states are known.

        >>> rules = Rules(states={"x": ("low", "high"), "y": (False, True)}, words=frozenset("x"))
        >>> rules.canonical("x", 1), rules.canonical("x", "high"), rules.canonical("y", 1), rules.canonical("z", True)
        ('high', 'high', True, 1)
        """
        entry = self._entry(variable, Constant(value))
        size = self._size(variable)
        if size and (entry is None or not 0 <= entry < size):
            raise not_a_state(variable, value, self.states.get(variable) or range(size))
        if size and entry is not None:
            return self._value(variable, entry)
        return int(value) if isinstance(value, bool) else value

    def certain(self, policy: Policy, sets: str, reads: Sequence[Slot]) -> Constant | None:
        """What a policy sets its variable to, if that is certain given what it reads."""
        support = self.support(policy, sets)
        if support is None or not all(isinstance(read, Constant) for read in reads):
            return None
        entries = [self._entry(event.variable, read) for event, read in zip(policy.reads, reads, strict=True)]
        if any(entry is None for entry in entries):
            return None
        (possible,) = support[tuple(entries)].nonzero()
        return Constant(self._value(sets, int(possible[0]))) if len(possible) == 1 else None

    def support(self, policy: Policy, sets: str) -> NDArray[np.bool_] | None:
        """Where a policy's probabilities are not zero, axes as written, what it sets last; None if it may do all."""
        if policy.rule is not None:
            return self._reached(policy, sets)
        table = self.tables.get(policy.name)
        if table is None or set(table.names) != set(axes := policy_axes(policy, sets)):
            return None
        from ...estimand.table import in_order  # here, because most queries come without tables

        for axis, variable in zip(axes, (*(read.variable for read in policy.reads), sets), strict=True):
            known = self.states.get(variable)
            table = (in_order(table, axis, known) if known else None) or table
        possible = table.array(axes) > 0
        return None if possible.all() else possible

    def _reached(self, policy: Policy, sets: str) -> NDArray[np.bool_] | None:
        """Where a shift leads, if the states of all that it is about were declared, and it leads to states."""
        from ...estimand.policies import shift_table

        names = (sets, *(read.variable for read in policy.reads))
        if not self.declared.issuperset(names):
            return None
        try:
            table = shift_table(policy, sets, {name: self.states[name] for name in names})
        except DofxError:  # where it is evaluated, it is refused
            return None
        return table.transpose((*range(1, table.ndim), 0)) > 0

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
        for cell in zip(*support.nonzero(), strict=True):
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
        """A state: by its name, unless the query calls states that are words by their numbers."""
        states = self.states.get(variable)
        if not states or entry >= len(states):
            return entry
        state = states[entry]
        return entry if isinstance(state, str) and variable not in self.words else state


def _states_of(text: str) -> Sequence[Value] | None:
    """The states that a type's text lists, if it does.

    Raises:
        DofxError: E0401 or E0402 for what is not a type of variables.
    """
    type = parse_type(text)
    fault = check_type(type)
    if fault is not None:
        raise DofxError(fault)
    return states_of(type)
