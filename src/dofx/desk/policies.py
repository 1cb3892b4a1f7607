"""The policies that a program asks about, as the page shows them, and as the page gives them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np

from ..compiler.estimand.table import Table
from ..compiler.model.rule import policy_axes
from ..compiler.model.worlds import Policy
from ..compiler.network.ir import Draw
from ..runtime.policies import require_policies
from ..runtime.policies.expressions import Expression
from ..runtime.program import CompiledProgram
from ..runtime.variables import Finite, VariableType
from ..studio.look import JSON
from .errors import chances_do_not_sum, policy_of_no_kind, table_of_other_size

MOST_ROWS = 64
"""Combinations of what a policy reads that a page lists; with more, an expression says what it does."""


def policies_of(program: CompiledProgram) -> dict[str, Draw]:
    """A draw from each policy that the program asks about, by name."""
    networks = [
        program.sampler_for(query).network
        for query in program.asked.kernels
        if program.identifications[query]
    ]
    return {name: draw for network in networks for name, draw in network.policies.items()}


def policy_json(name: str, draw: Draw, types: Mapping[str, VariableType], given: JSON | None) -> JSON:
    """A policy as plain data: what it reads and sets, the rows of its table where it can have one, what was given."""
    policy = _of(draw)
    found: JSON = {
        "name": name,
        "reads": [str(read) for read in policy.reads],
        "sets": draw.variables[0],
        "given": given,
        "states": None,
        "rows": None,
    }
    states = _states(draw, types)
    if states is not None and prod(map(len, states[:-1])) <= MOST_ROWS:
        rows = [[plain(value) for value in row] for row in product(*states[:-1])]
        found |= {"states": [plain(state) for state in states[-1]], "rows": rows}
    return found


def plain(value: object) -> bool | int | float | str:
    """A state as JSON has it."""
    return value if isinstance(value, bool | int | float | str) else str(value)


def policy_from(
    name: str, given: Mapping[str, Any], policies: Mapping[str, Draw], program: CompiledProgram
) -> Table | Expression:
    """The policy that a page gives.

    Raises:
        DofxError: E0461 for a policy that is not asked about, E0462 or E0464 for something that cannot be it.
    """
    require_policies({name: abs}, list(policies))
    draw = policies[name]
    policy = _of(draw)
    match given:
        case {"expression": str(text)}:
            return Expression(name, text, [str(read) for read in policy.reads])
        case {"chances": list(rows)} if (states := _states(draw, program.types)) is not None:
            return _table(name, draw, rows, states)
        case _:
            raise policy_of_no_kind(name)


def _table(name: str, draw: Draw, rows: list[Any], states: Sequence[tuple[Any, ...]]) -> Table:
    sizes = [len(each) for each in states]
    try:
        chances = np.asarray(rows, dtype=float).reshape(sizes)
    except (TypeError, ValueError):
        raise table_of_other_size(name, sizes) from None
    if not ((chances >= 0).all() and np.allclose(chances.sum(-1), 1)):
        raise chances_do_not_sum(name)
    axes = policy_axes(_of(draw), draw.variables[0])
    return Table(axes, chances, dict(zip(axes, states, strict=True)))


def _states(draw: Draw, types: Mapping[str, VariableType]) -> list[tuple[Any, ...]] | None:
    """The states of what a policy reads and of what it sets; None where one of them is not finite."""
    found = [types[name] for name in (*draw.fit.given, *draw.variables)]
    listed = [type.states for type in found if isinstance(type, Finite)]
    return listed if len(listed) == len(found) else None


def _of(draw: Draw) -> Policy:
    assert isinstance(draw.source, Policy)
    return draw.source
