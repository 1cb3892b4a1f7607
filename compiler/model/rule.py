"""Shifts and policies: the value that a formula gives for what it reads, and the axes of a policy's table."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any, TypeAlias, assert_never

from ...grammar.syntax.program import Applied, Fixed, Formula, Term
from .worlds import Policy

OfTwo: TypeAlias = Callable[[Any, Any], Any]

_OPERATORS: dict[str, OfTwo] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def rule_value(policy: Policy, values: Sequence[Any], *, least: OfTwo = min, greatest: OfTwo = max) -> Any:
    """The value to which a shift sets its variable.

    Args:
        policy: A policy with a formula.
        values: The values of what it reads, in the order of its `reads`: numbers, or arrays of rows.
        least: The smaller of two values; for arrays, the function that compares them row by row.
        greatest: The greater of two values, likewise.

    Raises:
        ZeroDivisionError: As numbers do.

    >>> from ...grammar.parse import parse_query
    >>> from .resolve import query_of
    >>> from ..graph.read import graph_of
    >>> query = query_of(parse_query("P(y | do(x = min(x + z, 5)))"), graph_of("z -> x -> y"))
    >>> (_, shift), = query.do
    >>> shift.name, [str(read) for read in shift.reads], rule_value(shift, [2, 1]), rule_value(shift, [5, 1])
    ('min(x+z,5)', ['x', 'z'], 3, 5)
    """
    assert policy.rule is not None, "a policy without a formula has no value of its own"
    known = {str(read): value for read, value in zip(policy.reads, values, strict=True)}
    return _value(policy.rule, known, {**_OPERATORS, "min": least, "max": greatest})


def _value(formula: Formula, known: Mapping[str, Any], functions: Mapping[str, OfTwo]) -> Any:
    from ...grammar.formatting.query import format_term

    match formula:
        case Fixed(value):
            return value
        case Term():
            return known[format_term(formula)]
        case Applied("-", (part,)):
            return -_value(part, known, functions)
        case Applied(function, parts):
            return reduce(functions[function], (_value(part, known, functions) for part in parts))
        case _:
            assert_never(formula)


def policy_axes(policy: Policy, sets: str) -> tuple[str, ...]:
    """The axes of a policy's table: what it reads, in the order written, then what it sets.

    Args:
        policy: The policy.
        sets: The variable that it sets. Its name gets a prime if the policy reads its natural value.

    >>> from .worlds import Event
    >>> policy_axes(Policy("g", (Event("x"), Event("z"))), "x")
    ('x', 'z', "x'")
    """
    reads = tuple(map(str, policy.reads))
    return (*reads, f"{sets}'" if sets in reads else sets)
