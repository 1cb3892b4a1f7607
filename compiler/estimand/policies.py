"""Policies as tables, for the exact interpreters: each is given with the question, its axes named by what it reads."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ...grammar.arguments import refused
from ..model.worlds import Policy
from .contraction import Array
from .table import Table


def policy_axes(policy: Policy, sets: str) -> tuple[str, ...]:
    """The axes of a policy's table: what it reads, in the order written, then what it sets.

    Args:
        policy: The policy.
        sets: The variable that it sets. Its name gets a prime if the policy reads its natural value.

    >>> from ..model.worlds import Event
    >>> policy_axes(Policy("g", (Event("x"), Event("z"))), "x")
    ('x', 'z', "x'")
    """
    reads = tuple(map(str, policy.reads))
    return (*reads, f"{sets}'" if sets in reads else sets)


def policy_table(policy: Policy, sets: str, policies: Mapping[str, Table], sizes: Mapping[str, int]) -> Array:
    """The probabilities of a policy, with axes for what it sets, then for what it reads.

    Args:
        policy: The policy.
        sets: The variable that it sets.
        policies: The table of each policy by name.
        sizes: The number of states of each variable.

    Raises:
        DofxError: E1002 if the policy is not given, its axes are others, or it is not a distribution for each setting
            of what it reads.
    """
    axes = policy_axes(policy, sets)
    table = policies.get(policy.name)
    if table is None:
        raise refused(
            f"the policy {policy.name} is not given",
            f'pass policies={{"{policy.name}": Table([{", ".join(map(repr, axes))}], ...)}}',
        )
    if set(table.names) != set(axes):
        raise refused(
            f"the table of the policy {policy.name} is over {', '.join(table.names)}, not {', '.join(axes)}",
            "its axes are what it reads, in the order written, then what it sets",
        )
    wanted = {axis: sizes[event.variable] for axis, event in zip(axes, policy.reads, strict=False)}
    wanted[axes[-1]] = sizes[sets]
    for axis, size in wanted.items():
        if table.sizes[axis] != size:
            raise refused(f"the policy {policy.name} has {table.sizes[axis]} entries for {axis}, not {size}")
    array = table.array((axes[-1], *axes[:-1]))
    if not (np.isfinite(array).all() and (array >= 0).all() and np.allclose(array.sum(axis=0), 1.0)):
        raise refused(
            f"the policy {policy.name} is not a distribution of {axes[-1]}",
            "its entries are at least 0 and sum to 1 over what it sets",
        )
    return array
