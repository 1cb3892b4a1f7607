"""Policies of finite variables as tables."""

from __future__ import annotations

import numpy as np
import torch

from ...compiler.estimand.table import Table
from ...compiler.model.rule import policy_axes
from ...compiler.model.worlds import Policy
from ..families.table import TableGenerator
from ..foreign.foreign import Place
from ..variables import Finite
from ..variables.faults import show
from .errors import not_a_distribution, not_finite, other_states, table_of_others


def of_table(table: Table, policy: Policy, place: Place) -> TableGenerator:
    """The generator that follows a policy given as a table, its states in the order of the types.

    Raises:
        DofxError: E0462 for a table of other variables or states, or of something that is no distribution.
    """
    axes = policy_axes(policy, place.target)
    types = (*place.given.values(), place.type)
    if set(table.names) != set(axes):
        raise table_of_others(policy.name, table.names, axes)
    array = table.array(axes)
    for axis, (name, type) in enumerate(zip(axes, types, strict=True)):
        if not isinstance(type, Finite):
            raise not_finite(policy.name, "a table", name, str(type))
        known = table.states.get(name, type.states if table.sizes[name] == type.cardinality else ())
        if table.sizes[name] != type.cardinality or set(known) != set(type.states):
            listed = ", ".join(map(show, type.states))
            raise other_states(policy.name, name, listed)
        array = array.take([known.index(state) for state in type.states], axis)
    if not (np.isfinite(array).all() and (array >= 0).all() and np.allclose(array.sum(-1), 1.0)):
        raise not_a_distribution(policy.name, axes[-1])
    return table_of(place, array)


def table_of(place: Place, array: np.ndarray) -> TableGenerator:
    """The generator with these probabilities, ``(*states that are read, states that are set)``."""
    generator = TableGenerator(place.type, list(place.given.values()), smoothing=0.0)
    generator.set_table(torch.from_numpy(np.ascontiguousarray(array)))
    return generator
