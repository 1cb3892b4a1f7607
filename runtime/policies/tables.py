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
from .errors import unfit_table


def of_table(table: Table, policy: Policy, place: Place) -> TableGenerator:
    """The generator that follows a policy given as a table, its states in the order of the types.

    Raises:
        DofxError: E0462 for a table of other variables or states, or of something that is no distribution.
    """
    axes = policy_axes(policy, place.target)
    types = (*place.given.values(), place.type)
    if set(table.names) != set(axes):
        raise unfit_table(
            policy.name,
            f"is a table over {', '.join(table.names)}, not over {', '.join(axes)}",
            "the axes are what the policy reads, in the order written, then what it sets",
        )
    array = table.array(axes)
    for axis, (name, type) in enumerate(zip(axes, types, strict=True)):
        if not isinstance(type, Finite):
            raise unfit_table(
                policy.name, f"is a table, and {name} is {type}", "give a function of arrays instead"
            )
        known = table.states.get(name, type.states if table.sizes[name] == type.cardinality else ())
        if table.sizes[name] != type.cardinality or set(known) != set(type.states):
            listed = ", ".join(map(show, type.states))
            raise unfit_table(policy.name, f"does not have the states of {name}", f"{name} has {listed}")
        array = array.take([known.index(state) for state in type.states], axis)
    if not (np.isfinite(array).all() and (array >= 0).all() and np.allclose(array.sum(-1), 1.0)):
        raise unfit_table(
            policy.name,
            f"is not a distribution of {axes[-1]}",
            "its entries are at least 0 and sum to 1 over it",
        )
    return table_of(place, array)


def table_of(place: Place, array: np.ndarray) -> TableGenerator:
    """The generator with these probabilities, ``(*states that are read, states that are set)``."""
    generator = TableGenerator(place.type, list(place.given.values()), smoothing=0.0)
    generator.set_table(torch.from_numpy(np.ascontiguousarray(array)))
    return generator
