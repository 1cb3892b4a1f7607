"""The ways to identify a query from several data sets, where one of them hides what another shows.

Without holes it does not matter which of several data sets serves a district. With holes, one may show what the draw
needs where another hides it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from ...graph.admg import ADMG
from ...model.data import DataSet
from ...model.query import Query
from ..data_sets.by_district import by_data_sets
from ..derivation import Step
from ..verdict import Identified
from ..work import Work
from .candidates import Candidate
from .draws import Draws
from .found import Found, Lost

MOST_TRIED = 48
"""Most ways that are looked at."""

Avoided: TypeAlias = frozenset[tuple[str, str]]
"""Data sets, each with a variable whose mechanism is not to be learnt from it."""


@dataclass(slots=True)
class Elsewhere:
    """The ways to do without mechanisms that the rows of a data set hide.

    Args:
        query: A query in one world.
        graph: The graph.
        data: The available data sets.
        draws: What recovers draws from their rows.
    """

    query: Query
    graph: ADMG
    data: tuple[DataSet, ...]
    draws: Draws
    _candidates: dict[Avoided, Candidate | None] = field(default_factory=dict[Avoided, Candidate | None])

    def first(self, lost: Lost, written: Callable[[Candidate], Found | Lost]) -> Found | None:
        """The first way that leads to an estimand: what is lost in one data set is sought in the others.

        Args:
            lost: The draw that the standard way loses.
            written: The estimand of a way, or the draw that it loses.
        """
        waiting, tried = deque(self._without(lost, frozenset())), set[Avoided]()
        while waiting and len(tried) < MOST_TRIED:
            avoided = waiting.popleft()
            if avoided in tried:
                continue
            tried.add(avoided)
            candidate = self._candidate(avoided)
            if candidate is None:
                continue
            found = written(candidate)
            if isinstance(found, Found):
                return found
            waiting += self._without(found, avoided)
        return None

    def _without(self, lost: Lost, avoided: Avoided) -> Iterable[Avoided]:
        """What is avoided besides: the mechanism that is lost, or the whole data set."""
        home, names = lost.draws.of.name, self.draws.graph.order.names
        own = {(home, name) for place, name in enumerate(names) if lost.target >> place & 1}
        return avoided | own, avoided | {(home, name) for name in self.graph.nodes}

    def _candidate(self, avoided: Avoided) -> Candidate | None:
        """The estimand in which what is avoided is learnt from other data sets, if there is one."""
        if avoided not in self._candidates:
            data = [
                replace(
                    each, differs=(*each.differs, *(v for v in self.graph.nodes if (each.name, v) in avoided))
                )
                for each in self.data
            ]
            read = dict.fromkeys(name for each in data for name in each.design)
            work = Work.start(self.query, self.graph, read)
            verdict = by_data_sets(work, data)
            steps: list[Step] = work.steps
            found = (
                Candidate(self.draws, verdict.estimand, tuple(steps))
                if isinstance(verdict, Identified)
                else None
            )
            self._candidates[avoided] = found
        return self._candidates[avoided]
