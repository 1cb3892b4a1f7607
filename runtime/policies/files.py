"""Policies as files: a row for each combination of what is read, with what is set and perhaps its probability."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...compiler.estimand.table import Table
from ...compiler.model.rule import policy_axes
from ...compiler.network.ir import Draw
from ..data.dataset import read_data
from ..data.opened import Opened
from ..variables import Finite, Real, VariableType
from .errors import not_finite, rows_do_not_add_up

CHANCE = "probability"
"""The column of probabilities; without it, each row sets its value for certain."""


def policy_of_rows(source: Any, draw: Draw, types: Mapping[str, VariableType]) -> Table:
    """The table of a policy from rows: columns of what it reads and of what it sets, as its table names them.

    A column ``probability`` makes it a random policy; several rows then have the same combination.

    Args:
        source: What `Sampler.fit` takes as rows, such as the path of a CSV file.
        draw: A draw from the policy.
        types: Types of the variables.

    Raises:
        DofxError: E0462 if a combination has no row, or two rows that contradict each other, or if a variable is not
            finite; and what reading the rows finds.
    """
    policy = draw.fit.policy
    assert policy is not None
    axes = policy_axes(policy, draw.variables[0])
    known = dict(zip(axes, (types[name] for name in (*draw.fit.given, *draw.variables)), strict=True))
    for name, type in known.items():
        if not isinstance(type, Finite):
            raise not_finite(policy.name, "a file of rows", name, str(type))
    rows = Opened.of(source)
    weighted = CHANCE in rows.columns
    read = read_data(
        rows, (*axes, CHANCE) if weighted else axes, {**known, CHANCE: Real()} if weighted else known
    )
    states = {name: type.states for name, type in known.items() if isinstance(type, Finite)}
    chances = np.zeros([len(states[name]) for name in axes])
    weights = read[CHANCE].double().numpy() if weighted else np.ones(read.rows)
    np.add.at(chances, tuple(read[name].numpy() for name in axes), weights)
    totals = chances.sum(-1)
    wrong = np.argwhere(np.abs(totals - 1) > 1e-6)
    if len(wrong):
        at = ", ".join(f"{name} = {states[name][place]}" for name, place in zip(axes, wrong[0], strict=False))
        found = float(totals[tuple(wrong[0])])
        raise rows_do_not_add_up(policy.name, found, weighted, at, CHANCE)
    return Table(axes, chances, states)
