"""The syntax tree of queries and effects: terms in worlds, what a variable is set to, arithmetic."""
# ruff: noqa: RUF009  (`_span()` is a dataclass field, made here once rather than spelled out twenty times)

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from ..diagnostics.source import NOWHERE, Span

Value: TypeAlias = bool | int | float | str


def _span() -> Span:
    return field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier. On a right-hand side it is known whether it was quoted: alone it is a value there."""

    text: str
    span: Span = _span()
    quoted: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Term:
    """A variable in a query, with a value if one was written: ``x``, ``x = 1`` or ``y[x = 0] = 1``.

    Args:
        name: The variable.
        value: Its value, if the query states it.
        world: What the brackets after the name set, sorted by name; None where there are no brackets, which on a
            right-hand side is not the same as empty ones: ``m[]`` is the factual m.
    """

    name: Name
    value: Value | None = None
    world: tuple[Assignment, ...] | None = None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a variable is set to, in the brackets of a world or in ``do(…)``: ``x``, ``x = 1``, ``x ~ g(z)``.

    Args:
        name: The variable that is set.
        how: What it is set to; None if its value is supplied with the question.
    """

    name: Name
    how: How | None = None
    span: Span = _span()

    @property
    def value(self) -> Value | None:
        """The value that it is set to, if that is one."""
        return self.how if isinstance(self.how, bool | int | float | str) else None


@dataclass(frozen=True, slots=True)
class Placeholder:
    """``?a``: an input of that name, so that a variable may be set to two inputs in two worlds."""

    name: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Drawn:
    """``g(z, x)`` after ``~``: a policy, and what it reads in the order written."""

    policy: Name
    reads: tuple[Term, ...] = ()
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Fixed:
    """A number in the formula of a shift. Alone, where a query fixes a variable, it may be any value."""

    value: Value
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Applied:
    """An operator or a function of a formula: ``+``, ``-`` (of one part or two), ``*``, ``/``, ``min``, ``max``."""

    function: str
    parts: tuple[Formula, ...]
    span: Span = _span()


Formula: TypeAlias = Fixed | Term | Applied
"""What a shift sets a variable to, such as ``0.9 * x``: a term is the value of a variable."""


def terms_of(formula: Formula) -> Iterator[Term]:
    """The values that a formula reads, from left to right; one that occurs twice comes twice."""
    waiting = [formula]
    while waiting:
        match waiting.pop():
            case Term() as term:
                yield term
            case Applied(parts=parts):
                waiting += reversed(parts)
            case Fixed():
                pass


How: TypeAlias = Value | Placeholder | Drawn | Formula
"""What a variable is set to. A term alone is the value that the variable has in the world of its brackets."""


@dataclass(frozen=True, slots=True)
class Probability:
    """``P(y1, y2 | do(x1, x2 = 1), z, w = 'a')``."""

    outcomes: tuple[Term, ...]
    interventions: tuple[Assignment, ...] = ()
    conditions: tuple[Term, ...] = ()
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Expectation:
    """``E[y | do(x = 1), z = 0]``."""

    outcome: Term
    interventions: tuple[Assignment, ...] = ()
    conditions: tuple[Term, ...] = ()
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Number:
    """A literal in an effect's arithmetic."""

    value: float
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Negative:
    """``-e``."""

    operand: Arithmetic
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Operation:
    """``a + b``, ``a - b``, ``a * b`` or ``a / b``."""

    operator: str
    left: Arithmetic
    right: Arithmetic
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Contrast:
    """``E[y[x = 1] - y[x = 0] | z = 1]``: expectations under one condition, added and subtracted.

    Args:
        formula: What the expectation is of; its terms are the outcomes.
    """

    formula: Formula
    interventions: tuple[Assignment, ...] = ()
    conditions: tuple[Term, ...] = ()
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Shorthand:
    """An effect that has a name, such as ``nde(y, x, through m, 1, 0)``: it stands for arithmetic of expectations.

    Args:
        kind: Its name, a key of `expand.EFFECTS`.
        outcome: What it is the effect on; with a value, the effect is on the probability of that value.
        exposure: What it is the effect of.
        values: The value of the exposure, and the one that it is compared with.
        through: The mediators.
        holding: What is held at which values.
        along: The paths, from the exposure to the outcome.
        conditions: What is given.
    """

    kind: str
    outcome: Term
    exposure: Name
    values: tuple[Value, Value]
    through: tuple[Name, ...] = ()
    holding: tuple[Term, ...] = ()
    along: tuple[tuple[Name, ...], ...] = ()
    conditions: tuple[Term, ...] = ()
    span: Span = _span()


Arithmetic: TypeAlias = Expectation | Probability | Contrast | Shorthand | Number | Negative | Operation
