"""Questions whose graph comes from elsewhere: a query, an effect, or several statements, made into one program."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path
from typing import TypeAlias

from ..grammar.checks.program import check
from ..grammar.diagnostics.diagnostic import DofxError
from ..grammar.diagnostics.source import Source
from ..grammar.edge.files import read_text
from ..grammar.parse import parse, parse_effect, parse_query
from ..grammar.syntax.data import DataPart
from ..grammar.syntax.program import (
    SELECTED,
    Arithmetic,
    Chain,
    Contrast,
    DataStatement,
    Declaration,
    EffectStatement,
    Expectation,
    Feedback,
    GraphBlock,
    Group,
    Latents,
    Name,
    Negative,
    Number,
    Operation,
    Probability,
    Program,
    QueryStatement,
    Roles,
    Shorthand,
    Statement,
    TypeSyntax,
    VariablesBlock,
)
from .errors import second_graph
from .graph.admg import ADMG
from .graph.origin import origin_of
from .graph.read import GraphSource
from .program import is_path, program_around

QUERY, EFFECT = "query", "effect"
"""The names of a question that was asked without one."""

Asked: TypeAlias = "str | PathLike[str] | Program | Arithmetic | None"
"""A query, an effect, statements with names, the path of a program; None asks what the graph's roles ask."""

_STATEMENTS = re.compile(
    r"(?:\s|#[^\n]*\n)*(?:query|effect|variables|data|graph|c?p?dag|mag|pag)\b\s*[^\s(\[]", re.IGNORECASE
)


def data_beside(graph: GraphSource) -> tuple[DataStatement, ...]:
    """The data sets that are declared beside a graph, if that is a program's; none are beside any other.

    Files are named from here, where they are beside the program.

    Args:
        graph: What `graph_of` reads.

    Raises:
        DofxError: If the program cannot be read.

    >>> [each.name.text for each in data_beside(parse("graph { x -> y }  data trial sets x"))]
    ['trial']
    """
    whole = program_around(graph)
    if whole is None:
        return ()
    home = Path(whole.source.name).parent

    def found(path: str) -> str:
        return path if not path or Path(path).exists() or not (home / path).exists() else str(home / path)

    def moved(part: DataPart) -> DataPart:
        return replace(part, path=found(part.path), more=tuple(map(found, part.more)))

    return tuple(replace(each, parts=tuple(map(moved, each.parts))) for each in whole.data)


def program_beside(
    asked: Asked,
    graph: ADMG,
    types: Mapping[str, TypeSyntax],
    *,
    effect: bool = False,
    data: Sequence[DataStatement] = (),
) -> Program:
    """The program that asks a question of a graph which stands beside it.

    Args:
        asked: A query, the arithmetic of an effect, or several statements with their names. None asks for the
            distribution of the graph's outcomes under its exposures.
        graph: The graph.
        types: The types that are declared beside it.
        effect: Whether a single query is to be read as an effect, that is a number.
        data: The data sets that are declared beside it; what is asked may declare others in their place.

    Raises:
        DofxError: E0206 if what is asked brings a graph too, and every fault of what is asked.

    >>> graph = ADMG("xy", [("x", "y")])
    >>> [effect.name.text for effect in program_beside("E[y | do(x = 1)] - E[y]", graph, {}).effects]
    ['effect']
    """
    statements, source = _statements(asked, effect)
    if any(isinstance(statement, GraphBlock) for statement in statements):
        raise second_graph()
    declared = VariablesBlock(tuple(Declaration((Name(name),), type) for name, type in types.items()))
    own = any(isinstance(statement, DataStatement) for statement in statements)
    program = Program((block_of(graph), declared, *(() if own else data), *statements), source)
    faults = check(program)
    if faults:
        raise DofxError(faults)
    return program


def block_of(graph: ADMG) -> GraphBlock:
    """The syntax of a graph that came from elsewhere."""
    whole = origin_of(graph).graph

    def chain(names: tuple[str, ...], *arrows: str) -> Chain:
        return Chain(tuple(Group((Name(name),)) for name in names), arrows)

    nodes = [chain((node,)) for node in whole.nodes]
    edges = [chain(edge, "->") for edge in whole.directed] + [chain(edge, "<->") for edge in whole.bidirected]
    latent = [Latents(tuple(map(Name, graph.latent)))] if graph.latent else []
    marked = ((SELECTED, whole.selected), ("exposure", graph.exposures), ("outcome", graph.outcomes))
    roles = [Roles(role, tuple(map(Name, names))) for role, names in marked if names]
    feedback = [Feedback(tuple(map(Name, loop))) for loop in whole.feedback]
    return GraphBlock((*nodes, *edges, *latent, *roles, *feedback))


def _statements(asked: Asked, effect: bool) -> tuple[tuple[Statement, ...], Source]:
    match asked:
        case None:
            return (), Source("", "<graph>")
        case Program():
            return asked.statements, asked.source
        case Probability() | Expectation() | Contrast() | Shorthand() | Number() | Negative() | Operation():
            return (_named(asked, effect),), Source("")
        case _ if is_path(asked):
            program = parse(read_text(asked), fspath(asked))
            return program.statements, program.source
        case _:
            return _written(fspath(asked), effect)


def _written(text: str, effect: bool) -> tuple[tuple[Statement, ...], Source]:
    """The statements of a program, or the one of a query or an effect, as written."""
    if _STATEMENTS.match(text):
        program = parse(text)
        return program.statements, program.source
    found = _expression(text, effect)
    statement = _named(found, effect)
    return (statement,), Source(text, "<effect>" if isinstance(statement, EffectStatement) else "<query>")


def _named(expression: Arithmetic, effect: bool) -> Statement:
    if isinstance(expression, Probability | Expectation) and not effect:
        return QueryStatement(Name(QUERY), expression)
    return EffectStatement(Name(EFFECT), expression)


def _expression(text: str, effect: bool) -> Arithmetic:
    """A query, else arithmetic of queries; of two errors the one that came further."""
    if effect:
        return parse_effect(text)
    try:
        return parse_query(text)
    except DofxError as of_query:
        try:
            return parse_effect(text)
        except DofxError as of_effect:
            raise max((of_query, of_effect), key=_place) from None


def _place(error: DofxError) -> int:
    label = error.diagnostics[0].primary
    return -1 if label is None else label.span.start
