"""Answers as a pandas frame: a row for each number."""

from __future__ import annotations

from itertools import zip_longest
from math import nan
from typing import TYPE_CHECKING, Any

from ...grammar.edge.libraries import library
from .summaries import value_text

if TYPE_CHECKING:
    import pandas

    from .answer import EffectAnswer, QueryAnswer, Setting
    from .answers import Answers
    from .intervals import Interval

COLUMNS = (
    *("setting", "quantity", "value", "standard_error", "low", "high", "method"),
    *("seed_spread", "effective_rows", "largest_ratio", "warning"),
)


def frame_of(answers: Answers) -> pandas.DataFrame:
    """The answers as a frame: see `Answers.to_pandas`."""
    names: list[str] = []
    rows: list[tuple[Any, ...]] = []
    for query in answers.queries:
        for setting in query.settings:
            intervals = [each for part in setting.outcomes.intervals for each in part]
            numbers = zip(setting.outcomes.quantities, setting.outcomes.numbers, strict=True)
            for (quantity, number), interval in zip_longest(numbers, intervals):
                names.append(query.name)
                rows.append((inputs_text(setting), quantity, number, *_spread(interval, query)))
    for effect in answers.effects:
        names.append(effect.name)
        value = nan if effect.estimate is None else effect.estimate.value
        rows.append(("", effect.text, value, *_spread(effect.interval, effect)))
    pd = library("pandas")
    frame: pandas.DataFrame = pd.DataFrame(rows, columns=list(COLUMNS), index=pd.Index(names, name="name"))
    return frame


def inputs_text(setting: Setting) -> str:
    """The inputs of a setting as text, such as ``do(x = 1), z = old``."""
    do = [f"do({name} = {value_text(value)})" for name, value in setting.do.items()]
    return ", ".join([*do, *(f"{name} = {value_text(value)}" for name, value in setting.given.items())])


def _spread(interval: Interval | None, answer: QueryAnswer | EffectAnswer) -> tuple[Any, ...]:
    """The last columns of a row: standard error, interval, its method, spread between seeds, weakest draw, warning."""
    rests = [each.effective_rows for each in answer.overlaps if each.effective_rows is not None]
    weakest = min(rests, default=nan), max((each.largest_ratio for each in answer.overlaps), default=nan)
    if interval is None:
        return (nan, nan, nan, "", nan, *weakest, "")
    seeds = nan if interval.seed_spread is None else interval.seed_spread
    warning = f"no interval: {interval.remark}" if interval.remark else ""
    return (interval.standard_error, interval.low, interval.high, interval.method, seeds, *weakest, warning)
