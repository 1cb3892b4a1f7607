"""Answers to queries as tables: a row for each setting of the inputs that a query leaves open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import floor, log10
from textwrap import shorten
from typing import TYPE_CHECKING, TypeAlias

from rich.table import Table
from rich.text import Text

from .summaries import LEVELS, Chances, Extent, Mean, Moments, Summary, Wordings, value_text

if TYPE_CHECKING:
    from .answer import QueryAnswer, Setting
    from .intervals import Interval

    Intervals: TypeAlias = Sequence[Interval]

_MOST_COLUMNS = 8
_WIDEST = 80


def answer_tables(answer: QueryAnswer) -> Iterator[Table]:
    """A table for each part of the outcomes, with a row for each setting."""
    outcomes = [setting.outcomes for setting in answer.settings]
    for number, parts in enumerate(zip(*(o.parts for o in outcomes), strict=True)):
        yield _table(answer.settings, parts, [o.intervals[number] if o.intervals else () for o in outcomes])


def _table(settings: Sequence[Setting], parts: Sequence[Summary], intervals: Sequence[Intervals]) -> Table:
    """One part of the outcomes at each setting, with intervals in the line below, if there are any."""
    (setting, *_), (part, *_) = settings, parts
    inputs = [*(f"do({name})" for name in setting.do), *setting.given]
    if isinstance(part, Wordings):
        return _texts(inputs, part.variable, settings, parts)
    if isinstance(part, Chances):
        if len(part.variables) > 1 or len(part.events) > _MOST_COLUMNS:
            return _long(inputs, part.variables, settings, parts, intervals)
        named = (zip(part.variables, values, strict=True) for values, _ in part.events)
        columns = [f"{variable} = {value_text(value)}" for event in named for variable, value in event]
    elif isinstance(part, Moments):
        quantiles = ["median" if level == 0.5 else f"{level:.0%}" for level in LEVELS]
        columns = [f"mean of {part.variable}", "sd", *quantiles]
    elif isinstance(part, Mean):
        columns = [f"mean of {part.variable}"]
    else:
        columns = [f"mean of {part.variable}", "sd", "shape"]
    table = _empty(inputs, columns)
    finer = 10 if isinstance(part, Mean) else 1  # one mean differs from the next by less than rows do
    digits = _digits(part.sd / finer for part in parts if isinstance(part, (Mean, Moments, Extent)))
    for setting, part, spread in zip(settings, parts, intervals, strict=True):
        table.add_row(*_input_cells(setting), *_cells(part, digits))
        if spread:
            table.add_row(*("" for _ in inputs), *_interval_cells(part, spread, digits), style="dim")
    return table


def _long(
    inputs: Sequence[str],
    variables: Sequence[str],
    settings: Sequence[Setting],
    parts: Sequence[Summary],
    intervals: Sequence[Intervals],
) -> Table:
    """A row for each event in each setting, where events are too many for columns."""
    known = bool(intervals[0])
    table = _empty([*inputs, *variables], ["probability", "interval"] if known else ["probability"])
    for setting, part, spread in zip(settings, parts, intervals, strict=True):
        assert isinstance(part, Chances)
        beside = _interval_cells(part, spread) if known else ["" for _ in part.events]
        for (values, chance), interval in zip(part.events, beside, strict=True):
            table.add_row(
                *_input_cells(setting), *map(value_text, values), _probability(chance), *([interval] * known)
            )
    return table


def _texts(
    inputs: Sequence[str], variable: str, settings: Sequence[Setting], parts: Sequence[Summary]
) -> Table:
    """A row for each of the common texts in each setting."""
    table = _empty([*inputs, variable], ["share"])
    for setting, part in zip(settings, parts, strict=True):
        assert isinstance(part, Wordings)
        for text, share in part.texts:
            table.add_row(*_input_cells(setting), Text(shorten(text, _WIDEST)), _probability(share))
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
        case Mean():
            return [f"{part.mean:,.{digits}f}"]
        case Wordings():
            return []
        case Extent():
            shape = " × ".join(map(str, part.shape))
            return [f"{part.mean:,.{digits}f}", f"{part.sd:,.{digits}f}", shape]


def _interval_cells(part: Summary, intervals: Intervals, digits: int = 4) -> list[str]:
    """The ends of intervals, with as many decimals as the numbers above; a shape has none."""
    digits = 4 if isinstance(part, Chances) else digits
    ends = [f"[{i.low:,.{digits}f}, {i.high:,.{digits}f}]" if i.known else "no interval" for i in intervals]
    return [*ends, ""] if isinstance(part, Extent) else ends


def _digits(spreads: Iterable[float]) -> int:
    """Decimals for numbers that spread so much: three figures of the smallest spread, at most six."""
    least = min((sd for sd in spreads if sd > 0), default=1.0)
    return min(6, max(0, 2 - floor(log10(least))))


def _input_cells(setting: Setting) -> list[str]:
    return [value_text(value) for value in (*setting.do.values(), *setting.given.values())]


def _probability(chance: float) -> str:
    return f"{chance:.4f}"
