"""What cannot be asked, or cannot be answered yet: a function for each error. A refusal is a verdict, not an error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ...grammar.edge.arguments import ArgumentError, refused
from ...grammar.formatting.query import format_value
from ...grammar.syntax.query import Value

_MOST_STATES = 10
"""The most states that a message lists."""


def on_cycles(question: str, cycle: Iterable[str]) -> DofxError:
    """A question is beyond what is answered on a graph with cycles."""
    return DofxError(
        Diagnostic(
            "E0209",
            f"{question} is not answered on a graph with cycles",
            notes=(f"{', '.join(cycle)} form a cycle",),
            help=(
                "leave `missing(...)` out of the graph if the data are complete, or unroll the cycle in time",
            ),
        )
    )


def avoided_and_asked(name: str) -> Diagnostic:
    """A query is about a variable that it is to avoid."""
    return Diagnostic(
        "E0303",
        f"`{name}` is to be avoided, but the query is about it",
        help=(f"take `{name}` out of one of the two",),
    )


def not_a_state(variable: str, value: Value, states: Sequence[Value]) -> ArgumentError:
    """A query states a value that is not a state of its variable."""
    some = ", ".join(format_value(state) for state in states[:_MOST_STATES])
    more = f" and {len(states) - _MOST_STATES} more" if len(states) > _MOST_STATES else ""
    return refused(
        f"{variable} = {format_value(value)} is not one of the {len(states)} states of {variable}: {some}{more}"
    )
