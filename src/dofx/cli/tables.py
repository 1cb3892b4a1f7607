"""Answers to queries as tables: a row for each setting of the inputs that a query leaves open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import floor, log10
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from ..runtime.answers.summaries import LEVELS, Chances, Moments, Summary

if TYPE_CHECKING:
    from ..grammar.syntax import Value
    from ..runtime.answers.answers import QueryAnswer, Setting

_MOST_COLUMNS = 8


def answer_tables(answer: QueryAnswer) -> Iterator[Table]:
    """A table for each part of the outcomes, with a row for each setting."""
    for parts in zip(*(setting.outcomes.parts for setting in answer.settings), strict=True):
        yield _table(answer.settings, parts)


def _table(settings: Sequence[Setting], parts: Sequence[Summary]) -> Table:
    """One part of the outcomes, in each setting."""
    (setting, *_), (part, *_) = settings, parts
    inputs = [*(f"do({name})" for name in setting.do), *setting.given]
    if isinstance(part, Chances):
        if len(part.variables) > 1 or len(part.events) > _MOST_COLUMNS:
            return _long(inputs, part.variables, settings, parts)
        named = (zip(part.variables, values, strict=True) for values, _ in part.events)
        columns = [f"{variable} = {value_text(value)}" for event in named for variable, value in event]
    elif isinstance(part, Moments):
        quantiles = ["median" if level == 0.5 else f"{level:.0%}" for level in LEVELS]
        columns = [f"mean of {part.variable}", "sd", *quantiles]
    else:
        columns = [f"mean of {part.variable}", "sd", "shape"]
    table = _empty(inputs, columns)
    digits = _digits(part.sd for part in parts if not isinstance(part, Chances))
    for setting, part in zip(settings, parts, strict=True):
        table.add_row(*_input_cells(setting), *_cells(part, digits))
    return table


def _long(
    inputs: Sequence[str],
    variables: Sequence[str],
    settings: Sequence[Setting],
    parts: Sequence[Summary],
) -> Table:
    """A row for each event in each setting, where events are too many for columns."""
    table = _empty([*inputs, *variables], ["probability"])
    for setting, part in zip(settings, parts, strict=True):
        assert isinstance(part, Chances)
        for values, chance in part.events:
            table.add_row(*_input_cells(setting), *map(value_text, values), _probability(chance))
    return table


def _empty(inputs: Sequence[str], columns: Sequence[str]) -> Table:
    table = Table(box=None, pad_edge=True, padding=(0, 2, 0, 2), header_style="bold")
    for name in inputs:
        table.add_column(Text(name), style="cyan", no_wrap=True)
    for name in columns:
        table.add_column(Text(name), justify="right", no_wrap=True)
    return table


def _cells(part: Summary, digits: int) -> list[str]:
    match part:
        case Chances():
            return [_probability(chance) for _, chance in part.events]
        case Moments():
            return [f"{value:,.{digits}f}" for value in (part.mean, part.sd, *part.quantiles)]
        case _:
            shape = " × ".join(map(str, part.shape))
            return [f"{part.mean:,.{digits}f}", f"{part.sd:,.{digits}f}", shape]


def _digits(spreads: Iterable[float]) -> int:
    """Decimals for numbers that spread so much: three figures of the smallest spread, at most six."""
    least = min((sd for sd in spreads if sd > 0), default=1.0)
    return min(6, max(0, 2 - floor(log10(least))))


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


def _probability(chance: float) -> str:
    return f"{chance:.4f}"
