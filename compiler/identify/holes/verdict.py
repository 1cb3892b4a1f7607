"""The verdict on a query whose graph says that columns have holes."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from ...graph.admg import ADMG
from ...model.data import ALONE, DataSet
from ...model.declared import refuse_holes_nowhere
from ...model.query import Query
from ..derivation import Rule, Step
from ..verdict import Identified, Refused, Undefined, Verdict, Zero
from .decide import recovered
from .found import Lost
from .witness import witness_of


def with_holes(
    query: Query, graph: ADMG, verdict: Verdict, data: tuple[DataSet, ...] = ALONE
) -> tuple[Verdict, tuple[Step, ...]]:
    """The verdict for rows with holes, from the one for complete rows; and a step for each draw that holes touch.

    Args:
        query: The query.
        graph: The graph, with its indicators.
        verdict: What complete rows answer.
        data: The available data sets.

    Raises:
        DofxError: E0225 for holes of a data set that does not exist.
    """
    if not graph.holes:
        return verdict, ()
    refuse_holes_nowhere(graph, data)
    match verdict:
        case Identified(estimand):
            found = recovered(query, graph, estimand, data)
            if isinstance(found, Lost):
                return Refused(witness_of(found)), ()
            none = found.estimand.order.set(0)
            steps = tuple(Step(Rule.ROWS, none, none, note=words) for words in found.words)
            if found.steps:
                note = (
                    "holes hide part of that in one data set, and another shows it: the query is derived anew"
                )
                steps = (Step(Rule.ROWS, none, none, note=note), *found.steps, *steps)
            return Identified(found.estimand), steps
        case Zero(estimand):
            return Zero(replace(estimand, holes=graph.holes)), ()
        case Undefined() | Refused():
            return verdict, ()
        case _:
            assert_never(verdict)
