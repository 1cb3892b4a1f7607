"""Queries as text: the one printer of ``P(y | do(x), z)``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from ...grammar.syntax.program import Value
from .query import Query
from .worlds import Constant, Event, Open, Setting

Listed: TypeAlias = Callable[[int, Iterator[str]], str]
"""How a list is written: from its length and its texts."""


def in_full(size: int, texts: Iterator[str]) -> str:
    """All texts, however many there are."""
    return ", ".join(texts)


def query_text(
    query: Query, name: Callable[[str], str] | None = None, listed: Listed = in_full, *, mean: bool = False
) -> str:
    """The query as a person would write it, its values and limits included: what parses into it again.

    Args:
        query: The query.
        name: How a name is written; quoted where the grammar needs it if that is not said.
        listed: How a list is written.
        mean: Write it as the question for the mean of its one outcome.

    >>> print(query_text(Query.of(["y"], ["x"], values={"x": 1, "y": True})))
    P(y = true | do(x = 1))
    >>> print(query_text(Query.of(["blood pressure"], ["x"])))
    P("blood pressure" | do(x))
    """
    from ...grammar.formatting.query import format_name  # here, because most queries are not printed

    name = name or format_name
    given = [f"do({listed(len(query.do.settings), _settings(query, name))})"] if query.do else []
    given += [listed(len(query.given), _events(query, query.given, name))] if query.given else []
    asked = listed(len(query.asked), _events(query, query.asked, name))
    inside = asked + (f" | {', '.join(given)}" if given else "")
    text = f"E[{inside}]" if mean else f"P({inside})"
    return f"{text} {query.limits}" if query.limits else text


def _events(query: Query, events: tuple[Event, ...], name: Callable[[str], str]) -> Iterator[str]:
    for event in events:
        shown = name(event.variable) if event.world == query.do else str(event)
        yield shown if event.value is None else f"{shown} = {_value(event.value)}"


def _settings(query: Query, name: Callable[[str], str]) -> Iterator[str]:
    for variable, how in query.do:
        match how:
            case Open(source) if source == variable:
                yield name(variable)
            case Constant(value):
                yield f"{name(variable)} = {_value(value)}"
            case _:
                yield setting_text(variable, how)


def _value(value: Value) -> str:
    from ...grammar.formatting.query import format_value  # here, because most queries carry no values

    return format_value(value)


def setting_text(name: str, how: Setting) -> str:
    """What ``do(...)`` sets a variable to, as it is written there.

    >>> setting_text("x", Open("?a"))
    'x = ?a'
    """
    from ...grammar.formatting.query import format_assignment
    from .resolve import settings_of
    from .worlds import World

    (setting,) = settings_of(World(((name, how),)))
    return format_assignment(setting)
