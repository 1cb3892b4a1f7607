"""Whole numbers that a caller gives to say what to draw: a seed, numbers of rows and a number of threads."""

from __future__ import annotations

from operator import index

import numpy as np

from ...grammar.edge.kinds import shown
from .errors import not_a_count, not_a_seed
from .noise import fresh_seed

MOST = 1 << 62
"""Row numbers are below this number."""

_NOUNS = {"start": "the number of a row", "workers": "a number of threads"}


def seed_or_fresh(seed: int | None) -> int:
    """The seed that was given, or a fresh one.

    Raises:
        DofxError: E0431 if it is not a whole number.
    """
    try:
        return fresh_seed() if seed is None else index(seed)
    except TypeError:
        raise not_a_seed(shown(seed)) from None


def count_if_given(what: str, number: int | None) -> int | None:
    """As `count_of`; None stays None."""
    return None if number is None else count_of(what, number)


def count_of(what: str, number: int, least: int = 1, code: str = "E0431") -> int:
    """A number that was given, as a whole number of Python.

    Args:
        what: The argument's name.
        number: What was given.
        least: The smallest number that is allowed.
        code: The code of the diagnostic.

    Raises:
        DofxError: With that code, if it is not a whole number from `least` to below `MOST`.
    """
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or not least <= number < MOST:
        raise not_a_count(code, what, number, _NOUNS.get(what, "a number of rows"), least)
    return int(number)
