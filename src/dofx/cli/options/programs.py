"""Programs on the command line: from a file, from standard input, or made of one query and its graph."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ...grammar.diagnostics.source import Source
from ..as_json import echo_json
from ..errors import only_its_graph
from ..pipes import read_stdin
from .graph import read_graph

if TYPE_CHECKING:
    from ...compiler.model.query import Query
    from ...compiler.program import Questions
    from ...grammar.syntax.program import Program

STDIN = "-"


def read_source(path: str) -> Source:
    """The text of a program, ``-`` for standard input.

    Raises:
        DofxError: E0501 or E0503 for a file that cannot be read.
    """
    from ...grammar.edge.files import read_text

    if path == STDIN:
        return Source(read_stdin(), "<stdin>")
    return Source(read_text(path), path)


def program_at(path: str) -> Program:
    """The program in a file, free of faults.

    Raises:
        DofxError: With every fault found.
    """
    from ...compiler.program import is_path, program_of
    from ...grammar.parse import parse

    if path != STDIN and not is_path(path) and not os.path.exists(path):
        raise click.UsageError("A query needs its graph: pass -g, or the path of a program (.cq).")
    source = read_source(path)
    return program_of(parse(source.text, source.name))


def program_for(text: str | None, graph: str | None, *, effect: bool = False) -> Program:
    """The program of a command's argument: the one in a file, or, with a graph, one of a single statement.

    Args:
        text: A path, a query, an effect, or statements; None asks what the graph's exposures and outcomes ask.
        graph: What `-g` gave; a program brings its graph and the types and data sets that it declares.
        effect: Whether the text is an effect, not a query.

    Raises:
        DofxError: With every fault found.
    """
    if graph is None:
        if text is None:
            raise click.UsageError("Pass a query with its graph in -g, or the path of a program (.cq).")
        return program_at(text)
    from ...compiler.beside_a_graph import data_beside, program_beside
    from ...compiler.program import declared_beside, program_around

    declared, data = declared_beside(graph), data_beside(graph)
    found = read_graph(graph)
    whole = program_around(graph) if text is None and not (found.exposures and found.outcomes) else None
    if whole is not None and (whole.queries or whole.effects):
        command = click.get_current_context().info_name or ""
        raise only_its_graph(graph, command, len(whole.queries), len(whole.effects))
    return program_beside(text, found, declared, effect=effect, data=data)


class Named(NamedTuple):
    """The names of what needs a query, and what stands above it: these names, with its part of each effect."""

    names: tuple[str, ...] = ()
    title: str = ""


def kernels_of(asked: Questions, graph: str | None) -> dict[Query, Named]:
    """What a command proves, each with the names that need it: of a single query beside its graph, itself without one.

    Args:
        asked: The queries and effects of the program.
        graph: What `-g` gave.
    """
    if graph is not None and not asked.effects and len(asked.queries) == 1:
        return {asked.queries[0].queries[0]: Named()}
    return {kernel: Named(names, asked.title(kernel)) for kernel, names in asked.kernels.items()}


def echo_known(data: list[dict[str, Any]]) -> None:
    """Print as JSON what is known of each query; a single query beside its graph has no names, and stands alone."""
    alone = len(data) == 1 and not data[0].get("names")
    echo_json(data[0] if alone else data)
