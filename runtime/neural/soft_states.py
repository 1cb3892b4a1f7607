"""Soft states: a finite value as a row of weights, one for each state, in place of a state number."""

from __future__ import annotations

import torch
from torch import Tensor

from ..variables import Finite, VariableType


def one_hot(states: Tensor, count: int) -> Tensor:
    """State numbers as float32 rows of zeros and a one; rows that are soft already stay as they are."""
    if states.is_floating_point():
        return states
    return (states.unsqueeze(-1) == torch.arange(count, device=states.device)).float()


def is_soft(type: VariableType, values: Tensor) -> bool:
    """Whether the values of a finite variable are soft states rather than state numbers."""
    return isinstance(type, Finite) and values.is_floating_point()
