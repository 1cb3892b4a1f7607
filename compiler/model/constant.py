"""Formulas that have one value whatever they read, such as ``0 * x`` and ``x - x + 1``."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import TypeAlias, assert_never

from ...grammar.syntax.program import Applied, Fixed, Formula, Term

Number: TypeAlias = int | float

_EXACT = 2**53
"""Below this, a float that is a whole number is written as one."""


@dataclass(frozen=True, slots=True)
class _Sum:
    """A number, and a multiple of each part that is read or that is no sum, by the part; no multiple is 0."""

    number: Number
    parts: dict[Formula, Number] = field(default_factory=dict)

    def plus(self, other: _Sum) -> _Sum:
        parts = dict(self.parts)
        for part, times in other.parts.items():
            parts[part] = parts.get(part, 0) + times
        return _Sum(self.number + other.number, {part: times for part, times in parts.items() if times != 0})

    def times(self, number: Number) -> _Sum:
        parts = {part: many * number for part, many in self.parts.items() if many * number != 0}
        return _Sum(self.number * number, parts)


def constant_value(formula: Formula) -> Number | None:
    """The value of a formula that is the same whatever it reads; None for any other.

    A formula that divides by what it reads has no value somewhere, so it is none of these.

    >>> from ...grammar.parse import parse_query
    >>> def value(text: str) -> Number | None:
    ...     return constant_value(parse_query(f"P(y | do(x = {text}))").interventions[0].how)
    >>> value("0 * x"), value("x - x + 1"), value("2 * (x + z) - x * 2 - z / 0.5"), value("x * z - x * z")
    (0, 1, 0, 0)
    >>> value("x + 1"), value("0 / x"), value("min(x, 0)")
    (None, None, None)
    """
    try:
        found = _sum(formula)
    except (ZeroDivisionError, OverflowError):
        return None
    if found is None or found.parts or not isfinite(found.number):
        return None
    whole = found.number == round(found.number) and abs(found.number) < _EXACT
    return round(found.number) if whole else found.number


def _sum(formula: Formula) -> _Sum | None:
    """A formula as a sum; None where it divides by what it reads, and for a text."""
    match formula:
        case Fixed(value):
            return None if isinstance(value, str) else _Sum(value)
        case Term():
            return _Sum(0, {formula: 1})
        case Applied(function, parts):
            sums = [_sum(part) for part in parts]
            return _applied(formula, function, [each for each in sums if each is not None], len(parts))
        case _:
            assert_never(formula)


def _applied(formula: Applied, function: str, sums: list[_Sum], number: int) -> _Sum | None:
    if len(sums) < number:
        return None
    first, *rest = sums
    match function, rest:
        case "+", [other]:
            return first.plus(other)
        case "-", []:
            return first.times(-1)
        case "-", [other]:
            return first.plus(other.times(-1))
        case "*", [other] if not first.parts or not other.parts:
            return other.times(first.number) if not first.parts else first.times(other.number)
        case "/", [other]:
            return None if other.parts else _divided(first, other.number)
        case "min" | "max", _ if all(each.parts == first.parts for each in rest):
            chosen = min if function == "min" else max
            return _Sum(chosen(each.number for each in sums), first.parts)
        case _:
            return _Sum(0, {formula: 1})


def _divided(one: _Sum, by: Number) -> _Sum:
    return _Sum(one.number / by, {part: times / by for part, times in one.parts.items()})
