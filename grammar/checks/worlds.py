"""What is wrong with the worlds of a query: brackets, policies, shifts and what is left open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from ..diagnostics.diagnostic import Diagnostic, Label
from ..diagnostics.source import Source
from ..formatting.query import format_assignment, format_name, format_term
from ..syntax.query import Applied, Assignment, Contrast, Drawn, Fixed, Formula, Placeholder, Term, terms_of
from ..syntax.walk import Asking, Part, inside, outcomes_of, parts_of
from .names import Scope

Meaning: TypeAlias = Callable[[str], str]
"""Which variable a name means."""

FUNCTIONS = ("min", "max")
"""The functions of a formula."""


def check_worlds(query: Asking, scope: Scope | None, source: Source | None = None) -> Iterator[Diagnostic]:
    """Every fault of a query's worlds.

    Args:
        query: The query.
        scope: The variables that there are; None if they are not known yet.
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
    yield Diagnostic(
        "E0312",
        "this query has both `do` and brackets",
        source,
        Label(first.span, "in a world of its own"),
        (Label(done[0].span | done[-1].span, "the world of every name without brackets"),),
        help=(f"write the world in brackets on each variable, such as {advice}, and leave `do` out",),
    )


def _set_twice(term: Term, source: Source | None, meant: Meaning) -> Iterator[Diagnostic]:
    first: dict[str, Assignment] = {}
    for each in sorted(term.world or (), key=lambda each: each.span.start):
        name = meant(each.name.text)
        if name in first:
            yield Diagnostic(
                "E0305",
                f"`{each.name.text}` is set twice in one world",
                source,
                Label(each.span, "again here"),
                (Label(first[name].span, "first here"),),
                help=("keep one",),
            )
        first.setdefault(name, each)


def _setting(setting: Assignment, source: Source | None, meant: Meaning) -> Iterator[Diagnostic]:
    match setting.how:
        case Drawn(reads=reads):
            first: dict[str, Term] = {}
            for read in reads:
                text = format_term(read)
                if text in first:
                    where = (Label(first[text].span, "first here"),)
                    title = f"a policy reads `{text}` twice"
                    yield Diagnostic(
                        "E0305", title, source, Label(read.span, "again here"), where, help=("keep one",)
                    )
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
            yield Diagnostic(
                "E0316",
                f"a formula has no function `{part.function}`",
                source,
                Label(part.span, "unknown"),
                notes=("a formula is made of values by `+`, `-`, `*`, `/`, `min` and `max`",),
                help=(f"a function of your own is a policy: `{policy}`",),
            )


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
            yield Diagnostic(
                "E0313",
                f"`{each.name.text}` is left open twice: as what is set and as itself",
                source,
                Label(each.span, "set to a value that is not said"),
                (Label(free[name].span, "a variable whose value is not said"),),
                help=(f"name the value to which it is set: `{format_name(each.name.text)} = ?a`",),
            )
    first: dict[str, Assignment] = {}
    for each in sets:
        if not isinstance(each.how, Placeholder):
            continue
        before = first.setdefault(each.how.name, each)
        if meant(before.name.text) != meant(each.name.text):
            yield Diagnostic(
                "E0314",
                f"`{each.how.name}` stands for values of two variables",
                source,
                Label(each.span, f"a value of `{each.name.text}`"),
                (Label(before.span, f"a value of `{before.name.text}`"),),
                help=("give each variable a placeholder of its own",),
            )


def check_policy_names(
    queries: Iterable[Asking], scope: Scope | None, source: Source | None = None
) -> Iterator[Diagnostic]:
    """The faults of policies that are used in two ways: in all of a program a name stands for one policy.

    Args:
        queries: The queries.
        scope: The variables that there are; None if they are not known yet.
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
        yield Diagnostic(
            "E0315",
            f"the policy {text} {'reads different things' if same else 'sets two variables'}",
            source,
            Label(part.span, "here it is another"),
            (Label(before.span, "first here"),),
            help=("give each policy a name of its own",),
        )


def _sum(formula: Formula, source: Source | None) -> Iterator[Diagnostic]:
    """The fault of an expectation that is not a sum of expectations."""
    if _degree(formula) is None:
        yield Diagnostic(
            "E0317",
            "this is not an expectation of a sum",
            source,
            Label(formula.span, "not a sum of variables, each times a number"),
            notes=("dofx takes `E[…]` apart: `E[a - 2 * b]` is `E[a] - 2 * E[b]`",),
            help=("add such a column to the data and to the graph, and ask for its mean",),
        )
    elif not any(True for _ in terms_of(formula)):
        yield Diagnostic(
            "E0317",
            "this is the expectation of a number",
            source,
            Label(formula.span, "no variable"),
            help=("write the number alone",),
        )


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
