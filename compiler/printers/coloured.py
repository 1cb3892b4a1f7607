"""Which variables of a query a drawing of its graph colours, and how."""

from __future__ import annotations

from typing import NamedTuple

from ..model.query import Query


class Coloured(NamedTuple):
    """Variables by their part in a query."""

    interventions: tuple[str, ...]
    outcomes: tuple[str, ...]
    conditions: tuple[str, ...]


def coloured(query: Query) -> Coloured:
    """The variables of a query, of all its worlds together.

    In a query of several worlds a variable may have several parts. It has the colour of the first of these: outcome,
    condition, intervention.

    >>> from ..model.worlds import Constant, Event, World
    >>> treated, untreated = World.where(x=Constant(1)), World.where(x=Constant(0))
    >>> coloured(Query((Event("y", treated), Event("y", untreated))))
    Coloured(interventions=('x',), outcomes=('y',), conditions=())
    """
    asked, given = (
        tuple(dict.fromkeys(event.variable for event in events)) for events in (query.asked, query.given)
    )
    worlds = (query.do, *(event.world for event in (*query.asked, *query.given)))
    sets = tuple(dict.fromkeys(name for world in worlds for name in world.variables))
    if query.plain:
        return Coloured(sets, asked, given)
    given = tuple(name for name in given if name not in asked)
    return Coloured(tuple(name for name in sets if name not in (*asked, *given)), asked, given)
