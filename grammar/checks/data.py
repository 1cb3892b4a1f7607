"""What is wrong with the `data` lines of a program: names that mean nothing, and what is said twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ..diagnostics.diagnostic import Diagnostic, Label
from ..diagnostics.source import Source
from ..syntax.data import COLUMNS, DIFFERS, FROM, WEIGHTS, DataPart, DataStatement
from .errors import latent_declared, said_twice, weights_in_graph
from .names import Scope, unknown


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
        for part in statement.parts:
            if part.word in COLUMNS:
                yield from _counted_twice(part, scope, source)
                continue
            for name in part.names:
                known = None if scope is None else scope.resolve(name.text)
                if scope is not None and known is None:
                    yield unknown(name, scope, source, dict.fromkeys(latents))
                elif known is not None and known in latents and part.word != DIFFERS:
                    yield latent_declared(known, statement.name.text, source, name.span)


def _counted_twice(part: DataPart, scope: Scope | None, source: Source | None) -> Iterator[Diagnostic]:
    """The fault of weights that are a variable too."""
    (name,) = part.names
    known = None if scope is None or part.word != WEIGHTS else scope.resolve(name.text)
    if known is not None:
        yield weights_in_graph(known, source, name.span)


def _said_twice(statement: DataStatement, source: Source | None) -> Iterator[Diagnostic]:
    first: dict[str, Label] = {}
    for part in statement.parts:
        if part.word in first:
            lists = part.word not in (FROM, *COLUMNS)
            yield said_twice(part.word, statement.name.text, lists, source, part.span, first[part.word])
        first.setdefault(part.word, Label(part.span, "first here"))
