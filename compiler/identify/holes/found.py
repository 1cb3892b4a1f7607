"""What was found for a query: an estimand that rows with holes answer."""

from __future__ import annotations

from dataclasses import dataclass

from ...estimand.algebra import Estimand


@dataclass(frozen=True, slots=True)
class Found:
    """An estimand for rows with holes.

    Args:
        estimand: The estimand.
        words: For each of its draws that holes touch, from which rows it is learnt, and why.
    """

    estimand: Estimand
    words: tuple[str, ...]
