"""The weights of the cost model as a person writes them: by name, in words or in Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
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


def weights_of(source: WeightsSource | None) -> Weights:
    """The weights that a source describes.

    Args:
        source: See `WeightsSource`; None for the default weights.

    Raises:
        DofxError: E0310 for a weight that the cost model does not have, E0311 for one that is no number of at
            least zero.

    >>> weights_of("refit = 10, row=1")
    Weights(refit=10.0, dimension=10.0, generator=2.0, condition=1.0, row=1.0, widening=25.0, hole=20.0, chance=100.0)
    >>> weights_of({"refit": 10}) == weights_of("refit = 10")
    True
    """
    if source is None:
        return WEIGHTS
    if isinstance(source, Weights):
        source = {field.name: getattr(source, field.name) for field in fields(source)}
    written = _pairs(source) if isinstance(source, str) else dict(source)
    faults = [_unknown(name) for name in written if name not in MEANINGS]
    numbers: dict[str, float] = {}
    for name, value in written.items():
        number = _number(value)
        if number is None:
            faults.append(not_a_weight(name, value))
        else:
            numbers[name] = number
    if faults:
        raise DofxError(faults)
    return replace(WEIGHTS, **numbers)


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


def _unknown(name: str) -> Diagnostic:
    return unknown_weight(name, MEANINGS)
