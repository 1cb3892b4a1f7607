"""What would help where no data set has a c-factor: the nearest change of one data set, or one more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from ...model.data import DataSet
from ..identify import Identification, identify_query
from ..remedy import Remedy
from ..verdict import NoSource

MOST_TRIES = 40
"""How many changes are tried: each is a proof, which takes longer where data sets measure a part of the variables."""

MOST_COLUMNS = 12
"""For how many columns it is tried whether an experiment can do without them."""


def repairs(identification: Identification) -> tuple[Remedy, ...]:
    """The single changes of what the data are, each of which alone would make the query identifiable.

    Args:
        identification: One whose witness is a `NoSource`; any other needs no repair of its data.

    >>> from ...graph.admg import ADMG
    >>> from ...model.query import Query
    >>> lab = DataSet("lab", sets=["x"], differs=["y"])
    >>> graph = ADMG([], [("x", "y")], [("x", "y")])
    >>> [str(each) for each in repairs(identify_query(Query.of(["y"], ["x"]), graph, (lab,)))]
    ['obtain lab from a population that does not differ at y', 'add an experiment on x that measures y']
    """
    if not isinstance(identification.witness, NoSource):
        return ()
    tries = zip(range(MOST_TRIES), _candidates(identification), strict=False)
    query, graph = identification.query, identification.graph
    return tuple(
        _with_fewest_columns(remedy, data, identification) if remedy.kind == "experiment" else remedy
        for _, (remedy, data) in tries
        if identify_query(query, graph, data)
    )


def _with_fewest_columns(remedy: Remedy, data: tuple[DataSet, ...], identification: Identification) -> Remedy:
    """An experiment that measures no more than it has to: without any one of its columns it would not help.

    The last of the data sets is the experiment. Where many variables matter it measures all, because each column
    takes a proof.
    """
    query, graph = identification.query, identification.graph
    *others, experiment = data
    columns = [name for name in graph.ancestors(*query.variables) if name not in experiment.sets]
    if len(columns) > MOST_COLUMNS:
        return remedy
    for name in tuple(columns):
        fewer = [other for other in columns if other != name]
        if identify_query(query, graph, (*others, replace(experiment, measures=tuple(fewer)))):
            columns = fewer
    return Remedy("experiment", (*remedy.variables, *columns))


def all_tried(identification: Identification) -> bool:
    """Whether there were no more changes than are tried."""
    return sum(1 for _ in islice(_candidates(identification), MOST_TRIES + 1)) <= MOST_TRIES


def _candidates(identification: Identification) -> Iterator[tuple[Remedy, tuple[DataSet, ...]]]:
    query, graph, data = identification.query, identification.graph, identification.data
    matter = graph.ancestors(*query.variables)

    def changed(old: DataSet, new: DataSet) -> tuple[DataSet, ...]:
        return tuple(new if each is old else each for each in data)

    for each in data:
        for name in each.differs:
            left = tuple(other for other in each.differs if other != name)
            yield Remedy("equal", (name,), each.name), changed(each, replace(each, differs=left))
        known = set(graph.nodes if each.measures is None else (*each.measures, *each.sets))
        for name in matter:
            if name not in known:
                more = (*(each.measures or ()), name)
                yield Remedy("column", (name,), each.name), changed(each, replace(each, measures=more))
        if each.keeps:
            yield Remedy("all rows", each.keeps, each.name), changed(each, replace(each, keeps=()))
    taken = {each.name for each in data}
    fresh = next(name for number in range(len(taken) + 1) if (name := f"new{number}") not in taken)
    for x in query.interventions:
        yield Remedy("experiment", (x,)), (*data, DataSet(fresh, sets=(x,)))
    yield Remedy("survey", ()), (*data, DataSet(fresh))
