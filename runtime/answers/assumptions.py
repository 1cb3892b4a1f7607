"""The assumptions behind answers: the graph, positivity, and generators that were fitted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Any

from ...compiler.graph.admg import ADMG
from ...compiler.graph.implications import implications
from ...compiler.model.data import ALONE, DataSet
from ..data.row_weights import Sampling
from ..fitting.report import FitSummary
from ..judging.agreement import Agreement
from .intervals import way_to_intervals

if TYPE_CHECKING:
    from .answers import Answers

_LISTED = 12
_WIDTH = 110


@dataclass(frozen=True, slots=True)
class Basis:
    """What the answers of a fitted program rest on.

    Args:
        graph: The causal graph.
        report: What fitting reached: the families of the generators, and the rows that they were fitted on.
        data: The data sets that the answers read.
        agreements: Tests of what is the same in several of them.
        used: For each generator that only some rows train, which rows these are, and why they represent all.
        sampling: How rows were sampled, for each data set with weighted or clustered rows.
        compared: Whether the conditions that generators are asked were compared with rows: a stream is read and let go,
            and a bundle holds none.
    """

    graph: ADMG
    report: FitSummary
    data: tuple[DataSet, ...] = ALONE
    agreements: tuple[Agreement, ...] = ()
    used: tuple[str, ...] = ()
    sampling: tuple[Sampling, ...] = ()
    compared: bool = True

    @property
    def known(self) -> bool:
        """Whether the distribution itself was given, so that nothing was fitted."""
        return not any(record.report.rows for record in self.report)


def assumptions_text(answers: Answers, data: Any) -> str:
    """What the answers rest on: see `Answers.assumptions`."""
    basis = answers.basis
    if basis is None:
        return "nothing is known of what these answers rest on"
    lines = [
        "The graph is taken on faith. It claims that",
        *_bulleted(_claims(basis.graph)),
        *_bulleted(_sampled(basis)),
        *_tested(basis.graph, data if basis.data == ALONE else None, basis.data[0]),
        "",
        *_data_sets(basis),
        *_holes(basis),
        "Positivity: the rows must contain every combination of conditions that the answers need.",
        *_bulleted(_positivity(answers, basis)),
        "",
        "Generators:",
        *_bulleted(_fitted(answers, basis)),
    ]
    return "\n".join(lines)


def _claims(graph: ADMG) -> Iterator[str]:
    """What the graph's edges say, and what it says by leaving edges out."""
    if graph.bidirected:
        pairs = [f"{left} <-> {right}" for left, right in graph.bidirected]
        yield f"only these pairs share a cause that nobody observed: {_some(pairs)}"
    else:
        yield "no two variables share a cause that nobody observed"
    if graph.latent:
        yield f"unobserved: {_some(graph.latent)}"
    joined = {frozenset(edge) for edge in graph.directed}
    nodes = graph.nodes
    apart = [
        f"{left}, {right}"
        for number, left in enumerate(nodes)
        for right in nodes[number + 1 :]
        if frozenset((left, right)) not in joined
    ]
    if apart:
        noun = "pair has" if len(apart) == 1 else "pairs have"
        yield f"{len(apart):,} {noun} no direct effect on one another: {_some(apart, '; ')}"
    if graph.directed:
        arrows = [f"{cause} -> {effect}" for cause, effect in graph.directed]
        yield f"every effect goes the way of its arrow: {_some(arrows)}"


def _sampled(basis: Basis) -> Iterator[str]:
    """How rows were sampled: independently and with equal chances, or with weights and in clusters."""
    selected = ", but for the selection below" if any(data.keeps for data in basis.data) else ""
    for each in basis.sampling:
        where = f" of {each.name}" if len(basis.data) > 1 else ""
        if each.cluster is not None:
            yield (
                f"rows{where} of different {each.cluster} are independent of one another, and those of the same need "
                f"not be ({each.clusters:,} clusters)"
            )
        if each.weights is not None:
            yield (
                f"{each.weights} says how many units of the population a row{where} stands for, and beyond that which "
                f"rows there are depends on nothing in the graph{selected} ({each.rows:,} rows, worth "
                f"{each.effective_rows:,.0f})"
            )
    clustered = any(each.cluster is not None for each in basis.sampling)
    weighted = any(each.weights is not None for each in basis.sampling)
    others = " otherwise" if basis.sampling and len(basis.data) > 1 else ""
    if not clustered and not weighted:
        yield f"rows are independent of one another, and which rows there are depends on nothing in the graph{selected}"
    elif not clustered or others:
        yield f"rows are independent of one another{others}"
    elif not weighted:
        yield f"which rows there are depends on nothing in the graph{selected}"


