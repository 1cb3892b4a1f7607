"""What can be wrong with what the compiler is asked as a whole: a function for each error."""

from __future__ import annotations

from ..grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ..grammar.edge.arguments import ArgumentError, refused


def second_graph() -> DofxError:
    """A graph is given beside a program, which has its own."""
    return DofxError(
        Diagnostic(
            "E0206",
            "a program brings its own graph, and here is a second one",
            help=("leave `graph` out, or pass one query rather than a program",),
        )
    )


def too_large_to_verify(query: str, variables: int, most: int) -> DofxError:
    """A query depends on more variables than can be verified."""
    return DofxError(
        Diagnostic(
            "E0804",
            f"{query} is about too many variables to verify",
            notes=(f"it and its causes are {variables} variables, at most {most} can be",),
            help=("verify a query on a smaller graph", "leave --verify out"),
        )
    )


def asks_nothing(where: str) -> DofxError:
    """Neither a program nor its graph asks anything."""
    return DofxError(
        Diagnostic(
            "E0309",
            f"{where} asks nothing",
            help=(
                "add a query, such as `query risk = P(y | do(x))`, or mark in the graph what it asks: "
                "`exposure x; outcome y`",
            ),
        )
    )


def no_outcome() -> ArgumentError:
    """A query has no outcome."""
    return refused("a query without an outcome asks nothing", "give at least one variable as an outcome")
