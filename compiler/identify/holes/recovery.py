"""What a draw from rows with holes needs: how much beyond the rows that show what it reads, and its expression."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from ...estimand.algebra import Expression


class Level(IntEnum):
    """How much a draw needs beyond the rows that show what it reads; less is tried first."""

    ROWS = 0
    HELPERS = 1
    REFIT = 2
    WEIGHTS = 3
    ODDS = 4
    WEIGHTED_HELPERS = 5


@dataclass(frozen=True, slots=True)
class Recovery:
    """A draw in terms of the rows that there are.

    Args:
        level: What it needs.
        expression: Its value, where no refit is needed.
        joint: Where one is: the joint distribution to condition anew, given the variables `inputs`.
        outputs: Mask of the variables of the joint.
        inputs: Mask of the variables that the joint is given.
        conditions: Mask of what the draw is given after the refit.
    """

    level: Level
    expression: Expression
    joint: bool = False
    outputs: int = 0
    inputs: int = 0
    conditions: int = 0
