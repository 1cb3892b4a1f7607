"""Instruments: what estimates an effect that no graph identifies, once somebody assumes more than a graph says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from ..graph.separation import find_separator, separated
from ..graph.varset import bits
from ..model.data import ALONE
from .identify import Identification

MOST = 3
"""How many are named."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """A variable that affects the outcome through the cause alone, perhaps within levels of other variables.

    Args:
        name: The instrument.
        cause: What is set.
        outcome: What is asked.
        given: Variables within whose levels this holds, and which are adjusted for.
    """

    name: str
    cause: str
    outcome: str
    given: tuple[str, ...]

    def __str__(self) -> str:
        within = f" given {' and '.join(self.given)}" if self.given else ""
        return f"{self.name} is an instrument for the effect of {self.cause} on {self.outcome}{within}"


def instruments(identification: Identification) -> tuple[Instrument, ...]:
    """The instruments for an effect that is not identifiable, at most `MOST` of them, the least demanding first.

    A variable z is one, given a set W without effects of the cause, if W does not separate z from the cause, and
    separates z from the outcome once the edges out of the cause are taken away.

    Args:
        identification: One of a query with a single cause and a single outcome; any other has none.

    References:
        Brito and Pearl (2002), "Generalized instrumental variables". The sets W are ancestral, as in van der Zander,
        Textor and Liskiewicz (2015), "Efficiently finding conditional instruments for causal inference", so that
        an instrument which needs another kind of set is not found.

    >>> from ..graph.admg import ADMG
    >>> from ..model.query import Query
    >>> from .identify import identify_query
    >>> graph = ADMG([], [("w", "z"), ("w", "y"), ("z", "x"), ("x", "y")], [("x", "y")])
    >>> print(*instruments(identify_query(Query.of(["y"], ["x"]), graph)), sep="; ")
    z is an instrument for the effect of x on y given w
    """
    query, graph = identification.query, identification.graph
    single = len(query.interventions) == len(query.outcomes) == 1
    if (
        identification.hedge is None
        or not query.plain
        or not single
        or identification.data != ALONE
        or graph.cycles
    ):
        return ()
    return tuple(islice(sorted(_found(identification), key=lambda each: len(each.given)), MOST))


def _found(identification: Identification) -> Iterator[Instrument]:
    query, graph = identification.query, identification.graph
    (cause,), (outcome,) = query.interventions, query.outcomes
    x, y, include = (graph.order.mask(names) for names in ([cause], [outcome], query.conditions))
    cut = graph.mutilate(out_of=x)
    before = graph.all & ~graph.descendants(cause).mask
    if y & before or include & ~before:
        return  # the cause has no effect on the outcome, or one on what is conditioned on
    for i in bits(before & ~include):
        z = 1 << i
        given = find_separator(cut, z, y, include, before & ~z)
        if given is not None and not separated(graph, z, x, given):
            yield Instrument(graph.nodes[i], cause, outcome, tuple(graph.order.set(given)))
