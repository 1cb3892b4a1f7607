"""Programs as the compiler takes them: read, free of faults, their questions over the graph's variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from os import PathLike, fspath
from typing import TypeAlias

from ..grammar.checks.names import Scope
from ..grammar.checks.program import check
from ..grammar.checks.types import states_of
from ..grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ..grammar.diagnostics.source import Source
from ..grammar.edge.files import PROGRAM, read_text
from ..grammar.expand import expanded
from ..grammar.formatting.program import format_type
from ..grammar.formatting.query import format_effect
from ..grammar.parse import parse
from ..grammar.syntax.program import (
    Arithmetic,
    Assignment,
    Contrast,
    Expectation,
    GraphBlock,
    Limit,
    Name,
    Negative,
    Number,
    Operation,
    Probability,
    Program,
    QueryStatement,
    Shorthand,
    Term,
    TypeSyntax,
    VariablesBlock,
)
from .declarations import data_of, limits_written, types_declared
from .errors import asks_nothing
from .graph.admg import ADMG
from .graph.read import GraphSource, graph_from_program
from .model.data import ALONE, DataSet
from .model.query import NO_LIMITS, Limits, Query
from .model.repeated import settled
from .model.resolve import query_of, syntax_of
from .model.shorthand import written_out

ProgramSource: TypeAlias = str | PathLike[str] | Program
"""A program, its text, or the path of a ``.cq`` file."""

Leaf: TypeAlias = Probability | Expectation


@dataclass(frozen=True, slots=True)
class Question:
    """A named query or effect.

    Args:
        name: Its name.
        syntax: What was written after the sign of equality, shorthands such as ``ate(y, x, 1, 0)`` written out.
        queries: What it asks of the graph: a query's own, or those in an effect's arithmetic, left to right.
        written: What was written, with its shorthands.
    """

    name: str
    syntax: Arithmetic
    queries: tuple[Query, ...]
    written: Arithmetic

    @property
    def text(self) -> str:
        """What was written, and what its shorthands stand for if it has any."""
        shown, plain = format_effect(self.written), format_effect(self.syntax)
        return shown if shown == plain else f"{shown} = {plain}"

    @property
    def limits(self) -> Limits:
        """What all of its queries may be answered with."""
        return self.queries[0].limits if self.queries else NO_LIMITS

    @property
    def kernels(self) -> tuple[Query, ...]:
        """The distinct queries without the values that the text fixes: what is identified and compiled."""
        return tuple(dict.fromkeys(query.kernel for query in self.queries))

    def title(self, kernel: Query) -> str:
        """Its name above one of its kernels, with the terms that this one answers where there are several."""
        if len(self.kernels) == 1:
            return self.name
        terms = (
            format_effect(term)
            for term, query in zip(leaves(self.syntax), self.queries, strict=True)
            if query.kernel == kernel
        )
        return f"{self.name} ({', '.join(dict.fromkeys(terms))})"


@dataclass(frozen=True, slots=True)
class Questions:
    """What a program asks, of which graph, and the types that it declares.

    Args:
        graph: The causal graph.
        types: Declared types by the graph's own names.
        queries: The queries, in the order written.
        effects: The effects, likewise.
        data: The data sets; the observational one where the program declares none.
        files: The files that hold rows, each with the data set that names it.
    """

    graph: ADMG
    types: dict[str, TypeSyntax]
    queries: tuple[Question, ...]
    effects: tuple[Question, ...]
    data: tuple[DataSet, ...] = ALONE
    files: tuple[tuple[str, str], ...] = ()

    @property
    def sizes(self) -> dict[str, int]:
        """How many numbers a value of each declared variable is made of."""
        from .passes.cost import size_of  # here, because proofs need no networks

        return {name: size_of(type) for name, type in self.types.items()}

    @property
    def states(self) -> dict[str, int]:
        """How many states each variable has that is declared to be finite."""
        found = {name: states_of(type) for name, type in self.types.items()}
        return {name: len(states) for name, states in found.items() if states is not None}

    @property
    def declared(self) -> dict[str, str]:
        """The declared types as text."""
        return {name: format_type(type) for name, type in self.types.items()}

    @property
    def alone(self) -> Query | None:
        """The one query, where nothing else is asked."""
        return self.queries[0].queries[0] if len(self.queries) == 1 and not self.effects else None

    def only(self, name: str) -> Questions:
        """The question of that name alone."""
        queries = tuple(question for question in self.queries if question.name == name)
        effects = tuple(question for question in self.effects if question.name == name)
        return replace(self, queries=queries, effects=effects)

    def limited(self, limits: Limits) -> Questions:
        """The same, each query limited in this way too."""
        if not limits:
            return self

        def narrower(question: Question) -> Question:
            asked = (replace(query, limits=query.limits | limits) for query in question.queries)
            return replace(question, queries=tuple(asked))

        return replace(
            self,
            queries=tuple(map(narrower, self.queries)),
            effects=tuple(map(narrower, self.effects)),
        )

    @property
    def kernels(self) -> dict[Query, tuple[str, ...]]:
        """Each distinct query without its values, and the names of the queries and effects that need it."""
        needed: dict[Query, tuple[str, ...]] = {}
        for question in (*self.queries, *self.effects):
            for query in question.kernels:
                needed[query] = (*needed.get(query, ()), question.name)
        return needed

    def title(self, kernel: Query) -> str:
        """What stands above one of the distinct queries: the names of what needs it, and its part of each effect."""
        asked = (*self.queries, *self.effects)
        return ", ".join(question.title(kernel) for question in asked if kernel in question.kernels)


def program_of(source: ProgramSource) -> Program:
    """The program that a source describes.

    Raises:
        DofxError: With every fault found, in the file and in the program.

    >>> [query.name.text for query in program_of("graph { x -> y }  query risk = P(y | do(x))").queries]
    ['risk']
    """
    if isinstance(source, Program):
        program = source
    elif is_path(source):
        program = parse(read_text(source), fspath(source))
    else:
        program = parse(fspath(source))
    faults = check(program)
    if faults:
        raise DofxError(faults)
    return program


def is_path(source: object) -> bool:
    """Whether a source is the path of a program rather than its text."""
    if isinstance(source, str):
        return source.endswith(PROGRAM) and not any(mark in source for mark in "\n{}=")
    return isinstance(source, PathLike)


def questions(program: Program) -> Questions:
    """What a program asks.

    Raises:
        DofxError: E0205 if it has no graph, E0309 if it asks nothing; and with every fault that its queries have in
            the graph.
    """
    graph = graph_from_program(program)
    if not program.queries and not program.effects:
        asked = QueryStatement(Name("query"), default_query(graph, program.source))
        program = replace(program, statements=(*program.statements, asked))
    reader = _Reader(program, graph)
    queries = reader.read([(each.name, each.query, each.limits) for each in program.queries], number=False)
    effects = reader.read(
        [(each.name, each.expression, each.limits) for each in program.effects], number=True
    )
    if reader.faults:
        raise DofxError(dict.fromkeys(reader.faults))
    return Questions(
        graph,
        types_declared(program, reader.scope),
        queries,
        effects,
        data_of(program, graph),
        tuple((each.name.text, path) for each in program.data for path in each.paths),
    )


class _Reader:
    """Reads what a program asks over the variables of its graph, and collects the faults.

    Args:
        program: The program.
        graph: Its graph.
    """

    def __init__(self, program: Program, graph: ADMG) -> None:
        self.program, self.graph = program, graph
        self.scope, self.known = Scope(graph.nodes), Scope((*graph.nodes, *graph.latent))
        self.faults: list[Diagnostic] = []

    def read(
        self, written: Iterable[tuple[Name, Arithmetic, tuple[Limit, ...]]], *, number: bool
    ) -> tuple[Question, ...]:
        """The questions among those written that have no fault; each stands for a number, or for a distribution."""
        found: list[Question] = []
        for name, syntax, limits in written:
            try:
                found.append(self.question(name.text, syntax, limits, number))
            except DofxError as error:
                self.faults.extend(error.diagnostics)
        return tuple(found)

    def question(self, name: str, syntax: Arithmetic, limits: Iterable[Limit], number: bool) -> Question:
        """One question; an error has every fault that it has in the graph."""
        own, source = limits_written(limits, self.scope), self.program.source
        plain = written_out(syntax, self.graph, self.known, source)
        asked = [query_of(leaf, self.graph, source, self.known) for leaf in leaves(plain)]
        found = [settled(query) for query in asked] if number else asked
        named = _named(plain, iter(found))
        queries = (replace(query, limits=own) for query in found if isinstance(query, Query))
        return Question(name, named, tuple(queries), syntax)


def _named(expression: Arithmetic, queries: Iterator[Query | int | float]) -> Arithmetic:
    """An effect whose queries of several worlds have the names that the graph has: columns are found by them."""
    match expression:
        case Operation(left=left, right=right):
            return replace(expression, left=_named(left, queries), right=_named(right, queries))
        case Negative(operand=operand):
            return replace(expression, operand=_named(operand, queries))
        case Probability() | Expectation():
            query = next(queries)
            if not isinstance(query, Query):
                return Number(float(query), expression.span)
            if query.plain:
                return expression
            found = syntax_of(query)
            if isinstance(expression, Probability):
                return replace(found, span=expression.span)
            return Expectation(found.outcomes[0], found.interventions, found.conditions, expression.span)
        case _:
            return expression


def default_query(graph: ADMG, source: Source | None = None) -> Probability:
    """What a graph asks by its roles: the distribution of its outcomes under its exposures.

    Raises:
        DofxError: E0309 if it marks no exposure or no outcome, and so asks nothing.

    >>> from .graph.read import graph_of
    >>> print(query_of(default_query(graph_of("exposure x; outcome y; z -> x -> y")), ADMG("zxy")))
    P(y | do(x))
    """
    if not graph.exposures or not graph.outcomes:
        raise asks_nothing(source.name if source else "the graph")
    outcomes = tuple(Term(Name(name)) for name in graph.outcomes)
    return Probability(outcomes, tuple(Assignment(Name(name)) for name in graph.exposures))


def program_around(graph: GraphSource) -> Program | None:
    """The program that a graph is given by, unchecked; None where it is given by something else."""
    if isinstance(graph, (str, PathLike)) and is_path(graph) and fspath(graph).endswith(PROGRAM):
        return parse(read_text(graph), fspath(graph))
    return graph if isinstance(graph, Program) else None


def declared_beside(graph: GraphSource) -> dict[str, TypeSyntax]:
    """The types that are declared beside a graph, if that is a program's; none are beside any other.

    Args:
        graph: What `graph_of` reads.

    Raises:
        DofxError: With every fault of the program's graph and its declarations.

    >>> print(declared_beside(parse("graph { x -> y }  variables { x : category(3) }"))["x"].kind)
    category
    """
    whole = program_around(graph)
    if whole is None:
        return {}
    blocks = tuple(s for s in whole.statements if isinstance(s, GraphBlock | VariablesBlock))
    program = program_of(replace(whole, statements=blocks))
    return types_declared(program, Scope(graph_from_program(program).nodes))


def leaves(expression: Arithmetic) -> Iterator[Leaf]:
    """The queries of an effect's arithmetic, from left to right."""
    waiting = [expression]
    while waiting:
        match waiting.pop():
            case Operation(left=left, right=right):
                waiting += [right, left]
            case Negative(operand=operand):
                waiting.append(operand)
            case Contrast() | Shorthand() as sugar:
                waiting.append(expanded(sugar))
            case Probability() | Expectation() as leaf:
                yield leaf
            case _:
                pass
