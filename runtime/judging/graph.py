"""Tests of a causal graph: which of the independences that it implies the rows contradict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ...compiler.beside_a_graph import data_beside
from ...compiler.declarations import data_of
from ...compiler.drawing.grid import Grid
from ...compiler.drawing.markup import element, fragment, lines
from ...compiler.graph.admg import ADMG
from ...compiler.graph.holes import with_holes_of
from ...compiler.graph.implications import Independence, implications
from ...compiler.graph.projection import project
from ...compiler.graph.read import GraphSource, graph_of
from ...compiler.model.data import DataSet
from ...grammar.checks.names import Scope
from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.edge.arguments import public
from ...grammar.edge.plain import finite
from ...grammar.syntax.program import Program
from ..data.dataset import Dataset
from ..data.opened import Opened
from ..data.reading import match_columns
from ..data.row_weights import observational, read_rows
from ..data.shaped.shape import shaped
from ..fitting.weighing import SHOWN
from ..variables import VariableType, parse_type
from .errors import no_such_column
from .independence import Dependence, adjusted, dependence, is_testable

LEVEL = 0.05
MOST_PAIRS = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """An implied independence and its test.

    Args:
        independence: What the graph implies.
        found: What the test found.
        adjusted: Its chance under independence, adjusted for the number of tests (Holm).
        contradicted: Whether the adjusted chance is below the level.
    """

    independence: Independence
    found: Dependence
    adjusted: float
    contradicted: bool


@dataclass(frozen=True, slots=True, repr=False)
class Judgement:
    """The tests of a graph: true if no test contradicts it.

    Args:
        verdicts: One for each implied independence, in the graph's order.
        unobserved: Variables of the graph that were taken as unobserved: without a column, or images and texts.
        level: The chance that all tests together contradict a true graph.
    """

    verdicts: tuple[Verdict, ...]
    unobserved: tuple[str, ...]
    level: float

    @property
    def contradicted(self) -> tuple[Verdict, ...]:
        """The verdicts against the graph, the strongest dependence first."""
        against = (verdict for verdict in self.verdicts if verdict.contradicted)
        return tuple(sorted(against, key=lambda verdict: -verdict.found.strength))

    def __bool__(self) -> bool:
        return not self.contradicted

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.verdicts)

    def __len__(self) -> int:
        return len(self.verdicts)

    def __str__(self) -> str:
        lines = [f"taken as unobserved: {', '.join(self.unobserved)}"] if self.unobserved else []
        if not self.verdicts:
            return "\n".join([*lines, "the graph implies no independence that these rows could contradict"])
        return "\n".join([*lines, str(_grid(self)), "", *_conclusion(self)])

    def __repr__(self) -> str:
        return f"Judgement({len(self.contradicted)} of {len(self)} contradicted)"

    def _repr_html_(self) -> str:
        return fragment(element("pre", lines(str(self))))

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        found: dict[str, Any] = {
            "contradicted": not self,
            "level": self.level,
            "unobserved": list(self.unobserved),
            "verdicts": [
                {
                    **asdict(verdict.independence),
                    **asdict(verdict.found),
                    "adjusted": verdict.adjusted,
                    "contradicted": verdict.contradicted,
                }
                for verdict in self.verdicts
            ],
        }
        written: dict[str, Any] = finite(found)
        return written


@public()
def judge(
    graph: GraphSource,
    data: Any,
    *,
    variables: Mapping[str, VariableType | str] | None = None,
    level: float = LEVEL,
    sample: DataSet | None = None,
) -> Judgement:
    """Test each independence that a graph implies on rows.

    If a test contradicts the graph, the graph is wrong somewhere, or the rows are not from what it describes. If none
    does, the graph may still be wrong: many graphs imply the same independences, a graph with every edge implies none,
    and few rows contradict little. See `independence` for the test.

    Args:
        graph: An ADMG, or anything that `dofx.graph` reads; of a program, also what its `data` line declares of P.
        data: As for `Sampler.fit`. Variables without a column count as unobserved.
        variables: Types, or their text, of variables whose type is not to be inferred.
        level: The largest probability that a right graph is contradicted by any of the tests.
        sample: How the rows were sampled and written: their weights and clusters, codes of holes, persons and dates.

    If the graph says what makes holes, whether a row shows a column is a variable too, and each independence is
    tested on the rows that show what it is about.

    Returns:
        A verdict for each implied independence.

    Raises:
        DofxError: As `dofx.graph` and `implications`, what `read_data` finds in the columns that the graph has, and
            E0504 for a variable without a column, where a column outside of the graph has nearly its name.

    >>> rows = {"x": [0, 0, 1, 1] * 50, "y": [0, 1, 1, 1] * 50, "z": [0, 0, 0, 1] * 50}
    >>> judgement = judge("x -> y <- z", rows)
    >>> bool(judgement), str(judgement.contradicted[0].independence)
    (False, 'x ⊥ z')
    """
    stated = graph_of(graph)
    home = sample or observational(data_of(Program(data_beside(graph)), stated))
    whole = with_holes_of(stated, home.name)
    table = Opened.of(shaped(data, home))
    scope = Scope(table.columns)
    there = [name for name in whole.nodes if scope.resolve(name) is not None]
    if not there:
        match_columns(table, whole.nodes)  # which reports that no column is there
    _refuse_misspelt([name for name in whole.nodes if name not in there], there, scope)
    declared = {name: parse_type(type) for name, type in (variables or {}).items() if name in there}
    rows = read_rows(table, there, home, declared, holes=bool(whole.holes or home.holes))
    used = {name for name in there if is_testable(rows.types[name])}
    indicators = {name: columns for name, columns in whole.holes.items() if rows.partial.keys() & {*columns}}
    asked = implications(_over(whole, used | indicators.keys()))
    found = [
        dependence(part, each.first, each.second, [name for name in each.given if name not in indicators])
        for each in asked
        for part in [_showing(rows, each, indicators)]
    ]
    chances = adjusted({place: each.p for place, each in enumerate(found)})
    verdicts = tuple(
        Verdict(independence, test, chances[place], chances[place] < level)
        for place, (independence, test) in enumerate(zip(asked, found, strict=True))
    )
    absent = (name for name in whole.nodes if name not in used and name not in whole.holes)
    return Judgement(verdicts, tuple(absent), level)


def _refuse_misspelt(absent: list[str], there: list[str], columns: Scope) -> None:
    """Refuse variables without a column, where a column outside of the graph has nearly their name.

    Raises:
        DofxError: E0504.
    """
    used = {columns.resolve(name) for name in there}
    idle = Scope(column for column in columns.names if column not in used)
    near = {name: column for name in absent if (column := idle.suggest(name))}
    if near:
        raise DofxError(no_such_column(name, column) for name, column in near.items())


def _showing(rows: Dataset, asked: Independence, indicators: Mapping[str, Sequence[str]]) -> Dataset:
    """The rows that show what an independence is about; whether a row shows a column is a variable of its own."""
    if not indicators:
        return rows
    seen = {
        name: rows.partial[next(each for each in columns if each in rows.partial)].shown
        for name, columns in indicators.items()
    }
    named = (asked.first, asked.second, *asked.given)
    columns = [name for name in named if name not in indicators]
    given = [each for name in asked.given if name in indicators for each in indicators[name]]
    shows = [name for name in (*columns, *given) if name in rows.names]
    tensors = {name: shown.long() for name, shown in seen.items() if name in named}
    whole = Dataset(
        {**rows.tensors, **tensors},
        {**rows.types, **dict.fromkeys(tensors, SHOWN)},
        partial=rows.partial,
        design=rows.design,
    )
    return whole.showing(shows, [*columns, *tensors])


def _over(graph: ADMG, names: set[str]) -> ADMG:
    return project(graph, graph.all & ~graph.order.mask(names))


def _grid(judgement: Judgement) -> Grid:
    rows = [
        (
            str(verdict.independence),
            f"{verdict.found.rows:,}",
            f"{verdict.found.strength:.3f}",
            _chance_text(verdict.found.p),
            _chance_text(verdict.adjusted),
            "contradicted" if verdict.contradicted else "",
        )
        for verdict in judgement
    ]
    return Grid(("implied", "rows", "strength", "p", "adjusted", ""), tuple(rows), "lrrrrl")


def _chance_text(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def _conclusion(judgement: Judgement) -> Iterator[str]:
    against, total = judgement.contradicted, len(judgement)
    if not against:
        noun = "independence" if total == 1 else "independences"
        yield f"the rows contradict none of {total} implied {noun}"
        return
    yield f"the rows contradict {len(against)} of {total}: the graph lacks an edge, or has one the wrong way"
    pairs = [f"{verdict.independence.first}, {verdict.independence.second}" for verdict in against]
    yield f"strongest violations: {'; '.join(pairs[:MOST_PAIRS])}"
