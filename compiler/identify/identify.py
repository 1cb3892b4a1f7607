"""From a query and a graph to a verdict: the first strategy that decides the query."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, assert_never

from ..estimand.algebra import Estimand
from ..graph.admg import ADMG
from ..model.data import ALONE, DataSet
from ..model.query import Query
from .data_sets.by_district import by_data_sets
from .derivation import Derivation, Step
from .equilibria import Broken, system_of_data, system_of_worlds
from .feedback import InsideCycle, refuse_beyond, without_cycles
from .hedge import Hedge
from .holes.verdict import with_holes
from .strategies import STRATEGIES
from .verdict import Holes, Identified, NoSource, Refused, Undefined, Verdict, Witness, Zero
from .work import Work
from .worlds.conflict import Conflict
from .worlds.procedure import in_worlds
from .worlds.rules import Rules


@dataclass(frozen=True, slots=True, repr=False)
class Identification:
    """Whether the data answer a query, and the proof. Its truth value is true if there is an estimand.

    Args:
        query: The query.
        graph: The causal graph.
        answer: The verdict as a value, which holds the estimand or the witness.
        derivation: The steps.
        data: The data sets.
    """

    query: Query
    graph: ADMG
    answer: Verdict
    derivation: Derivation
    data: tuple[DataSet, ...] = ALONE

    @property
    def verdict(self) -> Literal["identified", "zero", "undefined", "not identified"]:
        """The verdict in a word or two."""
        return self.answer.name

    @property
    def estimand(self) -> Estimand | None:
        """How to compute the answer from the data, if they determine it."""
        match self.answer:
            case Identified(estimand) | Zero(estimand):
                return estimand
            case Undefined() | Refused():
                return None

    @property
    def witness(self) -> Witness | None:
        """What stands in the way of an answer, if the data do not give one."""
        return self.answer.witness if isinstance(self.answer, Refused) else None

    @property
    def hedge(self) -> Hedge | None:
        """The witness if it is a hedge, otherwise None."""
        return self.witness if isinstance(self.witness, Hedge) else None

    @property
    def identified(self) -> bool:
        """Whether the data answer the query."""
        return self.estimand is not None

    def __bool__(self) -> bool:
        return self.identified

    def __str__(self) -> str:
        from ..printers.identification.text import undefined_text, verdict_text

        match self.answer:
            case Identified(estimand) | Zero(estimand):
                return str(estimand)
            case Undefined():
                return "\n".join([f"{verdict_text(self)}.", *undefined_text(self)])
            case Refused(witness):
                return f"{verdict_text(self)}.\n{witness}"

    def __repr__(self) -> str:
        from ..printers.identification.text import verdict_text

        return f"Identification({self.estimand or verdict_text(self)})"

    def _repr_svg_(self) -> str:
        from ..printers.identification.svg import identification_svg

        return identification_svg(self)

    def _repr_html_(self) -> str:
        from ..printers.identification.html import identification_html

        return identification_html(self)

    def explain(self) -> str:
        """The derivation in words, and what would help where the query is not identifiable."""
        from ..printers.identification.text import identification_text

        return identification_text(self)


def identify_query(
    query: Query, graph: ADMG, data: tuple[DataSet, ...] = ALONE, rules: Rules | None = None
) -> Identification:
    """Decide whether a query is identifiable and derive its estimand.

    It is sound; and it is complete where every data set measures all variables, no rows
    were selected and the graph has no cycles.

    Args:
        query: The query, which is about the target population.
        graph: The graph.
        data: The data sets that may answer it.
        rules: The tables of policies, as far as they are given, and the states of variables.

    >>> front_door = ADMG([], [("x", "m"), ("m", "y")], [("x", "y")])
    >>> print(identify_query(Query.of(("y",), ("x",)), front_door).estimand)
    P(y | do(x)) = Σ_m P(m | x) Σ_x′ P(x′) P(y | x′, m)
    >>> trial = DataSet("trial", sets=["x"], measures=["y"])
    >>> print(identify_query(Query.of(("y",), ("x",)), front_door, (trial,)).estimand)
    P(y | do(x)) = trial(y | do(x))
    """
    if graph.holes:
        refuse_beyond(graph, "a question to rows with holes")
    if not query.plain:
        verdict, steps = _of_worlds(query, graph, data, rules)
    elif data != ALONE:
        verdict, steps = _of_data_sets(query, graph, data)
    else:
        verdict, steps = _by_strategies(query, graph)
    verdict, rows = with_holes(query, graph, verdict, data)
    return Identification(query, graph, verdict, Derivation((*steps, *rows)), data)


Proved: TypeAlias = tuple[Verdict, tuple[Step, ...]]
"""A verdict for rows without holes, and the steps to it."""


def _of_worlds(query: Query, graph: ADMG, data: tuple[DataSet, ...], rules: Rules | None) -> Proved:
    """A query about several worlds, on the acyclification of the graph."""
    system = system_of_worlds(query, graph, data)
    if isinstance(system, Broken):
        return Refused(system.witness), system.steps
    verdict, steps = in_worlds(query, system.graph, system.data, rules)
    return _in_terms_of(graph, verdict), (*system.steps, *steps)


def _of_data_sets(query: Query, graph: ADMG, data: tuple[DataSet, ...]) -> Proved:
    """A query to data sets of which some are not the observational one."""
    system = system_of_data(query, graph, data)
    if isinstance(system, Broken):
        return Refused(system.witness), system.steps
    read = dict.fromkeys(name for each in data for name in each.design)
    work = replace(Work.start(system.query, system.graph, read), query=query)
    return _in_terms_of(graph, by_data_sets(work, system.data)), (*system.steps, *work.steps)


def _by_strategies(query: Query, graph: ADMG) -> Proved:
    """The verdict of the first strategy that decides the query, each on a copy of the work."""
    whole = without_cycles(query, graph)
    if isinstance(whole.query, InsideCycle):
        return Refused(whole.query), whole.steps
    start = replace(Work.start(whole.query, graph.acyclic), query=query)
    for strategy in STRATEGIES:
        work = start.copy()
        verdict = strategy(work)
        if verdict is not None:
            return _in_terms_of(graph, verdict), (*whole.steps, *work.steps)
    raise AssertionError("no strategy decides the query, but the last one is complete")


def _in_terms_of(graph: ADMG, verdict: Verdict) -> Verdict:
    """The verdict on an acyclification as one on the graph: a witness names the edges that stand for cycles."""
    if not graph.cycles or not isinstance(verdict, Refused):
        return verdict
    shared = {frozenset(edge) for edge in graph.bidirected}
    match verdict.witness:
        case Hedge(bidirected=edges) as hedge:
            tied = tuple(edge for edge in edges if frozenset(edge) not in shared)
            return Refused(replace(hedge, by_cycles=tied))
        case Conflict(district=district) as conflict:
            added = (edge for edge in graph.acyclic.bidirected if frozenset(edge) not in shared)
            tied = tuple(edge for edge in added if set(district).issuperset(edge))
            return Refused(replace(conflict, by_cycles=tied))
        case NoSource() as missing:
            return Refused(replace(missing, complete=False))
        case InsideCycle() | Holes():
            return verdict
        case _:
            assert_never(verdict.witness)
