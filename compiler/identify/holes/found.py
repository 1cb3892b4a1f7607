"""What was found for a query: an estimand that rows with holes answer, or the draw that cannot be recovered."""

from __future__ import annotations

from dataclasses import dataclass

from ...estimand.algebra import Estimand
from ..derivation import Step
from .draws import Draws


@dataclass(frozen=True, slots=True)
class Found:
    """An estimand for rows with holes.

    Args:
        estimand: The estimand.
        words: For each of its draws that holes touch, from which rows it is learnt, and why.
        steps: The derivation of the estimand for complete rows, where it is not the standard one.
    """

    estimand: Estimand
    words: tuple[str, ...]
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Lost:
    """A draw that no level recovers.

    Args:
        draws: What was to recover it.
        target: Mask of the variables that are drawn.
        given: Mask of what they are given.
    """

    draws: Draws
    target: int
    given: int
