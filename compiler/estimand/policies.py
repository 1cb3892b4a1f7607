"""Policies as tables, for the exact interpreters: each is given with the question, its axes named by what it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import isclose
from typing import TypeAlias

import numpy as np

from ...grammar.formatting.query import format_value
from ...grammar.syntax.program import Fixed, Value
from ..model.rule import policy_axes, rule_value
from ..model.worlds import Policy
from .contraction import Array
from .errors import (
    no_axis,
    no_policy,
    no_policy_law,
    no_state,
    not_a_number,
    other_axes,
    other_labels,
    other_size,
    zero_division,
)
from .table import Table, in_order

States: TypeAlias = Mapping[str, Sequence[Value]]
"""The states of variables, as far as they are known; else entry k of an axis stands for the number k."""


def policy_table(
    policy: Policy,
    sets: str,
    policies: Mapping[str, Table],
    sizes: Mapping[str, int],
    states: States | None = None,
) -> Array:
    """The probabilities of a policy, with axes for what it sets, then for what it reads.

    Args:
        policy: The policy.
        sets: The variable that it sets.
        policies: The table of each policy by name.
        sizes: The number of states of each variable.
        states: Their states, which a shift computes with.

    Raises:
        DofxError: E1002 if the policy is not given, its axes are others, or it is not a distribution for each setting
            of what it reads; E0463 for a shift to a value that is not a state.
    """
    if policy.rule is not None:
        names = dict.fromkeys((sets, *(read.variable for read in policy.reads)))
        for name in names:
            if name not in sizes and name not in (states or {}):
                raise no_axis(name)
        return shift_table(policy, sets, {n: (states or {}).get(n, range(sizes[n])) for n in names})
    axes = policy_axes(policy, sets)
    table = policies.get(policy.name)
    if table is None:
        raise no_policy(policy, axes)
    if set(table.names) != set(axes):
        raise other_axes(policy, table.names, axes)
    variables = (*(event.variable for event in policy.reads), sets)
    for axis, variable in zip(axes, variables, strict=True):
        size, known = sizes.get(variable), (states or {}).get(variable)
        if size is not None and table.sizes[axis] != size:
            raise other_size(policy, table.sizes[axis], axis, size)
        arranged = in_order(table, axis, known) if known else table
        if arranged is None:
            raise other_labels(policy, axis, table.states.get(axis, range(table.sizes[axis])), known or ())
        table = arranged
    array = table.array((axes[-1], *axes[:-1]))
    if not (np.isfinite(array).all() and (array >= 0).all() and np.allclose(array.sum(axis=0), 1.0)):
        raise no_policy_law(policy, axes)
    return array


def shift_table(policy: Policy, sets: str, states: States) -> Array:
    """A shift of finite variables as probabilities, with axes for what it sets, then for what it reads.

    Args:
        policy: A policy with a formula.
        sets: The variable that it sets.
        states: The states of that variable and of those that it reads, numbers or truth values.

    Raises:
        DofxError: E0463 for a shift to a value that is not a state, E1002 for one of texts.
    """
    read = [states[each.variable] for each in policy.reads]
    texts = [state for known in (states[sets], *read) for state in known if isinstance(state, str)]
    if texts and not isinstance(policy.rule, Fixed):
        raise not_a_number(policy, texts)
    rows = [_reached(policy, sets, values, states[sets]) for values in product(*read)]
    certain = np.eye(len(states[sets]))[:, rows]
    return certain.reshape(len(states[sets]), *map(len, read))


def _reached(policy: Policy, sets: str, values: tuple[Value, ...], states: Sequence[Value]) -> int:
    """The place of the state that a shift leads to."""
    at = ", ".join(f"{read} = {format_value(each)}" for read, each in zip(policy.reads, values, strict=True))
    try:
        value = rule_value(policy, values)
    except ZeroDivisionError:
        hint = "write a formula that has a value everywhere"
        raise zero_division(policy, at, hint) from None
    for place, state in enumerate(states):
        if isinstance(state, str) or isinstance(value, str):
            if state == value:
                return place
        elif isclose(value, state, rel_tol=1e-9, abs_tol=1e-12):
            return place
    raise no_state(policy, sets, value, at, states)
