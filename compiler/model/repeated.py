"""Queries in which one event is written twice: once is enough, or the answer is certain."""

from __future__ import annotations

from dataclasses import replace

from .query import Query
from .worlds import Event


def settled(query: Query) -> Query | int | float:
    """The query with each of its events once, or the answer where what is written twice makes it certain.

    Conditions that exclude each other stay: nothing can be said under them.

    Args:
        query: A query whose outcomes have values, or with one outcome whose mean is asked for.

    >>> from .worlds import Constant, World
    >>> world = World.where(x=Constant(1))
    >>> twice = Query((Event("y", world, 1), Event("y", world, 1)), (Event("z"),))
    >>> print(settled(twice))
    P(y[x=1] = 1 | z)
    >>> settled(Query((Event("y", world, 1), Event("y", world, 0))))
    0
    >>> settled(Query((Event("y", world, 1),), (Event("y", world, 1),)))
    1
    """
    if exclusive(query):
        return query
    known = {_open(event): event.value for event in query.given if event.value is not None}
    asked = list[Event]()
    for event in query.asked:
        name = _open(event)
        certain = known.get(name)
        if event.value is not None and certain is not None:
            if certain != event.value:
                return 0
        elif event.value is None and isinstance(certain, int | float):
            return certain
        else:
            asked.append(event)
            if event.value is not None:
                known[name] = event.value
    return replace(query, asked=tuple(asked), given=tuple(dict.fromkeys(query.given))) if asked else 1


def exclusive(query: Query) -> bool:
    """Whether a condition is written twice, with values that exclude each other."""
    stated = {event for event in query.given if event.value is not None}
    return len({_open(event) for event in stated}) < len(stated)


def _open(event: Event) -> Event:
    return replace(event, value=None)
