"""A single value, encoded at once: what a service passes for each row need not go through a column."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...grammar.syntax.program import Value
from .types import Finite, Real, VariableType

PLAIN = (str, bool, int, float)
"""Classes of plain values."""
_LARGEST = float(torch.finfo(torch.float32).max)
_WHOLE = 1 << 53
"""Up to here a float64 holds every whole number."""


def encode_single(type: VariableType, value: Any, rows: int | None) -> Tensor | None:
    """A plain value of a finite or a real variable as `encode` encodes it, repeated without a copy.

    Args:
        type: The variable's type.
        value: Anything.
        rows: How often the value is repeated; None for one row.

    Returns:
        Encoded values ``(rows,)``, or None for what is no plain value, or does not fit its type: columns read
        it, or say what is wrong with it.

    >>> encode_single(Finite(("young", "old")), "old", 3)
    tensor([1, 1, 1])
    >>> encode_single(Finite(("young", "old")), "ancient", 3) is None
    True
    """
    if isinstance(value, np.generic):
        value = value.item()
    if value.__class__ not in PLAIN:
        return None
    if isinstance(type, Finite):
        number = numbers_of(type.states).get(value)
        encoded = None if number is None else torch.tensor((number,), device="cpu")
    elif isinstance(type, Real) and not type.shape and _is_number(value):
        encoded = torch.tensor((value,), dtype=torch.float32, device="cpu")
    else:
        return None
    return encoded if encoded is None or rows is None else encoded.expand(rows)


def _is_number(value: Value) -> bool:
    """Whether a value is a number that float32 holds, rounded once."""
    if type(value) is float:
        return -_LARGEST <= value <= _LARGEST
    return type(value) is int and -_WHOLE <= value <= _WHOLE


@lru_cache(1_024)
def numbers_of(states: tuple[Value, ...]) -> dict[Value, int]:
    """The number of each state. Tuples that are equal, as (0, 1) and (False, True) are, number alike."""
    return {state: number for number, state in enumerate(states)}
