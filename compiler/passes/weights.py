"""The weights of the cost model as a person writes them: by name, in words or in Python."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from math import isfinite
from typing import TypeAlias

from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from .cost import WEIGHTS, Weights
from .errors import not_a_weight, unknown_weight

WeightsSource: TypeAlias = Weights | Mapping[str, float] | str
"""Weights; or some of them by name, the others keeping their defaults; or their text, ``refit = 100, row = 1``."""

MEANINGS = {
    "refit": "a generator that trains on simulated rows",
    "dimension": "a number that a generator makes",
    "generator": "a generator, whatever it makes",
    "condition": "a number that a generator reads",
    "row": "a number that comes from real rows",
    "widening": "a number by which the widest conditional becomes wider when draws are merged",
    "hole": "a column with holes that the rows of a generator must show",
    "chance": "a chance of a hole that is learnt, so that rows can be weighted",
}
"""What each weight counts, in words."""


OF_A_COLUMN = re.compile(r"hole\((?P<column>.+)\)")
"""The weight of a certain column, as it is written."""


def meaning_of(name: str) -> str:
    """What a weight counts, in words."""
    column = OF_A_COLUMN.fullmatch(name)
    return (
        MEANINGS[name]
        if column is None
        else f"{column['column']}, where the rows of a generator must show it"
    )


def written(weights: Weights) -> dict[str, float]:
    """The weights by name, as `weights_of` reads them."""
    named = {name: float(getattr(weights, name)) for name in MEANINGS}
    return named | {f"hole({column})": weight for column, weight in weights.holes}


def weights_of(source: WeightsSource | None, columns: Iterable[str] | None = None) -> Weights:
    """The weights that a source describes.

    Args:
        source: See `WeightsSource`; None for the default weights.
        columns: The columns that may have holes; None for any.

    Raises:
        DofxError: E0310 for a weight that the cost model does not have, E0311 for one that is not a number of
            at least 0.

    >>> found = weights_of("refit = 10, row=1")
    >>> found.refit, found.row, found.hole
    (10.0, 1.0, 20.0)
    >>> weights_of({"refit": 10}) == weights_of("refit = 10")
    True
    >>> weights_of("hole(age) = 5").holes
    (('age', 5.0),)
    """
    if source is None:
        return WEIGHTS
    if isinstance(source, Weights):
        source = written(source)
    pairs = _pairs(source) if isinstance(source, str) else dict(source)
    known = None if columns is None else set(columns)
    faults: list[Diagnostic] = []
    numbers: dict[str, float] = {}
    holes: list[tuple[str, float]] = []
    for name, value in pairs.items():
        column = found["column"].strip() if (found := OF_A_COLUMN.fullmatch(str(name))) else None
        number = _number(value)
        if name not in MEANINGS and (column is None or (known is not None and column not in known)):
            faults.append(_unknown(name, known or ()))
        if number is None:
            faults.append(not_a_weight(name, value))
        elif column is None:
            numbers[name] = number
        else:
            holes.append((column, number))
    if faults:
        raise DofxError(faults)
    return replace(WEIGHTS, **numbers, holes=tuple(sorted(holes)))


def _pairs(text: str) -> dict[str, str]:
    parts = [part for part in text.split(",") if part.strip()]
    found = (part.partition("=") for part in parts)
    return {name.strip(): value.strip() for name, _, value in found}


def _number(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if isfinite(number) and number >= 0 else None


def _unknown(name: str, columns: Iterable[str]) -> Diagnostic:
    return unknown_weight(name, (*MEANINGS, *(f"hole({column})" for column in sorted(columns))))
