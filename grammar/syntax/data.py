"""The syntax of data sets: ``data trial from "trial.csv" sets x measures m, y differs at age weights w holes -99``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..diagnostics.source import NOWHERE, Span
from .query import Name, Value

SETS, MEASURES, DIFFERS, KEEPS, FROM = "sets", "measures", "differs at", "keeps by", "from"
WEIGHTS, CLUSTER, HOLES = "weights", "cluster", "holes"
"""The words that a part of a `data` line begins with."""

COLUMNS = (WEIGHTS, CLUSTER)
"""Those that name a column of the data, which is about rows, rather than variables of the graph."""


@dataclass(frozen=True, slots=True)
class DataPart:
    """One thing that a `data` line says: the file, names of variables, a column about the rows, or codes of holes.

    Args:
        word: What it begins with: ``from``, ``sets``, ``measures``, ``differs at``, ``keeps by``, ``weights``,
            ``cluster`` or ``holes``.
        names: The variables, or the column.
        path: The file.
        codes: The values that stand for a hole.
    """

    word: str
    names: tuple[Name, ...] = ()
    path: str = ""
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    codes: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class DataStatement:
    """``data name …``: a data set."""

    name: Name
    parts: tuple[DataPart, ...] = ()
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    def said(self, word: str) -> tuple[Name, ...] | None:
        """The variables that a word names; None where the word does not stand."""
        found = [part for part in self.parts if part.word == word]
        return tuple(name for part in found for name in part.names) if found else None

    def column(self, word: str) -> str | None:
        """The column that a word names; None where the word does not stand."""
        return next((part.names[0].text for part in self.parts if part.word == word), None)

    @property
    def codes(self) -> tuple[Value, ...]:
        """The values that stand for a hole."""
        return tuple(code for part in self.parts for code in part.codes)

    @property
    def path(self) -> str | None:
        """The file that holds the rows, where one is named."""
        return next((part.path for part in self.parts if part.word == FROM), None)

    @property
    def names(self) -> Iterator[Name]:
        """Every variable that it names."""
        return (name for part in self.parts if part.word not in COLUMNS for name in part.names)
