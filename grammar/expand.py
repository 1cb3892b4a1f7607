"""Sugar in effects, written out: what an effect is made of in the end."""

from __future__ import annotations

from typing import assert_never

from .syntax_query import (
    Applied,
    Arithmetic,
    Contrast,
    Expectation,
    Fixed,
    Formula,
    Negative,
    Number,
    Operation,
    Term,
)


def expanded(sugar: Contrast) -> Arithmetic:
    """What stands for an expectation of a sum: the sum of the expectations, each under the same condition.

    >>> from .format_query import format_effect
    >>> from .parse import parse_effect
    >>> print(format_effect(expanded(parse_effect("E[y[x = 1] - 2 * y[x = 0] | x = 1]"))))
    E[y[x=1] | x = 1] - 2 * E[y[x=0] | x = 1]
    """
    return _taken_apart(sugar.formula, sugar)


def _taken_apart(formula: Formula, whole: Contrast) -> Arithmetic:
    match formula:
        case Fixed(value):
            return Number(float(value), formula.span)
        case Term():
            return Expectation(formula, whole.interventions, whole.conditions, whole.span)
        case Applied("-", (part,)):
            return Negative(_taken_apart(part, whole), formula.span)
        case Applied(function, (left, right)) if function in "+-*/":
            return Operation(function, _taken_apart(left, whole), _taken_apart(right, whole), formula.span)
        case Applied():
            raise AssertionError("a query is checked before it is expanded")
        case _:
            assert_never(formula)
