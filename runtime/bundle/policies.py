"""The policies of a bundle. Tables are kept, as JSON; other policies are not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...compiler.estimand.table import Table
from ..policies import Policies


def kept_policies(policies: Policies) -> dict[str, Any]:
    """The tables among some policies as JSON values."""
    return {
        name: {
            "axes": list(table.names),
            "states": {axis: list(states) for axis, states in table.states.items()},
            "numbers": table.array().tolist(),
        }
        for name, table in policies.items()
        if isinstance(table, Table)
    }


def policies_of(data: Mapping[str, Any]) -> dict[str, Table]:
    """What `kept_policies` wrote.

    Raises:
        DofxError: E1002 for numbers that are not a table.
    """
    return {
        str(name): Table(kept["axes"], np.asarray(kept["numbers"]), kept["states"])
        for name, kept in data.items()
    }
