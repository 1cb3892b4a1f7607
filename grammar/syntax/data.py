"""The syntax of data sets: ``data trial from "trial.csv" sets x measures m, y differs at age keeps by severity``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..diagnostics.source import NOWHERE, Span
from .query import Name

SETS, MEASURES, DIFFERS, KEEPS, FROM = "sets", "measures", "differs at", "keeps by", "from"
"""The words that a part of a `data` line begins with."""


@dataclass(frozen=True, slots=True)
class DataPart:
    """One thing that a `data` line says: the file, or the names of some variables.

    Args:
        word: What it begins with: ``from``, ``sets``, ``measures``, ``differs at`` or ``keeps by``.
        names: The variables.
        path: The file.
    """

    word: str
    names: tuple[Name, ...] = ()
    path: str = ""
    span: Span = field(default=NOWHERE, compare=False, repr=False)


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

    @property
    def path(self) -> str | None:
        """The file that holds the rows, where one is named."""
        return next((part.path for part in self.parts if part.word == FROM), None)

    @property
    def names(self) -> Iterator[Name]:
        """Every variable that it names."""
        return (name for part in self.parts for name in part.names)
