"""What a query is made of: its outcomes, and the terms and settings within its worlds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from .query import (
    Applied,
    Assignment,
    Contrast,
    Drawn,
    Expectation,
    Placeholder,
    Probability,
    Term,
    terms_of,
)

Asking: TypeAlias = Probability | Expectation | Contrast
Part: TypeAlias = Term | Assignment


def outcomes_of(query: Asking) -> tuple[Term, ...]:
    """What a query asks about, in the order written."""
    match query:
        case Probability(outcomes=outcomes):
            return outcomes
        case Expectation(outcome=outcome):
            return (outcome,)
        case Contrast(formula=formula):
            return tuple(terms_of(formula))


def terms_and_sets(query: Asking) -> tuple[Part, ...]:
    """The outcomes, interventions and conditions of a query."""
    return (*outcomes_of(query), *query.interventions, *query.conditions)


def inside(part: Part) -> tuple[Part, ...]:
    """The settings in the brackets of a term, or the terms that a setting reads."""
    if isinstance(part, Term):
        return part.world or ()
    match part.how:
        case Drawn(reads=reads):
            return reads
        case Term() | Applied() as formula:
            return tuple(terms_of(formula))
        case _:
            return ()


def parts_of(query: Asking) -> Iterator[Part]:
    """Every term and setting of a query, those within its worlds too, in the order written.

    >>> from ..parse import parse_query
    >>> [part.name.text for part in parts_of(parse_query("P(y[m = m[x = 0]] | z)"))]
    ['y', 'm', 'm', 'x', 'z']
    """
    waiting = list(reversed(terms_and_sets(query)))
    while waiting:
        part = waiting.pop()
        yield part
        waiting += reversed(inside(part))


def open_sets(parts: Iterable[Part]) -> Iterator[Assignment]:
    """The settings among some parts, and within their worlds, whose value is supplied with the question."""
    waiting = list(parts)[::-1]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Assignment) and (part.how is None or isinstance(part.how, Placeholder)):
            yield part
        waiting += reversed(inside(part))
