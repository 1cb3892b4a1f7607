"""What is wrong with a program though it can be read: every fault at once, with no probability involved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..diagnostics.diagnostic import Diagnostic
from ..diagnostics.source import Source
from ..expand import expanded
from ..syntax.program import (
    Arithmetic,
    Contrast,
    EffectStatement,
    Expectation,
    Limit,
    Name,
    Negative,
    Number,
    Operation,
    Probability,
    Program,
    QueryStatement,
    Shorthand,
    TypeSyntax,
)
from ..syntax.walk import Asking, parts_of
from .data import check_data
from .errors import avoided_and_asked, declared_twice
from .graph import check_graph, variables
from .names import Scope, did_you_mean, resolve, unknown
from .query import check_number, check_query
from .shorthand import check_shorthand
from .types import States, check_type, states_of
from .worlds import check_policy_names

__all__ = ["check", "check_graph", "check_query", "did_you_mean", "resolve"]


def check(program: Program) -> tuple[Diagnostic, ...]:
    """Every semantic fault of a program, in the order of the text. A program without a graph knows no names.

    >>> from ..parse import parse
    >>> program = parse("graph { smoking -> tar } query risk = P(tar | do(smokng, tar))")
    >>> [(fault.code, fault.help) for fault in check(program)]  # doctest: +NORMALIZE_WHITESPACE
    [('E0301', ('did you mean `smoking`?',)),
     ('E0304', ('ask about `tar`, or set it, but not both',))]
    """
    source = program.source
    known, latents = variables(program.graphs)
    scope = Scope(known) if program.graphs else None
    types, faults = _check_declarations(program, scope)
    states = {name: States(found) for name, type in types.items() if (found := states_of(type)) is not None}
    faults += check_graph(program.graphs, source)
    answers = [*(query.name for query in program.queries), *(effect.name for effect in program.effects)]
    faults += _twice(sorted(answers, key=lambda name: name.span.start), "query or effect", source)
    faults += check_data(program.data, scope, source, latents)
    faults += _twice((data.name for data in program.data), "data set", source)
    asked: list[Asking] = []
    for statement in program.statements:
        match statement:
            case QueryStatement(query=query):
                asked.append(query)
                faults += check_query(query, scope, source, latents, states, types)
                faults += check_limits(statement.limits, [query], scope, source, latents)
            case EffectStatement(expression=expression):
                parts = list(_parts(expression))
                named = [part for part in parts if isinstance(part, Shorthand)]
                wrong = [fault for effect in named for fault in check_shorthand(effect, scope, source)]
                faults += wrong
                queries = [] if wrong else [query for part in parts for query in _queries(part)]
                asked += queries
                for each in queries:
                    faults += check_query(each, scope, source, latents, states, types)
                    faults += check_number(each, source)
                faults += check_limits(statement.limits, queries, scope, source, latents)
            case _:
                pass
    faults += check_policy_names(asked, scope, source)
    return tuple(
        sorted(dict.fromkeys(faults), key=lambda fault: fault.primary.span.start if fault.primary else 0)
    )


def check_limits(
    limits: Iterable[Limit],
    queries: Iterable[Asking],
    scope: Scope | None,
    source: Source | None = None,
    latents: Iterable[str] = (),
) -> Iterator[Diagnostic]:
    """Every fault of the limits on how some queries are answered.

    Args:
        limits: The limits.
        queries: The queries that they are meant for.
        scope: The known variables; None if they are not known yet.
        source: The text that the spans point into.
        latents: Variables that exist but are not observed.
    """
    if scope is None:
        return
    asked = {scope.resolve(part.name.text): part for query in queries for part in parts_of(query)}
    for limit in limits:
        for name in limit.names:
            meant = scope.resolve(name.text)
            if meant is None:
                yield unknown(name, scope, source, dict.fromkeys(latents))
            elif limit.word == "avoiding" and meant in asked:
                yield avoided_and_asked(meant, source, name.span, asked[meant].span)


def _check_declarations(
    program: Program, scope: Scope | None
) -> tuple[dict[str, TypeSyntax], list[Diagnostic]]:
    """The declared types by variable, and what is wrong with the declarations."""
    types: dict[str, TypeSyntax] = {}
    faults: list[Diagnostic] = []
    for declaration in program.declarations:
        fault = check_type(declaration.type, program.source)
        if fault is not None:
            faults.append(fault)
        for name in declaration.names:
            meant = name.text if scope is None else scope.resolve(name.text)
            if meant is not None:
                types.setdefault(meant, declaration.type)
            elif scope is not None:
                faults.append(unknown(name, scope, program.source))
    names = (name for declaration in program.declarations for name in declaration.names)
    return types, [*faults, *_twice(names, "variable", program.source)]


def _twice(names: Iterable[Name], what: str, source: Source | None) -> Iterator[Diagnostic]:
    first: dict[str, Name] = {}
    for name in names:
        if name.text in first:
            yield declared_twice(what, name.text, source, name.span, first[name.text].span)
        first.setdefault(name.text, name)


def _parts(expression: Arithmetic) -> Iterator[Asking | Shorthand]:
    """The queries and shorthands of an expression, from left to right."""
    waiting = [expression]
    while waiting:
        match waiting.pop():
            case Operation(left=left, right=right):
                waiting += [right, left]
            case Negative(operand=operand):
                waiting.append(operand)
            case Number():
                pass
            case Probability() | Expectation() | Contrast() | Shorthand() as part:
                yield part


def _queries(part: Asking | Shorthand) -> Iterator[Asking]:
    """A query, or the queries that a shorthand stands for."""
    for each in _parts(expanded(part)) if isinstance(part, Shorthand) else [part]:
        assert not isinstance(each, Shorthand), "no shorthand stands for another"
        yield each
