"""Values that a query states, encoded by the type of their variable."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from ...compiler.emit.graph import Encoder
from ...compiler.model.worlds import Constant
from ...compiler.network.ir import Draw
from .encoding import encode
from .types import VariableType


def encoded(types: Mapping[str, VariableType], variable: str, constant: Constant) -> Tensor:
    """A value of a variable that the query states, as one encoded row ``(1, *event)``.

    Raises:
        DofxError: E0403 to E0407 if it does not fit the type.

    >>> from .types import Finite
    >>> encoded({"x": Finite(("low", "high"))}, "x", Constant("high"))
    tensor([1])
    """
    return encode(types[variable], constant.value, what=f"`{variable}` in the query", rows=1)


def encoder(types: Mapping[str, VariableType]) -> Encoder:
    """A function that encodes a value of a variable, ``(*event)``."""
    return lambda variable, constant: encoded(types, variable, constant)[0]


def values_read(
    draw: Draw, values: Mapping[str, Tensor], types: Mapping[str, VariableType], rows: int
) -> list[Tensor]:
    """What a draw reads, ``(rows, *event)`` each, in the order in which it reads it.

    Args:
        draw: The draw.
        values: The value of each draw and input that it reads, by id.
        types: Types of the variables.
        rows: For how many rows a constant is repeated.
    """

    def value(variable: str, constant: Constant) -> Tensor:
        row = encoded(types, variable, constant)
        return row.expand(rows, *row.shape[1:])

    return [values[wire] if isinstance(wire, str) else value(name, wire) for name, wire in draw.given]
