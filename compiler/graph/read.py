"""Causal graphs from their sources: text, files, syntax trees, graph objects of other libraries."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike, fspath
from os.path import isfile
from pathlib import Path
from typing import TypeAlias

from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.diagnostics.source import Source
from ...grammar.edge.arguments import public
from ...grammar.edge.files import GRAPHS, PROGRAM, absent, address_of
from ...grammar.edge.kinds import kind_of
from ...grammar.syntax.program import SELECTED, GraphBlock, Program
from .admg import ADMG
from .errors import ending_of_no_graph, no_graph, unreadable_graph
from .projection import project

GraphSource: TypeAlias = object
"""An `ADMG`, text, a path, a `GraphBlock`, a `Program`, or another library's graph: what `graph_of` reads."""

_SUFFIXES = (PROGRAM, *GRAPHS)


@public()
def graph_of(source: GraphSource) -> ADMG:
    """The causal graph that a source describes, its latent variables projected out.

    Args:
        source: One of

            - an `ADMG`, which is returned as it is;
            - edge text such as ``x -> y; x <-> y``, DAGitty's ``dag { … }``, or a subset of DOT;
            - the path of a file that holds such text or, ending in ``.cq``, a program;
            - a graph block or a program that was parsed;
            - a graph object of networkx, pgmpy, y0, causal-learn or ananke.

    Raises:
        DofxError: With every fault found: E01xx where text cannot be read, E0201 and E0202 for cycles, E0203 for
            edges without a direction, E0204 for an object that is not a causal graph, E0205 for a program
            without a graph, E0501 for a file that does not exist, E0503 for one that cannot be read.

    >>> print(graph_of("dag { u [latent]  u -> {x y}  x -> y }"))
    x -> y
    x <-> y
    """
    match source:
        case ADMG():
            return source
        case GraphBlock():
            return graph_from_syntax(source)
        case Program():
            return graph_from_program(source)
        case str() if not _is_path(source):
            _refuse_a_file(source)
            return _from_text(source, "<graph>")
        case str() | PathLike():
            return _from_file(fspath(source))
        case _:
            from .objects import graph_from_object

            try:
                return graph_from_object(source)
            except DofxError:
                raise
            except Exception as error:  # whatever an object of another library raises when it is read
                reason = f"reading it raised {type(error).__name__}"
                title = f"{kind_of(source)} cannot be read as a causal graph"
                raise unreadable_graph(title, reason) from error


def graph_from_syntax(blocks: GraphBlock | Iterable[GraphBlock], source: Source | None = None) -> ADMG:
    """The graph that one or several blocks add up to.

    Args:
        blocks: The blocks.
        source: The text their spans point into.

    Raises:
        DofxError: With a diagnostic for each cycle, self-loop and unknown name.
    """
    from ...grammar.checks.graph import admitted, check_graph, edges, marked, variables
    from ...grammar.holes import written_out

    blocks = (blocks,) if isinstance(blocks, GraphBlock) else tuple(blocks)
    faults = check_graph(blocks, source)
    if faults:
        raise DofxError(faults)
    blocks = written_out(blocks)
    directed, bidirected = [], []
    for left, arrow, right in edges(blocks):
        match arrow:
            case "->":
                directed.append((left.text, right.text))
            case "<-":
                directed.append((right.text, left.text))
            case _:
                bidirected.append((left.text, right.text))
    names, latent = variables(blocks)
    graph = ADMG(names, directed, bidirected, admitted(blocks))
    graph.selected = marked(blocks, SELECTED)
    observed = project(graph, graph.order.mask(latent))
    observed.exposures, observed.outcomes = (marked(blocks, role) for role in ("exposure", "outcome"))
    return observed


def graph_from_program(program: Program) -> ADMG:
    """The graph of a program.

    Raises:
        DofxError: E0205 if it has none, else as `graph_from_syntax`.
    """
    if not program.graphs:
        raise no_graph(program.source.name)
    return graph_from_syntax(program.graphs, program.source)


def _from_text(text: str, name: str) -> ADMG:
    from ...grammar.parse import parse_graph

    return graph_from_syntax(parse_graph(text, name), Source(text, name))


def _is_path(text: str) -> bool:
    return text.lower().endswith(_SUFFIXES) and not any(mark in text for mark in '\n;,{}<>"')


def _refuse_a_file(text: str) -> None:
    """Refuse text that is the name of a file which holds no graph, or an address: no edges can be read from it.

    Raises:
        DofxError: E0204, E0501 for an address.
    """
    name = text.strip()
    if "://" in name and address_of(name):
        raise DofxError(absent(Path(name), (), "program and no graph"))
    if "." in name and not any(mark in name for mark in '\n;,{}<>"') and len(name) < 256 and isfile(name):
        raise ending_of_no_graph(name, tuple(_SUFFIXES))


def _from_file(path: str) -> ADMG:
    from ...grammar.edge.files import read_text
    from ...grammar.parse import parse

    text = read_text(path)
    if path.lower().endswith(PROGRAM):
        return graph_from_program(parse(text, path))
    return _from_text(text, path)
