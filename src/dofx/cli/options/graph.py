"""The option ``-g``: a causal graph as text, as a file, or on standard input."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..pipes import read_stdin
from .files import FILE

if TYPE_CHECKING:
    from ...compiler.graph.admg import ADMG

graph_option = click.option(
    "-g",
    "--graph",
    "graph",
    type=FILE,
    metavar="GRAPH",
    help='The causal graph: text such as "x -> y; x <-> y", DAGitty, DOT, a file of these, or - for stdin.',
)


def read_graph(text: str) -> ADMG:
    """The graph that was given.

    Raises:
        DofxError: As `dofx.graph`.
    """
    from ...compiler.graph.read import graph_of

    source: Any = text
    if text == "-":
        source = read_stdin()
    elif os.path.exists(text):  # where the text is too long for the name of a file, `Path.exists` raises
        source = Path(text)
    return graph_of(source)
