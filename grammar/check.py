"""What is wrong with a program though it can be read: every fault at once, with no probability involved."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from .check_graph import check_graph, variables
from .check_types import States, check_kind, check_state, check_type, states_of
from .diagnostics import Diagnostic, Label
from .names import Scope, did_you_mean, resolve, unknown
from .source import Source
from .syntax import (
    Arithmetic,
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
    Term,
    TypeSyntax,
)

__all__ = ["check", "check_graph", "check_query", "did_you_mean", "resolve"]

_ROLES = ("an outcome", "set by `do`", "a condition")


def check(program: Program) -> tuple[Diagnostic, ...]:
    """Every semantic fault of a program, in the order of the text. A program without a graph knows no names.

    >>> from .parse import parse
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
    for statement in program.statements:
        match statement:
            case QueryStatement(query=query):
                faults += check_query(query, scope, source, latents, states, types)
                faults += check_limits(statement.limits, [query], scope, source, latents)
            case EffectStatement(expression=expression):
                queries = list(_queries(expression))
                for each in queries:
                    faults += check_query(each, scope, source, latents, states, types)
                    faults += _not_a_number(each, source)
                faults += check_limits(statement.limits, queries, scope, source, latents)
            case _:
                pass
    return tuple(sorted(faults, key=lambda fault: fault.primary.span.start if fault.primary else 0))


def check_query(
    query: Probability | Expectation,
    names: Iterable[str] | Scope | None,
    source: Source | None = None,
    latents: Iterable[str] = (),
    states: Mapping[str, States] | None = None,
    types: Mapping[str, TypeSyntax] | None = None,
) -> tuple[Diagnostic, ...]:
    """Every fault of a query against a set of variables.

    Args:
        query: The query.
        names: The variables it may speak of, as a `Scope` if there are many queries about them; None if they
            are not known yet.
        source: The text that the query's spans point into.
        latents: Variables that exist but are not observed, whether or not they are among `names`.
        states: The states of finite variables, as far as they are known.
        types: The types of the other variables, likewise.

    >>> from .parse import parse_query
    >>> [fault.title for fault in check_query(parse_query("P(y | do(x), x)"), ["X", "Y"])]
    ['`x` is both set by `do` and a condition']
    """
    unobserved = dict.fromkeys(latents)
    scope = names if names is None or isinstance(names, Scope) else Scope((*names, *unobserved))
    outcomes = (query.outcome,) if isinstance(query, Expectation) else query.outcomes
    first: dict[str, tuple[int, Term]] = {}
    faults: list[Diagnostic] = []
    for role, terms in enumerate((outcomes, query.interventions, query.conditions)):
        for term in terms:
            name = term.name.text if scope is None else scope.resolve(term.name.text)
            if scope is not None and name is None:
                faults.append(unknown(term.name, scope, source, unobserved))
            if name is None:
                continue
            if name in unobserved:
                faults.append(_latent(term, source))
            if name in first:
                faults.append(_again(term, role, *first[name], source))
            first.setdefault(name, (role, term))
            faults += _check_value(term, name, source, states or {}, types or {})
    return tuple(faults)


def check_limits(
    limits: Iterable[Limit],
    queries: Iterable[Probability | Expectation],
    scope: Scope | None,
    source: Source | None = None,
    latents: Iterable[str] = (),
) -> Iterator[Diagnostic]:
    """Every fault of the limits on how some queries are answered.

    Args:
        limits: The limits.
        queries: The queries that they are meant for.
        scope: The variables that there are; None if they are not known yet.
        source: The text that the spans point into.
        latents: Variables that exist but are not observed.
    """
    if scope is None:
        return
    asked = {scope.resolve(term.name.text): term for query in queries for term in _query_terms(query)}
    for limit in limits:
        for name in limit.names:
            meant = scope.resolve(name.text)
            if meant is None:
                yield unknown(name, scope, source, dict.fromkeys(latents))
            elif limit.word == "avoiding" and meant in asked:
                yield Diagnostic(
                    "E0303",
                    f"`{meant}` is to be avoided, but the query is about it",
                    source,
                    Label(name.span, "not to be used"),
                    (Label(asked[meant].span, "asked about here"),),
                    help=(f"take `{meant}` out of one of the two",),
                )


def _query_terms(query: Probability | Expectation) -> tuple[Term, ...]:
    outcomes = query.outcomes if isinstance(query, Probability) else (query.outcome,)
    return (*outcomes, *query.interventions, *query.conditions)


def _check_value(
    term: Term,
    name: str,
    source: Source | None,
    states: Mapping[str, States],
    types: Mapping[str, TypeSyntax],
) -> Iterator[Diagnostic]:
    fault = None
    if name in states:
        fault = check_state(term, states[name], source)
    elif name in types:
        fault = check_kind(term, types[name], source)
    if fault is not None:
        yield fault


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
            yield Diagnostic(
                "E0307",
                f"there are two declarations of the {what} `{name.text}`",
                source,
                Label(name.span, "again here"),
                (Label(first[name.text].span, "first here"),),
                help=("keep one of them",) if what == "variable" else ("give one of them another name",),
            )
        first.setdefault(name.text, name)


def _latent(term: Term, source: Source | None) -> Diagnostic:
    return Diagnostic(
        "E0306",
        f"`{term.name.text}` is latent",
        source,
        Label(term.name.span, "not observed"),
        help=("a query speaks of observed variables; if there are data on it, it is not latent",),
    )


def _again(term: Term, role: int, first_role: int, first: Term, source: Source | None) -> Diagnostic:
    """The fault of a variable that a query has already spoken of."""
    name = term.name.text
    where = (Label(first.name.span, "first here"),)
    label = Label(term.name.span, "again here")
    if role == first_role:
        return Diagnostic("E0305", f"`{name}` is written twice", source, label, where, help=("keep one",))
    if (first_role, role) == (0, 1):
        advice = f"ask about `{name}`, or set it, but not both"
        title = f"`{name}` is both an outcome and set by `do`"
        return Diagnostic("E0304", title, source, label, where, help=(advice,))
    advice = f"keep `{name}` in one of the two places"
    title = f"`{name}` is both {_ROLES[first_role]} and {_ROLES[role]}"
    return Diagnostic("E0303", title, source, label, where, help=(advice,))


def _queries(expression: Arithmetic) -> Iterator[Probability | Expectation]:
    """The queries of an expression, from left to right."""
    waiting = [expression]
    while waiting:
        match waiting.pop():
            case Operation(left=left, right=right):
                waiting += [right, left]
            case Negative(operand=operand):
                waiting.append(operand)
            case Number():
                pass
            case Probability() | Expectation() as query:
                yield query


def _not_a_number(query: Probability | Expectation, source: Source | None) -> Iterator[Diagnostic]:
    """The faults of a query in an effect that leaves a value open."""
    outcomes = query.outcomes if isinstance(query, Probability) else ()
    for term in (*outcomes, *query.interventions, *query.conditions):
        if term.value is None:
            name = term.name.text
            yield Diagnostic(
                "E0308",
                f"this is not a number: `{name}` has no value",
                source,
                Label(term.name.span, "which value?"),
                help=(
                    f"an effect is a number: give a value, as in `{name} = 1`",
                    "`query` in place of `effect` answers at each value",
                ),
            )
