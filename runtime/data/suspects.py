"""What in a column is probably a mistake: numbers that are labels, labels spelled in two ways, codes among numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from unicodedata import normalize

import numpy as np

from ...grammar.diagnostics.diagnostic import Diagnostic
from ..variables import Column, Finite, Labels, Real, VariableType
from ..variables.faults import dates_in_text, show, words_among_numbers
from .errors import codes_among_numbers, dates_as_labels, labels_alike, labels_of_holes, numbers_as_labels

CODES = (-9, -99, -999, -9999, 99, 999, 9999, 99999)
"""Numbers by which questionnaires and registers say that a value is missing or unknown."""

LEAST_ROWS = 5
LEAST_SHARE = 0.005
"""A code is had by so many rows and such a share of them, or more."""

STANDS_APART = 3
"""A code beyond all other numbers is so many times as far from them as they usually are from one another."""

_SEPARATED = re.compile(r"\s*[-+−]?\d{1,3}([,.'\s]\d{3})+([.,]\d+)?\s*%?\s*")


_SIGNED = re.compile(r"\s*[-+−]?\s*([$€£¥]\s*[-+−]?\s*\d[\d.,']*|\d[\d.,']*\s*[%$€£¥])\s*")
"""A number with a sign for a share or for money."""

_ABSENT = {"", "na", "n/a", "#n/a", "nan", "null", "?", "missing"}
"""Labels by which tables say that a value is missing."""


def suspects(column: Column, type: VariableType, what: str) -> Iterator[Diagnostic]:
    """Warnings about a column whose type was inferred.

    Args:
        column: Its values.
        type: What was inferred.
        what: How to name it, such as "column `age`".

    >>> column = Labels(("Male", "male ", "female"), np.array([0, 1, 2]))
    >>> [warning.title for warning in suspects(column, Finite(("Male", "male ", "female")), "column `sex`")]
    ['column `sex` has labels that differ only in case or spaces: "Male" and "male "']
    """
    if isinstance(column, Labels):
        if isinstance(type, Finite):
            yield from _labels([state for state in type.states if isinstance(state, str)], what)
        return
    numeric = any(state in CODES for state in type.states) if isinstance(type, Finite) else type == Real()
    if numeric:
        yield from _codes(column, what)


def _labels(states: list[str], what: str) -> Iterator[Diagnostic]:
    if any(_SEPARATED.fullmatch(state) for state in states):
        hint = words_among_numbers(states)
        if hint:
            yield numbers_as_labels(what, len(states), show(states[0]), hint)
    signed = [state for state in states if _SIGNED.fullmatch(state)]
    if len(states) > 2 and 2 * len(signed) > len(states):
        hint = "leave the signs out, and write numbers as 1234.5"
        yield numbers_as_labels(what, len(states), show(signed[0]), hint)
    if len(states) > 2 and (hint := dates_in_text(states)):
        yield dates_as_labels(what, len(states), show(states[0]), hint)
    absent = [state for state in states if state.strip().casefold() in _ABSENT]
    if absent and len(absent) < len(states):
        yield labels_of_holes(what, ", ".join(map(show, absent)))
    spellings: dict[str, list[str]] = {}
    for state in states:
        spellings.setdefault(" ".join(normalize("NFKC", state).casefold().split()), []).append(state)
    alike = [group for group in spellings.values() if len(group) > 1]
    if alike:
        shown = [" and ".join(map(show, group[:3])) for group in alike[:3]]
        yield labels_alike(what, shown, max(0, len(alike) - 3))


def _codes(column: np.ndarray, what: str) -> Iterator[Diagnostic]:
    coded = np.isin(column, CODES)
    least = max(LEAST_ROWS, LEAST_SHARE * len(column))
    if not coded.any() or coded.all():
        return
    values, counts = np.unique(column[coded], return_counts=True)
    others = np.unique(column[~coded])
    gap = float(np.median(np.diff(others))) if len(others) > 1 else 1.0
    found = [
        (value, count)
        for value, count in zip(values.tolist(), counts.tolist(), strict=True)
        if count >= least
        and (
            value < 0 <= others[0]
            or (value < 0 and others[0] - value >= STANDS_APART * gap)
            or (value > 0 and value - others[-1] >= STANDS_APART * gap)
        )
    ]
    if found:
        listed = ", ".join(f"{value:g} in {count:,} rows" for value, count in found)
        codes = ", ".join(f"{value:g}" for value, _ in found)
        yield codes_among_numbers(what, listed, codes, float(others[0]), float(others[-1]))
