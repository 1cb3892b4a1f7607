"""What is wrong with the worlds of a query: brackets, policies, shifts and what is left open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from ..diagnostics.diagnostic import Diagnostic
from ..diagnostics.source import Source
from ..formatting.query import format_assignment, format_name, format_term
from ..syntax.query import Applied, Assignment, Contrast, Drawn, Fixed, Formula, Placeholder, Term, terms_of
from ..syntax.walk import Asking, Part, inside, outcomes_of, parts_of
from .names import Scope
from .query_errors import (
    do_and_brackets,
    no_function,
    not_a_sum,
    open_twice,
    placeholder_of_two,
    policy_of_two,
    read_twice,
    set_twice,
    sum_of_numbers,
)

Meaning: TypeAlias = Callable[[str], str]
"""Which variable a name means."""

FUNCTIONS = ("min", "max")
"""The functions of a formula."""


def check_worlds(query: Asking, scope: Scope | None, source: Source | None = None) -> Iterator[Diagnostic]:
    """Every fault of a query's worlds.

    Args:
        query: The query.
        scope: The known variables; None if they are not known yet.
        source: The text that the query's spans point into.

    >>> from ..parse import parse_query
    >>> [fault.title for fault in check_worlds(parse_query("P(y[x = 1] | do(z))"), None)]
    ['this query has both `do` and brackets']
    """
    meant = _meaning(scope)
    parts = tuple(sorted(parts_of(query), key=lambda part: part.span.start))
    terms = (*outcomes_of(query), *query.conditions)
    yield from _mixed(query, terms, source)
    for part in parts:
        if isinstance(part, Term):
            yield from _set_twice(part, source, meant)
        else:
            yield from _setting(part, source, meant)
    yield from _left_open(terms, parts, source, meant)
    yield from check_policy_names([query], scope, source)
    if isinstance(query, Contrast):
        yield from _sum(query.formula, source)


def _meaning(scope: Scope | None) -> Meaning:
    return lambda name: name if scope is None else scope.resolve(name) or name


def _mixed(query: Asking, terms: tuple[Term, ...], source: Source | None) -> Iterator[Diagnostic]:
    """The fault of brackets in a query whose world is that of `do`."""
    bracketed = [term for term in terms if term.world is not None]
    if not bracketed or not query.interventions:
        return
    first, done = bracketed[0], query.interventions
    sets = ", ".join(format_assignment(each) for each in done)
    advice = f"`{format_name(first.name.text)}[{sets}]`"
    yield do_and_brackets(advice, source, first.span, done[0].span | done[-1].span)


def _set_twice(term: Term, source: Source | None, meant: Meaning) -> Iterator[Diagnostic]:
    first: dict[str, Assignment] = {}
    for each in sorted(term.world or (), key=lambda each: each.span.start):
        name = meant(each.name.text)
        if name in first:
            yield set_twice(each.name.text, source, each.span, first[name].span)
        first.setdefault(name, each)


def _setting(setting: Assignment, source: Source | None, meant: Meaning) -> Iterator[Diagnostic]:
    match setting.how:
        case Drawn(reads=reads):
            first: dict[str, Term] = {}
            for read in reads:
                text = format_term(read)
                if text in first:
                    yield read_twice(text, source, read.span, first[text].span)
                first.setdefault(text, read)
        case Applied() as formula:
            yield from _functions(formula, source, meant(setting.name.text))
        case _:
            pass


def _functions(formula: Formula, source: Source | None, name: str) -> Iterator[Diagnostic]:
    """The faults of functions that a formula does not have."""
    waiting = [formula]
    while waiting:
        part = waiting.pop()
        if not isinstance(part, Applied):
            continue
        waiting += reversed(part.parts)
        if part.function not in (*"+-*/", *FUNCTIONS):
            reads = ", ".join(format_term(each) for each in part.parts if isinstance(each, Term))
            policy = f"{name} ~ {part.function}({reads})"
            yield no_function(part.function, policy, source, part.span)


def _left_open(
    terms: tuple[Term, ...], parts: tuple[Part, ...], source: Source | None, meant: Meaning
) -> Iterator[Diagnostic]:
    """The faults of inputs that share their name with something else."""
    sets = [part for part in parts if isinstance(part, Assignment)]
    free = {meant(t.name.text): t for t in terms if t.world is None and t.value is None}
    inner = {id(part) for outer in parts if isinstance(outer, Term) for part in inside(outer)}
    for each in sets:
        name = meant(each.name.text)
        if each.how is None and id(each) in inner and name in free:
            yield open_twice(each.name.text, source, each.span, free[name].span)
    first: dict[str, Assignment] = {}
    for each in sets:
        if not isinstance(each.how, Placeholder):
            continue
        before = first.setdefault(each.how.name, each)
        if meant(before.name.text) != meant(each.name.text):
            names = each.name.text, before.name.text
            yield placeholder_of_two(each.how.name, *names, source, each.span, before.span)


def check_policy_names(
    queries: Iterable[Asking], scope: Scope | None, source: Source | None = None
) -> Iterator[Diagnostic]:
    """The faults of policies that are used in two ways: in all of a program a name stands for one policy.

    Args:
        queries: The queries.
        scope: The known variables; None if they are not known yet.
        source: The text that their spans point into.
    """
    meant = _meaning(scope)
    parts = sorted((part for query in queries for part in parts_of(query)), key=lambda part: part.span.start)
    first: dict[str, Assignment] = {}
    for part in parts:
        if not isinstance(part, Assignment) or not isinstance(part.how, Drawn):
            continue
        before = first.setdefault(part.how.policy.text, part)
        assert isinstance(before.how, Drawn), "only policies are kept"
        same = meant(before.name.text) == meant(part.name.text)
        if same and [*map(format_term, before.how.reads)] == [*map(format_term, part.how.reads)]:
            continue
        text = f"`{part.how.policy.text}`"
        yield policy_of_two(text, same, source, part.span, before.span)


def _sum(formula: Formula, source: Source | None) -> Iterator[Diagnostic]:
    """The fault of an expectation that is not a sum of expectations."""
    if _degree(formula) is None:
        yield not_a_sum(source, formula.span, _outer(formula))
    elif not any(True for _ in terms_of(formula)):
        yield sum_of_numbers(source, formula.span)


def _outer(formula: Formula) -> str:
    """The name that numbers in brackets follow, as in y(1), or the outermost operator that makes it no sum."""
    inside = [*_applied(formula)]
    for each in inside:
        if each.function.isidentifier() and all(isinstance(part, Fixed) for part in each.parts):
            return each.function
    return next((each.function for each in inside if each.function in "*/"), "")


def _applied(formula: Formula) -> Iterator[Applied]:
    """The operations of a formula, outer ones first."""
    if isinstance(formula, Applied):
        yield formula
        for part in formula.parts:
            yield from _applied(part)


def _degree(formula: Formula) -> int | None:
    """0 for a number, 1 for a sum of variables and numbers; None for anything else."""
    match formula:
        case Fixed():
            return 0
        case Term():
            return 1
        case Applied(function=function, parts=parts):
            degrees = [_degree(part) for part in parts]
            known = [degree for degree in degrees if degree is not None]
            if len(known) < len(degrees) or function not in (*"+-*/",):
                return None
            if function in "+-":
                return max(known)
            return max(known) if sum(known) <= 1 and (function == "*" or known[1] == 0) else None
