"""Queries as text: the one printer of ``P(y | do(x), z)``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from .query import Query

Listed: TypeAlias = Callable[[int, Iterator[str]], str]
"""How a list is written: from its length and its texts."""


def _whole(size: int, texts: Iterator[str]) -> str:
    return ", ".join(texts)


def query_text(
    query: Query, name: Callable[[str], str] = str, listed: Listed = _whole, *, mean: bool = False
) -> str:
    """The query as a person would write it, its values and limits included.

    Args:
        query: The query.
        name: How a name is written.
        listed: How a list is written.
        mean: Write it as the question for the mean of its one outcome.

    >>> print(query_text(Query.of(["y"], ["x"], values={"x": 1, "y": True})))
    P(y = true | do(x = 1))
    """
    values = {}
    if query.values:
        from ...grammar.format import format_value  # here, because most queries carry no values

        values = {known: format_value(value) for known, value in query.values.items()}

    def shown(names: Sequence[str]) -> str:
        return listed(len(names), (f"{name(n)} = {values[n]}" if n in values else name(n) for n in names))

    given = [f"do({shown(query.interventions)})"] if query.interventions else []
    given += [shown(query.conditions)] if query.conditions else []
    inside = shown(query.outcomes) + (f" | {', '.join(given)}" if given else "")
    text = f"E[{inside}]" if mean else f"P({inside})"
    return f"{text} {query.limits}" if query.limits else text
