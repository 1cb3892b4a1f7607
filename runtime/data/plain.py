"""Values of a query's finite inputs, one for all rows, read as state numbers: what a service passes needs no tensor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ...compiler.network.ir import SamplingNetwork
from ...grammar.syntax.program import Value
from ..variables import Finite, VariableType
from ..variables.single import PLAIN, numbers_of
from .values import Values, roles_of


@dataclass(frozen=True, slots=True)
class PlainInputs:
    """How to read a plain value of each input of a query whose inputs are finite.

    Args:
        do: The number of each state of each intervention, by name.
        given: Likewise for conditions.
        defaults: The state numbers of the values that the query's text fixes.
        needed: The inputs that have to have a value.

    >>> inputs = PlainInputs({"x": {"low": 0, "high": 1}}, {}, {}, ("x",))
    >>> inputs.read({"x": "high"}, None)
    {'x': 1}
    >>> inputs.read({"x": ["high", "low"]}, None) is None
    True
    """

    do: Mapping[str, Mapping[Value, int]]
    given: Mapping[str, Mapping[Value, int]]
    defaults: Mapping[str, int]
    needed: tuple[str, ...]

    def read(self, do: Values | None, given: Values | None) -> dict[str, int] | None:
        """The state number of each input.

        Returns:
            The numbers by name; None for values that `read_inputs` has to read or to refuse.
        """
        found = dict(self.defaults)
        for passed, states in ((do, self.do), (given, self.given)):
            if passed is None:
                continue
            if passed.__class__ is not dict:
                return None
            for name, value in passed.items():
                plain = value.item() if isinstance(value, np.generic) else value
                known = states.get(name)
                number = known.get(plain) if known is not None and plain.__class__ in PLAIN else None
                if number is None:
                    return None
                found[name] = number
        return found if all(name in found for name in self.needed) else None


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
    numbers = {
        role: {name: numbers_of(type.states) for name in names if isinstance(type := types.get(name), Finite)}
        for role, names in roles.items()
    }
    found = {**numbers["do"], **numbers["given"]}
    needed = tuple(name for names in roles.values() for name in names if name in network.inputs)
    fixed = {name: value for name, value in defaults.items() if name in found}
    if not all(name in found for name in needed) or any(found[n].get(v) is None for n, v in fixed.items()):
        return None
    return PlainInputs(
        numbers["do"], numbers["given"], {name: found[name][value] for name, value in fixed.items()}, needed
    )
