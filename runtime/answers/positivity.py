"""Positivity: at which conditions a program needs each draw, and how many rows show them, before any training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from io import StringIO
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table as Grid

from ...compiler.drawing.markup import element, fragment, lines
from ...compiler.model.query import Query
from ...grammar.edge.libraries import library
from ...grammar.edge.plain import finite
from ...grammar.syntax.program import Expectation, Value
from ..data.collection import Collection
from ..data.values import Values, read_inputs
from ..exact.distribution import NotExactError
from ..inference.positivity import Resampled, Shown
from .querying import reference_points, settings_of
from .rows import rows_of, unnamed

if TYPE_CHECKING:
    import pandas

    from ..program import CompiledProgram

FEW = 50
"""Fewer effective rows than this are reported: intervals are rough, and below 20 there are none."""

HEAVY = 0.05
"""A density ratio is reported if one row stands for more than this share of the answer."""

COLUMNS = ("draw", "asked", "rows", "unseen", "effective_rows", "largest_ratio", "remark")


@dataclass(frozen=True, slots=True)
class Positivity:
    """The conditions at which a program needs each draw, and how many rows show them. Printed, it is a table.

    Args:
        rows: The number of rows.
        shown: For each question, by its name, the conditions at which it needs its draws.
        unknown: For each question of which this is not known, by its name, the reason.
    """

    rows: int
    shown: dict[str, tuple[Shown, ...]]
    unknown: dict[str, str]

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for each weak place."""
        each = ((name, part) for name, parts in self.shown.items() for part in parts)
        return tuple(
            f"{name}: {part.draw}{f' at {part.asked}' if part.asked else ''}: {remark}"
            for name, part in each
            if (remark := self.remark(part))
        )

    def remark(self, part: Shown) -> str:
        """Why a place is weak; empty if it is not."""
        if not part.rows:
            return "no row shows it"
        found: list[str] = []
        if part.unseen:
            found.append(f"{100 * part.unseen:.0f} % of the conditions occur in no row")
        if part.effective_rows < FEW:
            found.append(f"{part.effective_rows:.0f} effective rows")
        if part.largest_ratio > HEAVY * self.rows:
            found.append(f"one row stands for {100 * part.largest_ratio / self.rows:.0f} % of the answer")
        return "; ".join(found)

    def to_pandas(self) -> pandas.DataFrame:
        """A row for each place, indexed by the name of the query or effect that asks it.

        Columns are ``draw``, ``asked`` (the conditions that are held), ``rows`` (how many have them), ``unseen`` (the
        share of what is asked that no row shows), ``effective_rows``, ``largest_ratio`` and ``remark``.

        Raises:
            DofxError: E0429 where pandas is not installed.
        """
        pd = library("pandas")
        names = [name for name, parts in self.shown.items() for _ in parts]
        records = [(*asdict(part).values(), self.remark(part)) for part in self._parts()]
        frame: pandas.DataFrame = pd.DataFrame(
            records, columns=list(COLUMNS), index=pd.Index(names, name="name")
        )
        return frame

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        shown = {
            name: [{**asdict(part), "remark": self.remark(part)} for part in parts]
            for name, parts in self.shown.items()
        }
        found: dict[str, Any] = finite({"rows": self.rows, "shown": shown, "unknown": self.unknown})
        return found

    def _parts(self) -> Iterator[Shown]:
        for parts in self.shown.values():
            yield from parts

    def __str__(self) -> str:
        grid = Grid(box=None, pad_edge=False, header_style="")
        for name in ("", "draw", "asked"):
            grid.add_column(name)
        for name in ("rows", "effective", "largest ratio"):
            grid.add_column(name, justify="right")
        grid.add_column("")
        for name, parts in self.shown.items():
            for number, part in enumerate(parts):
                cells = (f"{part.rows:,}", f"{part.effective_rows:,.0f}", f"{part.largest_ratio:.3g}")
                asked = part.asked or "as drawn"
                grid.add_row("" if number else name, part.draw, asked, *cells, self.remark(part))
        file = StringIO()
        Console(file=file, width=200, color_system=None, highlight=False).print(grid)
        found = [line.rstrip() for line in file.getvalue().rstrip().splitlines()]
        found += [f"{name}: not known, because {why}" for name, why in self.unknown.items()]
        return "\n".join([f"Positivity in {self.rows:,} rows", *found])

    def _repr_html_(self) -> str:
        return fragment(element("pre", lines(str(self))))


def positivity(program: CompiledProgram, data: Any, seed: int = 0) -> Positivity:
    """The conditions at which a program needs each draw, and how many rows show them.

    Args:
        program: Fitted or not.
        data: The rows.
        seed: Equal seeds give equal results.

    Raises:
        DofxError: What `rows_of` finds.
    """
    data = unnamed(program, data)
    rows = rows_of(program, data, weighed=False)
    shown: dict[str, tuple[Shown, ...]] = {}
    unknown: dict[str, str] = {}
    for question in (*program.asked.queries, *program.asked.effects):
        if program.hedged(question):
            continue
        mean = isinstance(question.syntax, Expectation)
        is_query = question in program.asked.queries
        try:
            found = [
                each
                for query in question.queries
                for each in _of_query(program, query, data, rows, seed, mean=mean if is_query else None)
            ]
        except NotExactError as reason:
            unknown[question.name] = str(reason)
            continue
        shown[question.name] = tuple(dict.fromkeys(found))
    return Positivity(sum(part.rows for part in rows.parts.values()), shown, unknown)


def _of_query(
    program: CompiledProgram, query: Query, data: Any, rows: Collection, seed: int, *, mean: bool | None
) -> Iterator[Shown]:
    """The conditions at which one query needs its draws; `mean` is None for a part of an effect."""
    sampler = program.sampler_for(query)
    types = {**sampler.types, **rows.types}
    settings: Iterator[tuple[Values, Values]] = iter([({}, {})])
    if mean is not None:
        points: dict[str, tuple[Value, ...]] = {}
        for source in data.values() if program.several and isinstance(data, Mapping) else [data]:
            points |= reference_points(source, types, sampler.network)
        named = next(s for s in program.values() if s.query == query)
        settings = ((do, given) for do, given in settings_of(named, points, mean=mean))
    resampled = Resampled(sampler.network, rows, types, seed)
    for do, given in settings:
        inputs = read_inputs(sampler.network, types, do, given, defaults=query.values, rows=1)
        yield from resampled.shown({id: inputs.all[id] for id in sampler.network.answer.input_ids})
