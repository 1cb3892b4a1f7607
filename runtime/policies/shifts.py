"""Shifts, such as ``0.9 * x`` and ``min(x + 1, 5)``: policies whose formula says what they do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ...compiler.estimand.policies import shift_table
from ...compiler.model.rule import rule_value
from ...compiler.model.worlds import Constant, Policy
from ...grammar.syntax.query import Fixed
from ..data.samples import own_numbers
from ..families.relaxation import Relaxation
from ..foreign.foreign import Place, mismatch
from ..variables import Finite, VariableType
from ..variables.constants import encoded
from .errors import states_not_numbers
from .generators import PolicyGenerator
from .tables import table_of


def shift_of(policy: Policy, place: Place) -> nn.Module:
    """The generator of a shift: a table where all is finite, else a formula that is computed row by row.

    Raises:
        DofxError: E0462 for a shift of texts, E0463 for one to a value that is not a state.
    """
    pairs = [(place.target, place.type), *place.given.items()]
    for name, type in pairs:
        if isinstance(type, Finite) and own_numbers(type) is None and not isinstance(policy.rule, Fixed):
            raise states_not_numbers(policy.name, name)
    if not all(isinstance(type, Finite) for _, type in pairs):
        return ShiftPolicy(place, policy)
    finite = {name: type.states for name, type in place.given.items() if isinstance(type, Finite)}
    states = {read.variable: finite[str(read)] for read in policy.reads}
    assert isinstance(place.type, Finite)
    array = shift_table(policy, place.target, {**states, place.target: place.type.states})
    return table_of(place, np.moveaxis(array, 0, -1))


class ShiftPolicy(PolicyGenerator):
    """What the formula of a shift gives; gradients pass through it.

    Args:
        place: The draw that it fills.
        policy: The policy that has the formula.
    """

    family = "shift"

    def __init__(self, place: Place, policy: Policy) -> None:
        super().__init__(place)
        self.policy = policy

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """Encoded values ``(rows, *event)``."""
        if isinstance(self.policy.rule, Fixed) and isinstance(self.policy.rule.value, str):
            place = self.place
            row = encoded({place.target: place.type}, place.target, Constant(self.policy.rule.value))
            return row.to(noise.device).expand(len(noise), *row.shape[1:])
        own = [_number(value, type) for value, type in zip(given, self.place.given.values(), strict=True)]
        value = rule_value(self.policy, own, least=_least, greatest=_greatest)
        if not isinstance(value, Tensor):
            value = torch.full_like(noise, value)
        return self.taken(value, noise)

    def relaxed(self, relaxation: Relaxation, noise: Tensor, *given: Tensor) -> Tensor:
        """As `forward`, where what it sets is a number; finite variables that it reads may be soft.

        Raises:
            DofxError: E0412 for a finite variable that depends on numbers: the steps between its states have no slope.
        """
        if isinstance(self.place.type, Finite):
            raise mismatch(self.place, "states, which have no gradient", noise.shape[0], noise.device)
        return self.forward(noise, *given)


def _number(value: Tensor, type: VariableType) -> Tensor:
    """State numbers, or soft states, as the numbers that they stand for."""
    if not isinstance(type, Finite):
        return value
    own = own_numbers(type)
    assert own is not None, "a shift of labels is refused before"
    numbers = own.to(value.device, torch.float32)
    found: Tensor = value @ numbers if value.ndim > 1 else numbers[value]
    return found


def _least(first: Any, second: Any) -> Any:
    return torch.minimum(*_both(first, second))


def _greatest(first: Any, second: Any) -> Any:
    return torch.maximum(*_both(first, second))


def _both(*values: Any) -> Iterator[Tensor]:
    like = next((value for value in values if isinstance(value, Tensor)), torch.zeros(()))
    return (torch.as_tensor(value, dtype=like.dtype, device=like.device) for value in values)
