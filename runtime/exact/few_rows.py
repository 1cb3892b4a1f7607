"""Few rows of a folded sampler at one setting of its inputs: the same rows, without torch or a guide table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ..data.state_numbers import PlainInputs
from ..data.values import Values
from .lookup import FEW, CellLookup
from .random_bits import BLOCK, high_bits, high_bits_of_one, low_bits

if TYPE_CHECKING:
    from .folding import JointTable


@dataclass(frozen=True, slots=True)
class FewCells:
    """Makes few rows of a joint table.

    Args:
        module: The table.
        lookup: Looks up its cells.
        inputs: How the values of interventions and conditions are read.
        dtype: The dtype of state numbers.
    """

    module: JointTable
    lookup: CellLookup
    inputs: PlainInputs
    dtype: np.dtype

    def rows(
        self, n: int, start: int, do: Values | None, given: Values | None, seed: int
    ) -> dict[str, Tensor] | None:
        """The rows, as `TableRunner` makes them; None if they are not few, or not plain to make."""
        if n.__class__ is not int or start.__class__ is not int or seed.__class__ is not int:
            return None
        if not 1 <= n <= FEW or start < 0 or start % BLOCK + n > BLOCK:
            return None
        numbers = self.inputs.read(do, given)
        if numbers is None:
            return None
        setting = 0
        for name, states in zip(self.module.inputs, self.module.input_states, strict=True):
            setting = setting * states + numbers[name]
        block, first = divmod(start, BLOCK)
        low = partial(low_bits, seed, block, first=first)
        if n == 1:
            cells = np.array([self.lookup.of_one(high_bits_of_one(seed, block, first), setting, low)])
        else:
            (high,) = high_bits(seed, block, first, n)
            cells = self.lookup.at_one_setting(high, setting, low)
        states = self.lookup.states
        columns = [cells] if len(states) == 1 else [of_cell[cells] for of_cell in states]
        return {
            name: torch.from_numpy(column.astype(self.dtype, copy=False))
            for name, column in zip(self.module.outcomes, columns, strict=True)
        }
