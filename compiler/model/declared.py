"""Data sets as they were declared, checked against a graph and put in its own names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from ...grammar.checks.errors import weights_in_graph
from ...grammar.checks.names import Scope, did_you_mean, unknown
from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ...grammar.errors import hole_nowhere
from ...grammar.syntax.data import VARIABLES
from ...grammar.syntax.program import Name
from ..graph.admg import ADMG
from ..graph.origin import origin_of
from ..graph.varset import bits
from .data import ALONE, DataSet
from .errors import data_set_twice, measures_latent, no_data_set, not_a_data_set


def declared(data: Iterable[DataSet] | None, graph: ADMG) -> tuple[DataSet, ...]:
    """The data sets in the graph's own names; the observational one where none are given.

    A latent variable whose mechanism differs stands for the variables that it affects.

    Args:
        data: The data sets.
        graph: The graph.

    Raises:
        DofxError: With every fault: E0301 or E0302 for a name that is no variable's, E0306 for a latent variable that
            is set, measured or selected by, E0511 for weights that are a variable, E0307 for two data sets of one name,
            E1002 where there is no data set, E0225 for holes of a data set that does not exist.

    >>> [print(each) for each in declared([DataSet("trial", sets=["X"])], ADMG([], [("x", "y")]))]
    trial sets x
    [None]
    """
    if data is None:
        return ALONE
    given, reader = tuple(data), _Reader(graph)
    if not given:
        raise no_data_set()
    strange = next((each for each in given if not isinstance(each, DataSet)), None)
    if strange is not None:  # what an iterator gives is seen for the first time here
        raise not_a_data_set(strange)
    found = tuple(map(reader.resolved, given))
    names = [each.name for each in given]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        reader.faults.append(data_set_twice(name))
    if reader.faults:
        raise DofxError(reader.faults)
    refuse_holes_nowhere(graph, found)
    return found


def refuse_holes_nowhere(graph: ADMG, data: Iterable[DataSet]) -> None:
    """Refuse holes that are said of a data set which does not exist.

    Raises:
        DofxError: E0225, for each indicator.
    """
    names = [each.name for each in data]
    said = ((indicator, graph.holes.home(indicator)) for indicator in graph.holes)
    faults = [
        hole_nowhere(indicator, home, names, did_you_mean(home, names))
        for indicator, home in said
        if home is not None and home not in names
    ]
    if faults:
        raise DofxError(faults)


def restricted(data: tuple[DataSet, ...], graph: ADMG, used: Iterable[str]) -> tuple[DataSet, ...]:
    """The data sets without the columns that are not to be used.

    One that sets a variable which is not to be used cannot be used itself: what it says depends on the setting.
    """
    kept = set(used)

    def narrower(each: DataSet) -> DataSet:
        measured = graph.nodes if each.measures is None else each.measures
        usable = kept.issuperset(each.sets)
        return replace(each, measures=tuple(name for name in measured if name in kept) if usable else ())

    return tuple(map(narrower, data))


class _Reader:
    """Puts names in the graph's own, and notes each fault."""

    def __init__(self, graph: ADMG) -> None:
        self.graph = graph
        self.scope = Scope((*graph.nodes, *graph.latent))
        self.faults: list[Diagnostic] = []

    def resolved(self, data: DataSet) -> DataSet:
        said: dict[str, Any] = {place: self.variables(place, data) for place in VARIABLES}
        return replace(data, **said, weights=self.no_variable(data.weights))

    def variables(self, place: str, data: DataSet) -> tuple[str, ...] | None:
        written: tuple[str, ...] | None = getattr(data, place)
        if written is None:
            return None
        if place == "differs":
            return tuple(name for each in written for name in self.affected(each))
        return tuple(self.names(written, data))

    def no_variable(self, column: str | None) -> str | None:
        known = None if column is None else self.scope.resolve(column)
        if known is not None:
            self.faults.append(weights_in_graph(known))
        return column

    def names(self, written: Iterable[str], data: DataSet) -> Iterator[str]:
        for name in written:
            known = self.known(name)
            if known in self.graph.latent:
                self.faults.append(measures_latent(known, data.name))
            elif known is not None:
                yield known

    def known(self, name: str) -> str | None:
        known = self.scope.resolve(name)
        if known is None:
            self.faults.append(unknown(Name(name), self.scope, None, self.graph.latent))
        return known

    def affected(self, written: str) -> Iterator[str]:
        """The variable itself; for a latent one, what it affects without passing through another variable."""
        known = self.known(written)
        if known is None:
            return
        if known not in self.graph.latent:
            yield known
            return
        whole, seen = origin_of(self.graph).graph, set(self.graph.nodes)
        waiting, found = [whole.order.index[known]], dict[str, None]()
        for node in waiting:  # grows while it is walked
            for child in bits(whole.child_masks[node]):
                if whole.nodes[child] in seen:
                    found[whole.nodes[child]] = None
                elif child not in waiting:
                    waiting.append(child)
        yield from found
