"""The syntax of data sets: ``data trial from "trial.csv" sets x measures m, y differs at age weights w holes -99``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ..dates import SINCE
from ..diagnostics.source import NOWHERE, Span
from .query import Name, Value

SETS, MEASURES, DIFFERS, KEEPS, FROM = "sets", "measures", "differs at", "keeps by", "from"
WEIGHTS, CLUSTER, HOLES = "weights", "cluster", "holes"
PERSON, TIME, DATES = "person", "time", "dates"
"""The words that a part of a `data` line begins with."""

VARIABLES = {"sets": SETS, "measures": MEASURES, "differs": DIFFERS, "keeps": KEEPS}
"""Those that name variables of the graph, by the field of `DataSet` that each fills."""

SAMPLED = (WEIGHTS, CLUSTER)
"""Those that name a column which says how rows were sampled."""

COLUMNS = (*SAMPLED, PERSON, TIME, DATES)
"""Those that name columns of the data, which are about rows, rather than variables of the graph."""

WORDS = (FROM, *VARIABLES.values(), *SAMPLED, HOLES, PERSON, TIME, DATES)
"""All of them, in the order in which they are written."""


@dataclass(frozen=True, slots=True)
class DataPart:
    """One thing that a `data` line says: files, names of variables, columns about the rows, or codes of holes.

    Args:
        word: What it begins with: ``from``, ``sets``, ``measures``, ``differs at``, ``keeps by``, ``weights``,
            ``cluster``, ``holes``, ``person``, ``time`` or ``dates``.
        names: The variables, or the columns.
        path: The first file.
        codes: The values that stand for a hole.
        more: The other files.
        unit: The unit in which dates are counted.
        since: From when they are counted.
    """

    word: str
    names: tuple[Name, ...] = ()
    path: str = ""
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    codes: tuple[Value, ...] = ()
    more: tuple[str, ...] = ()
    unit: Name | None = None
    since: str = ""


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
        """The first file that holds the rows, where one is named."""
        return next(iter(self.paths), None)

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that hold the rows, of which people are known by the column of `person`."""
        return tuple(path for part in self.parts if part.word == FROM for path in (part.path, *part.more))

    @property
    def dates(self) -> Iterator[tuple[str, str]]:
        """The columns of dates, each with its unit, such as ``days since 2000-01-01``."""
        for part in self.parts:
            if part.word == DATES and part.unit is not None:
                since = f" {SINCE} {part.since}" if part.since else ""
                yield from ((name.text, part.unit.text + since) for name in part.names)

    @property
    def names(self) -> Iterator[Name]:
        """Every variable that it names."""
        return (name for part in self.parts if part.word not in COLUMNS for name in part.names)
