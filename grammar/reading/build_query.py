"""From the rules of queries and effects to syntax nodes: worlds in brackets, policies, shifts, arithmetic."""

# ruff: noqa: D102  (a method is documented by its rule in the grammar)
from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..diagnostics.source import Span
from ..diagnostics.width import hidden_character
from ..syntax.program import (
    Applied,
    Arithmetic,
    Assignment,
    Contrast,
    Drawn,
    Expectation,
    Fixed,
    Formula,
    Name,
    Negative,
    Number,
    Operation,
    Placeholder,
    Probability,
    Shorthand,
    Term,
    terms_of,
)
from .words import ARROWS, NotAPath, UnprintableName, number_of, span_of, value_of

_OPERATORS = {"PLUS": "+", "MINUS": "-", "TIMES": "*", "DIVIDE": "/"}


class Questions:
    """The methods for queries, and for effects, which are arithmetic of queries."""

    # ── queries ──────────────────────────────────────────────────────────────────────────────────────────

    def query(self, parts: list[Any]) -> Any:
        return parts[0]

    def probability(self, parts: list[Any]) -> Probability:
        first, outcomes, *given, last = parts
        return Probability(*_asked(outcomes, given), span=span_of(first, last))

    def expectation(self, parts: list[Any]) -> Expectation:
        first, outcome, *given, last = parts
        (outcome,), interventions, conditions = _asked((outcome,), given)
        return Expectation(outcome, interventions, conditions, span=span_of(first, last))

    def given(self, parts: list[Any]) -> list[Any]:
        return parts

    def intervention(self, parts: list[Any]) -> tuple[Assignment, ...]:
        return tuple(parts[:-1])

    def terms(self, parts: list[Any]) -> tuple[Term, ...]:
        return tuple(parts)

    def term(self, parts: list[Any]) -> Term:
        name, *rest = parts
        world, span = None, name.span
        if rest and isinstance(rest[0], _Brackets):
            world, span = rest[0].assignments, span | rest[0].span
            rest = rest[1:]
        if not rest:
            return Term(name, None, world, span)
        return Term(name, value_of(rest[0]), world, span | span_of(rest[0]))

    read = term

    # ── worlds ───────────────────────────────────────────────────────────────────────────────────────────

    def world(self, parts: list[Any]) -> _Brackets:
        first, *assignments, last = parts
        ordered = sorted(assignments, key=lambda assignment: assignment.name.text)
        return _Brackets(tuple(ordered), span_of(first, last))

    def assignment(self, parts: list[Any]) -> Assignment:
        name, *rest = parts
        if not rest:
            return Assignment(name, None, name.span)
        how = rest[0]
        span = name.span | how.span
        match how:
            case _Truth(value):
                return Assignment(name, value, span)
            case Fixed(value):
                return Assignment(name, value, span)
            case Term(Name(text, quoted=True), world=None):
                return Assignment(name, text, span)
            case _:
                return Assignment(name, _shown(how), span)

    def placeholder(self, parts: list[Any]) -> Placeholder:
        return Placeholder(parts[0].value, span_of(parts[0]))

    def truth(self, parts: list[Any]) -> _Truth:
        return _Truth(value_of(parts[0]) is True, span_of(parts[0]))

    def drawn(self, parts: list[Any]) -> Drawn:
        policy, _, *reads, last = parts
        return Drawn(policy, tuple(reads), policy.span | span_of(last))

    def applied(self, parts: list[Any]) -> Applied:
        left, sign, right = parts
        return Applied(_OPERATORS[sign.type], (left, right), left.span | right.span)

    def opposite(self, parts: list[Any]) -> Formula:
        sign, part = parts
        span = span_of(sign) | part.span
        number = part.value if isinstance(part, Fixed) else ""
        return Applied("-", (part,), span) if isinstance(number, str) else Fixed(-number, span)

    def bracketed(self, parts: list[Any]) -> Formula:
        first, inner, last = parts
        if isinstance(inner, Term):  # in brackets even a quoted text is a name
            inner = replace(inner, name=Name(inner.name.text, inner.name.span))
        widened: Formula = replace(inner, span=span_of(first, last))
        return widened

    def called(self, parts: list[Any]) -> Applied:
        function, _, *arguments, last = parts
        name = repr(function.text) if function.quoted else function.text
        return Applied(name, tuple(arguments), function.span | span_of(last))

    def operand(self, parts: list[Any]) -> Term:
        term: Term = self.term(parts)
        return term

    def fixed(self, parts: list[Any]) -> Fixed:
        return Fixed(number_of(parts[0]), span_of(parts[0]))

    # ── effects ──────────────────────────────────────────────────────────────────────────────────────────

    def effect(self, parts: list[Any]) -> Any:
        return parts[0]

    def operation(self, parts: list[Any]) -> Operation:
        left, sign, right = parts
        return Operation(_OPERATORS[sign.type], left, right, left.span | right.span)

    def negative(self, parts: list[Any]) -> Negative:
        sign, operand = parts
        return Negative(operand, span_of(sign) | operand.span)

    def mean(self, parts: list[Any]) -> Expectation | Contrast:
        first, formula, *given, last = parts
        span = span_of(first, last)
        if isinstance(formula, Term):
            (outcome,), interventions, conditions = _asked((_shown(formula),), given)
            return Expectation(outcome, interventions, conditions, span)
        return Contrast(_shown(formula), *_asked((), given)[1:], span)

    def valued(self, parts: list[Any]) -> Term:
        operand: Term = parts[0]
        return replace(operand, value=value_of(parts[1]), span=operand.span | span_of(parts[1]))

    def shorthand(self, parts: list[Any]) -> Shorthand:
        first, _, outcome, exposure, *rest, last = parts
        conditions = rest.pop() if isinstance(rest[-1], tuple) else ()
        *details, value, other = rest
        found: dict[str, tuple[Any, ...]] = {}
        for word, named in details:
            found[word] = (*found.get(word, ()), *named)
        return Shorthand(
            first.value.lower(),
            outcome,
            exposure,
            (value_of(value), value_of(other)),
            **found,
            conditions=conditions,
            span=span_of(first, last),
        )

    plain_term = term
    plain_terms = terms

    def detail(self, parts: list[Any]) -> Any:
        return parts[0]

    def through(self, parts: list[Any]) -> tuple[str, tuple[Name, ...]]:
        return "through", tuple(part for part in parts if isinstance(part, Name))

    def holding(self, parts: list[Any]) -> tuple[str, tuple[Term, ...]]:
        held = next(part for part in parts if isinstance(part, Term | tuple))
        return "holding", held if isinstance(held, tuple) else (held,)

    def along(self, parts: list[Any]) -> tuple[str, tuple[tuple[Name, ...], ...]]:
        arrows = [part for part in parts[2::2] if ARROWS.get(part.value, part.value) != "->"]
        if arrows:
            raise NotAPath(span_of(arrows[0]))
        return "along", (tuple(parts[1::2]),)

    def parenthesis(self, parts: list[Any]) -> Arithmetic:
        first, inner, last = parts
        widened: Arithmetic = replace(inner, span=span_of(first, last))
        return widened

    def number(self, parts: list[Any]) -> Number:
        return Number(float(number_of(parts[0])), span_of(parts[0]))


@dataclass(frozen=True, slots=True)
class _Brackets:
    """What stands in the brackets after a name."""

    assignments: tuple[Assignment, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class _Truth:
    """A truth value to which a variable is set."""

    value: bool
    span: Span


def _asked(
    outcomes: tuple[Term, ...], given: list[Any]
) -> tuple[tuple[Term, ...], tuple[Assignment, ...], tuple[Term, ...]]:
    """Outcomes, interventions and conditions, sorted out of what stands after the bar in any order."""
    parts = given[0] if given else []
    interventions = tuple(each for part in parts if isinstance(part, tuple) for each in part)
    conditions = tuple(part for part in parts if isinstance(part, Term))
    if interventions:
        return outcomes, interventions, conditions
    return _bare(outcomes), (), _bare(conditions)


def _bare(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """The terms, without brackets that are empty: without `do`, ``y[]`` is ``y``."""
    return tuple(replace(term, world=None) if term.world == () else term for term in terms)


def _shown(how: Any) -> Any:
    """What was written on a right-hand side, of which every name can be shown."""
    if isinstance(how, Fixed | Applied | Term):
        for term in terms_of(how):
            if hidden_character(term.name.text) is not None:
                raise UnprintableName(term.name.text, term.name.span)
    return how
