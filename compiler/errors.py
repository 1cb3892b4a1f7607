"""What can be wrong with a compilation as a whole: a function for each error."""

from __future__ import annotations

from ..grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ..grammar.edge.arguments import ArgumentError, refused
from ..grammar.edge.surface import by_surface
from ..grammar.formatting.query import format_name


def second_graph() -> DofxError:
    """A graph is given beside a program, which has its own."""
    return DofxError(
        Diagnostic(
            "E0206",
            "a program contains its own graph, and a second graph was passed",
            help=(
                by_surface(
                    "leave `graph` out, or pass one query rather than a program",
                    "leave -g out, or give one query rather than a program",
                ),
            ),
        )
    )


def too_large_to_verify(query: str, variables: int, most: int) -> DofxError:
    """A query depends on more variables than can be verified."""
    return DofxError(
        Diagnostic(
            "E0804",
            f"{query} is about too many variables to verify",
            notes=(
                f"the query and its causes are {variables} variables, and at most {most} can be verified",
            ),
            help=("verify a query on a smaller graph", "leave --verify out"),
        )
    )


def open_in_rows(name: str) -> DofxError:
    """A name is left open as what is set, and rows have every value of the outcome of that name."""
    return DofxError(
        Diagnostic(
            "E0313",
            f"`{name}` is left open twice: as what is set and as what is drawn",
            notes=(
                f"rows have every value of what a query asks about, also where it asks for one value of `{name}`",
            ),
            help=(f"name the value to which it is set: `{format_name(name)} = ?a`",),
        )
    )


def asks_nothing(where: str) -> DofxError:
    """Neither a program nor its graph asks anything."""
    return DofxError(
        Diagnostic(
            "E0309",
            f"{where} asks no question",
            help=(
                "add a query, such as `query risk = P(y | do(x))`, or mark the question in the graph: "
                "`exposure x; outcome y`",
            ),
        )
    )


def no_outcome() -> ArgumentError:
    """A query has no outcome."""
    return refused("a query needs an outcome", "give at least one variable as an outcome")
