"""Programs on the command line: from a file, from standard input, or made of one query and its graph."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..grammar.source import Source
from .graph import read_graph

if TYPE_CHECKING:
    from ..compiler.graph.admg import ADMG
    from ..grammar.syntax import GraphBlock, Program, Statement

STDIN = "-"


def read_source(path: str) -> Source:
    """The text of a program, ``-`` for standard input.

    Raises:
        DofxError: E0501 or E0503 for a file that cannot be read.
    """
    from ..grammar.files import read_text

    if path == STDIN:
        return Source(sys.stdin.read(), "<stdin>")
    return Source(read_text(path), path)


def program_at(path: str) -> Program:
    """The program in a file, free of faults.

    Raises:
        DofxError: With every fault found.
    """
    from ..compiler.program import is_path, program_of
    from ..grammar.parse import parse

    if path != STDIN and not is_path(path) and not Path(path).exists():
        raise click.UsageError("A query needs its graph: pass -g, or the path of a program (.cq).")
    source = read_source(path)
    return program_of(parse(source.text, source.name))


def program_for(text: str, graph: str | None, *, effect: bool = False) -> Program:
    """The program of a command's argument: the one in a file, or, with a graph, one of a single statement.

    Args:
        text: A path, or a query, or an effect.
        graph: What `-g` gave; a program brings its graph and the types that it declares.
        effect: Whether the text is an effect, not a query.

    Raises:
        DofxError: With every fault found.
    """
    from dataclasses import replace

    from ..compiler.program import declared_beside, program_of
    from ..grammar.parse import parse_effect, parse_query
    from ..grammar.syntax import (
        Declaration,
        EffectStatement,
        Expectation,
        Name,
        Probability,
        Program,
        QueryStatement,
        VariablesBlock,
    )

    if graph is None:
        return program_at(text)
    admg, types = read_graph(graph), declared_beside(graph)
    declared = VariablesBlock(tuple(Declaration((Name(name),), type) for name, type in types.items()))
    statement: Statement
    if effect:
        statement = EffectStatement(Name("effect"), parse_effect(text))
    else:
        query = parse_query(text)
        if isinstance(query, Expectation):
            query = Probability((query.outcome,), query.interventions, query.conditions, query.span)
        statement = QueryStatement(Name("query"), query)
    program = Program((_block(admg), declared, statement))
    return program_of(replace(program, source=Source(text, "<effect>" if effect else "<query>")))


def _block(graph: ADMG) -> GraphBlock:
    """The syntax of a graph that came from elsewhere."""
    from ..compiler.graph.origin import origin_of
    from ..grammar.syntax import SELECTED, Chain, GraphBlock, Group, Latents, Name, Roles

    whole = origin_of(graph).graph

    def chain(names: tuple[str, ...], *arrows: str) -> Chain:
        return Chain(tuple(Group((Name(name),)) for name in names), arrows)

    nodes = [chain((node,)) for node in whole.nodes]
    edges = [chain(edge, "->") for edge in whole.directed] + [chain(edge, "<->") for edge in whole.bidirected]
    latent = [Latents(tuple(map(Name, graph.latent)))] if graph.latent else []
    selected = [Roles(SELECTED, tuple(map(Name, whole.selected)))] if whole.selected else []
    return GraphBlock((*nodes, *edges, *latent, *selected))
