"""What a data set measures where a program does not say it: the columns of its file that the graph knows."""

from __future__ import annotations

import csv
from pathlib import Path

from ...grammar.checks.names import Scope
from ..graph.admg import ADMG

LONGEST_HEADER = 1 << 20
"""The most bytes of a header line."""


def columns_of(path: str, program: str, graph: ADMG) -> tuple[str, ...] | None:
    """The variables that a CSV file has columns of; None where there is no such file, or one of another kind.

    Columns that the graph does not know are not read, and so say nothing.

    Args:
        path: The file, as the program names it: looked for here, else beside the program.
        program: The path of the program.
        graph: The graph.
    """
    if not path.lower().endswith(".csv"):
        return None
    try:
        file = next((each for each in (Path(path), Path(program).parent / path) if each.is_file()), None)
        if file is None:
            return None
        with file.open("rb") as opened:
            line = opened.readline(LONGEST_HEADER).decode("utf-8-sig")
        mark = next((mark for mark in (",", ";", "\t") if mark in line), ",")
        names = next(csv.reader([line], delimiter=mark), [])
    except (OSError, ValueError, csv.Error):
        return None  # what is wrong with the file is said where its rows are read
    scope = Scope(graph.nodes)
    found = (scope.resolve(name.strip()) for name in names)
    return tuple(dict.fromkeys(name for name in found if name is not None))