def _holes(basis: Basis) -> Iterator[str]:
    """What causes holes, and which rows therefore represent all rows."""
    graph = basis.graph
    if not graph.holes:
        return
    yield "Holes come about as the graph says:"
    points = []
    for indicator, columns in graph.holes.items():
        place = graph.order.mask([indicator])
        causes = graph.order.set(graph.parents_of(place))
        shared = graph.order.set(graph.siblings_of(place) & ~place)
        by = f"depends on {_some(causes)} alone" if causes else "depends on chance alone"
        more = f", and on causes that it shares with {_some(shared)}" if shared else ""
        home = graph.holes.home(indicator)
        row = f"a row of {home}" if home else "a row"
        points.append(f"whether {row} shows {_some(columns, ' and ')} {by}{more}")
    points.append("no rows can test whether a hole depends on the value that it hides")
    yield from _bulleted([*points, *basis.used])
    yield ""


def _data_sets(basis: Basis) -> Iterator[str]:
    """The declarations of the data sets: what experiments set, which mechanisms differ, how rows were selected."""
    if basis.data == ALONE:
        return
    yield "The data sets are what they are declared to be:"
    for data in basis.data:
        points = []
        if data.sets:
            points.append(f"{data.name} set {_some(data.sets)}, and nothing else changed with it")
        shared = "every mechanism"
        if data.differs:
            shared += f" except that of {_some(data.differs)}"
        points.append(f"{data.name} shares {shared} with the target population")
        if data.keeps:
            points.append(f"which rows {data.name} kept depends on {_some(data.keeps)} alone")
        elif data.sets or data.differs:
            points.append(f"the rows of {data.name} were not selected")
        yield from _bulleted(points)
    if basis.agreements:
        yield "  Where two of them have the same conditional by this, their rows were pooled and compared:"
        yield from _bulleted(map(str, basis.agreements))
    else:
        yield "  None of this has been tested."
    yield ""


def _tested(graph: ADMG, data: Any, sample: DataSet) -> Iterator[str]:
    """The independences that the graph implies, tested if there are rows."""
    implied = implications(graph)
    if not implied:
        yield "It implies no independence that rows could contradict."
    elif data is None:
        noun = "independence, which has" if len(implied) == 1 else "independences, which have"
        yield (
            f"It implies {len(implied):,} {noun} not been tested here: "
            "dofx.judge(graph, rows), or `dofx implications --data`."
        )
    else:
        from ..judging.graph import judge

        judged = judge(graph, data, sample=sample)
        against = "; ".join(str(verdict.independence) for verdict in judged.contradicted)
        yield (
            f"The rows contradict {len(judged.contradicted)} of {len(judged)} independences that it implies"
            + (f": {against}." if against else ".")
        )


def _positivity(answers: Answers, basis: Basis) -> Iterator[str]:
    if not basis.known and not basis.compared:
        yield "this has not been checked: the rows that the generators were fitted on are not at hand"
        return
    found = False
    for answer in answers:
        for unseen in answer.unseen:
            found = True
            yield f"{answer.name}: {unseen}"
    if not found and basis.known:
        yield "no row was needed: the distribution itself was given"
    elif not found:
        yield "the rows contain the conditions that these answers need (combinations of numbers are not checked)"


def _fitted(answers: Answers, basis: Basis) -> Iterator[str]:
    if basis.known:
        yield "none was fitted: the distribution itself was given"
        return
    families = Counter(record.family for record in basis.report)
    listed = ", ".join(f"{family} ×{count}" if count > 1 else family for family, count in families.items())
    names = {data.name for data in basis.data}
    rows = max((record.report.rows for record in basis.report if record.source in names), default=0)
    yield f"{len(basis.report):,} ({listed}), fitted once on {rows:,} rows"
    exact = {"table"} >= set(families)
    if not exact:
        yield "another seed gives other generators, and so other answers; one fit does not show by how much"
    if answers.intervals:
        yield f"intervals come from {_source(answers)}, not bias"
    else:
        yield f"no interval has been computed: {way_to_intervals()}"


def _source(answers: Answers) -> str:
    """How intervals were computed, and which errors they cover."""
    replicates = max(interval.replicates for interval in answers.intervals)
    if replicates:
        return f"{replicates:,} bootstrap replicates: they hold the noise of rows and training"
    rows = max(interval.rows for interval in answers.intervals)
    return f"the influence of {rows:,} rows: they hold the noise of rows"


def _bulleted(points: Iterable[str]) -> Iterator[str]:
    for point in points:
        yield fill(point, _WIDTH, initial_indent="  - ", subsequent_indent="    ", break_long_words=False)


def _some(names: Iterable[str], separator: str = ", ") -> str:
    names = tuple(names)
    more = f"{separator}… and {len(names) - _LISTED:,} more" if len(names) > _LISTED else ""
    return separator.join(names[:_LISTED]) + more
