"""What is wrong with the `data` lines of a program: names that mean nothing, and what is said twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ..dates import SINCE, UNITS, start_of
from ..diagnostics.diagnostic import Diagnostic, Label
from ..diagnostics.source import Source
from ..syntax.data import COLUMNS, DATES, DIFFERS, FROM, PERSON, TIME, WEIGHTS, DataPart, DataStatement
from .errors import latent_declared, no_person, said_twice, unknown_unit, weights_in_graph
from .names import Scope, did_you_mean, unknown


def check_data(
    statements: Iterable[DataStatement], scope: Scope | None, source: Source | None, latents: Collection[str]
) -> Iterator[Diagnostic]:
    """Every fault of some data sets against the variables of a graph.

    Args:
        statements: The data sets.
        scope: The graph's variables, latent ones too; None if they are not known yet.
        source: The text that the spans point into.
        latents: Variables that exist but are not observed.
    """
    for statement in statements:
        yield from _said_twice(statement, source)
        yield from _nobody(statement, source)
        for part in statement.parts:
            if part.word in COLUMNS:
                yield from _counted_twice(part, scope, source)
                yield from _not_counted(part, source)
                continue
            for name in part.names:
                known = None if scope is None else scope.resolve(name.text)
                if scope is not None and known is None:
                    yield unknown(name, scope, source, dict.fromkeys(latents))
                elif known is not None and known in latents and part.word != DIFFERS:
                    yield latent_declared(known, statement.name.text, source, name.span)


def _counted_twice(part: DataPart, scope: Scope | None, source: Source | None) -> Iterator[Diagnostic]:
    """The fault of weights that are a variable too."""
    name = part.names[0]
    known = None if scope is None or part.word != WEIGHTS else scope.resolve(name.text)
    if known is not None:
        yield weights_in_graph(known, source, name.span)


def _not_counted(part: DataPart, source: Source | None) -> Iterator[Diagnostic]:
    """The faults of a unit of dates."""
    if part.unit is not None and part.unit.text not in UNITS:
        near = did_you_mean(part.unit.text, list(UNITS))
        yield unknown_unit(part.unit.text, tuple(UNITS), near, source, part.unit.span)
    if part.since and start_of(part.since) is None:
        yield unknown_unit(f"{SINCE} {part.since}", ("2000-01-31",), None, source, part.span)


def _nobody(statement: DataStatement, source: Source | None) -> Iterator[Diagnostic]:
    """The fault of people whom no column identifies."""
    if statement.said(PERSON) is None:
        times = [part for part in statement.parts if part.word == TIME]
        files = [part for part in statement.parts if part.word == FROM and part.more]
        for part in times or files:
            what = "rows at several times" if times else "several files"
            yield no_person(statement.name.text, what, source, part.span)


def _said_twice(statement: DataStatement, source: Source | None) -> Iterator[Diagnostic]:
    first: dict[str, Label] = {}
    for part in statement.parts:
        if part.word in first and part.word != DATES:
            lists = part.word not in (FROM, *COLUMNS)
            yield said_twice(part.word, statement.name.text, lists, source, part.span, first[part.word])
        first.setdefault(part.word, Label(part.span, "first here"))
