"""The report of `dofx run`: what was proved, what was fitted, and the answers as tables."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from ..compiler.identify.identify import Identification
    from ..compiler.identify.query import Query
    from ..compiler.program import Questions
    from ..grammar.syntax import Value
    from ..runtime.answers import EffectAnswer, QueryAnswer, Setting
    from ..runtime.program import CompiledProgram
    from ..runtime.summaries import Chances, Extent, Moments

_WIDE = 200
_MOST_COLUMNS = 8


def console() -> Console:
    """Where the report goes: coloured on a terminal, plain and not wrapped elsewhere."""
    return Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _WIDE)


def show_proofs(out: Console, asked: Questions) -> None:
    """The estimand of each distinct query, or its hedge, under the names of what needs it."""
    from ..compiler.driver import identify

    needed: dict[Query, list[str]] = {}
    for question in (*asked.queries, *asked.effects):
        for query in question.kernels:
            needed.setdefault(query, []).append(question.name)
    for query, names in needed.items():
        identification = identify(query, asked.graph)
        out.print(Text(", ".join(names), style="bold"))
        if identification:
            out.print(Text(_indented(str(identification.estimand))))
        else:
            out.print(Text(_indented(_not_identifiable(identification)), style="red"))
    out.print()


def show_fit(out: Console, program: CompiledProgram, *, whole: bool) -> None:
    """What fitting reached: one line, or a line for each generator."""
    report = program.report
    if not report:
        return
    if whole:
        out.print(Text(f"{report}\n", style="dim"))
        return
    families = Counter(record.family for record in report)
    listed = ", ".join(f"{family} ×{count}" if count > 1 else family for family, count in families.items())
    rows = max(record.report.rows for record in report if record.source == "P")
    noun = "generator" if len(report) == 1 else "generators"
    out.print(
        Text(
            f"fitted {len(report)} {noun} ({listed}) on {rows:,} rows in {report.seconds:.1f} s\n",
            style="dim",
        )
    )


def show_query(out: Console, answer: QueryAnswer) -> None:
    """The distributions of a query's outcomes, a row for each setting of the inputs left open."""
    heading = Text.assemble((answer.name, "bold"), f"  {answer.query}")
    if not answer.identification:
        out.print(heading.append("  not identifiable", style="red"))
        out.print()
        return
    if answer.waiting:
        listed = ", ".join(answer.waiting)
        out.print(heading.append(f"  give {listed} when sampling: dofx fit, then dofx sample", style="dim"))
        out.print()
        return
    (first, *_) = answer.settings
    rows = first.outcomes.rows
    how = f"from {rows:,} simulated rows" if rows else "exact under the fitted generators"
    how += f", the same for every {' and '.join(answer.idle)}" if answer.idle else ""
    out.print(heading.append(f"  {how}", style="dim"))
    for index in range(len(first.outcomes.parts)):
        out.print(_table(answer, index))
    if answer.left_out:
        out.print(Text(f"  … and {answer.left_out:,} more: fix values in the query to see them", style="dim"))
    out.print()


def show_effect(out: Console, answer: EffectAnswer) -> None:
    """An effect's value with its uncertainty."""
    if answer.estimate is None:
        out.print(Text.assemble((answer.name, "bold"), f"  {answer.text}", ("  not identifiable", "red")))
    else:
        out.print(Text.assemble((f"{answer.name} = ", "bold"), (str(answer.estimate), "bold")))
        out.print(Text(f"  {answer.text}", style="dim"))


def _not_identifiable(identification: Identification) -> str:
    from ..compiler.identify.remedy import remedies

    cures = "".join(f"\n  - {remedy}" for remedy in remedies(identification))
    return f"{identification}" + (f"\nWhat would help:{cures}" if cures else "")


def _table(answer: QueryAnswer, index: int) -> Table:
    """One part of the outcomes, in each setting."""
    from ..runtime.summaries import LEVELS, Chances, Moments

    first = answer.settings[0]
    inputs = [*(f"do({name})" for name in first.do), *first.given]
    parts = [setting.outcomes.parts[index] for setting in answer.settings]
    part = parts[0]
    if isinstance(part, Chances):
        long = len(part.variables) > 1 or len(part.events) > _MOST_COLUMNS
        if long:
            return _long(inputs, answer.settings, index, part)
        columns = [f"{part.variables[0]} = {value_text(values[0])}" for values, _ in part.events]
    elif isinstance(part, Moments):
        quantiles = ["median" if level == 0.5 else f"{level:.0%}" for level in LEVELS]
        columns = [f"mean of {part.variable}", "sd", *quantiles]
    else:
        columns = [f"mean of {part.variable}", "sd", "shape"]
    table = _empty(inputs, columns)
    for setting, cells in zip(answer.settings, map(_cells, parts), strict=True):
        table.add_row(*_input_cells(setting), *cells)
    return table


def _long(inputs: list[str], settings: tuple[Setting, ...], index: int, part: Chances) -> Table:
    """A row for each event in each setting, where events are too many for columns."""
    from ..runtime.summaries import Chances

    table = _empty([*inputs, *part.variables], ["probability"])
    for setting in settings:
        here = setting.outcomes.parts[index]
        assert isinstance(here, Chances)
        for values, chance in here.events:
            table.add_row(*_input_cells(setting), *map(value_text, values), _probability(chance))
    return table


def _empty(inputs: list[str], columns: list[str]) -> Table:
    table = Table(box=None, pad_edge=True, padding=(0, 2, 0, 2), header_style="bold")
    for name in inputs:
        table.add_column(Text(name), style="cyan", no_wrap=True)
    for name in columns:
        table.add_column(Text(name), justify="right", no_wrap=True)
    return table


def _cells(part: Chances | Moments | Extent) -> list[str]:
    from ..runtime.summaries import Chances, Moments

    match part:
        case Chances():
            return [_probability(chance) for _, chance in part.events]
        case Moments():
            return [number_text(value) for value in (part.mean, part.sd, *part.quantiles)]
        case _:
            shape = " × ".join(map(str, part.shape))
            return [number_text(part.mean), number_text(part.sd), shape]


def _input_cells(setting: Setting) -> list[str]:
    return [value_text(value) for value in (*setting.do.values(), *setting.given.values())]


def value_text(value: Value) -> str:
    """A value as a program would have it, strings bare.

    >>> value_text(True), value_text("old"), value_text(0.25)
    ('true', 'old', '0.25')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else str(value)


def number_text(value: float) -> str:
    """A number to four digits.

    >>> number_text(1234.5678), number_text(0.000123456), number_text(2.0)
    ('1,235', '0.0001235', '2')
    """
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _probability(chance: float) -> str:
    return f"{chance:.4f}"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
