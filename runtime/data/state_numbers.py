"""Values of a query's finite inputs, read as state numbers: what a service passes for each call needs no tensor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...compiler.network.ir import SamplingNetwork
from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.syntax.program import Value
from ..variables import Finite, VariableType, encode
from ..variables.single import PLAIN, numbers_of
from .values import Values, roles_of


@dataclass(frozen=True, slots=True)
class PlainInputs:
    """How to read the values of a query whose inputs are finite.

    Args:
        do: The number of each state of each intervention, by name.
        given: Likewise for conditions.
        defaults: The state numbers of the values that the query's text fixes.
        needed: The inputs that have to have a value.
        types: The type of each input.

    >>> inputs = PlainInputs({"x": {"low": 0, "high": 1}}, {}, {}, ("x",), {"x": Finite(("low", "high"))})
    >>> inputs.read({"x": "high"}, None)
    {'x': 1}
    >>> inputs.read({"x": ["high", "low"]}, None, rows=2)
    {'x': array([1, 0])}
    >>> inputs.read({"x": "none"}, None) is None
    True
    """

    do: Mapping[str, Mapping[Value, int]]
    given: Mapping[str, Mapping[Value, int]]
    defaults: Mapping[str, int]
    needed: tuple[str, ...]
    types: Mapping[str, Finite]

    def read(self, do: Values | None, given: Values | None, rows: int | None = None) -> dict[str, Any] | None:
        """The state number of each input.

        Args:
            do: Values by intervention.
            given: Values by condition.
            rows: The number of rows, if an input may have a value for each.

        Returns:
            A number, or an array ``(rows,)``, by name; None for values that `read_inputs` has to read or to refuse.
        """
        found: dict[str, Any] = dict(self.defaults)
        for passed, states in ((do, self.do), (given, self.given)):
            if passed is None:
                continue
            if passed.__class__ is not dict:
                return None
            for name, value in passed.items():
                plain = value.item() if isinstance(value, np.generic) else value
                known = states.get(name)
                if known is None:
                    return None
                number = known.get(plain) if plain.__class__ in PLAIN else self._column(name, value, rows)
                if number is None:
                    return None
                found[name] = number
        return found if all(name in found for name in self.needed) else None

    def _column(self, name: str, values: Any, rows: int | None) -> np.ndarray | None:
        """State numbers ``(rows,)`` of a value for each row; None if they do not fit."""
        if rows is None:
            return None
        try:
            encoded: np.ndarray = encode(self.types[name], values, rows=rows).numpy()
        except DofxError:
            return None
        return encoded


def plain_inputs(
    network: SamplingNetwork, types: Mapping[str, VariableType], defaults: Values
) -> PlainInputs | None:
    """How to read plain values of the inputs of a network.

    Args:
        network: Whose inputs they are.
        types: Types of the variables.
        defaults: Values fixed in the query's text.

    Returns:
        None where an input that the answer depends on is not finite, or a default is no state.
    """
    roles = roles_of(network)
    finite = {name: type for name, type in types.items() if isinstance(type, Finite)}
    numbers = {
        role: {name: numbers_of(finite[name].states) for name in names if name in finite}
        for role, names in roles.items()
    }
    found = {**numbers["do"], **numbers["given"]}
    needed = tuple(name for names in roles.values() for name in names if name in network.inputs)
    fixed = {name: value for name, value in defaults.items() if name in found}
    if not all(name in found for name in needed) or any(found[n].get(v) is None for n, v in fixed.items()):
        return None
    defaults = {name: found[name][value] for name, value in fixed.items()}
    return PlainInputs(numbers["do"], numbers["given"], defaults, needed, finite)
