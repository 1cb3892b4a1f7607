"""What is wrong with the `data` lines of a program: names that mean nothing, and what is said twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from ..diagnostics.diagnostic import Diagnostic, Label
from ..diagnostics.source import Source
from ..syntax.data import DIFFERS, DataStatement
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
            for name in part.names:
                known = None if scope is None else scope.resolve(name.text)
                if scope is not None and known is None:
                    yield unknown(name, scope, source, dict.fromkeys(latents))
                elif known in latents and part.word != DIFFERS:
                    yield Diagnostic(
                        "E0306",
                        f"`{known}` is latent, but the data set `{statement.name.text}` declares it",
                        source,
                        Label(name.span, "not observed"),
                        help=("if any data set has it, it is not latent: say what each data set measures",),
                    )


def _said_twice(statement: DataStatement, source: Source | None) -> Iterator[Diagnostic]:
    first: dict[str, Label] = {}
    for part in statement.parts:
        if part.word in first:
            yield Diagnostic(
                "E0305",
                f"`{part.word}` stands twice in the data set `{statement.name.text}`",
                source,
                Label(part.span, "again here"),
                (first[part.word],),
                help=("put both lists into one",) if part.names else ("keep one of them",),
            )
        first.setdefault(part.word, Label(part.span, "first here"))
