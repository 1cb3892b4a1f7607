"""What influence functions add to answers: exact ones where all is finite, and cross-fitted ones elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np

from ....compiler.program import Question
from ....grammar.syntax.program import Operation
from ...exact.distribution import NotExactError
from ...inference.influence import Overlap
from ..answers import Answers
from ..effects import Estimate
from ..intervals import Interval
from ..querying import Reference
from .by_influence import Number, interval_of_number
from .functions import Moved, Rows, spread_out
from .one_step import cross_fitted

if TYPE_CHECKING:
    from ...program import CompiledProgram

BY_BOOTSTRAP = 'intervals="bootstrap" finds one'
"""What to do where influence functions give no interval."""


@dataclass(frozen=True, slots=True)
class Inferred:
    """What influence functions add to answers.

    Args:
        intervals: The interval of each of `Answers.numbers`.
        overlaps: What the draws of each answer rest on, by its name.
        corrected: Estimates that replace those of effects, by name.
    """

    intervals: tuple[Interval, ...]
    overlaps: Mapping[str, tuple[Overlap, ...]]
    corrected: Mapping[str, Estimate] = field(default_factory=dict[str, Estimate])


def inferred(
    program: CompiledProgram,
    answers: Answers,
    data: Any,
    reference: Reference,
    *,
    seed: int = 0,
    **options: Any,
) -> Inferred:
    """The intervals of all numbers in a fitted program's answers, in the order of `Answers.numbers`.

    Tables have exact influence functions. With other generators, effects are corrected and get intervals by
    cross-fitting; the numbers of queries then get none.

    Args:
        program: Fitted.
        answers: Its answers.
        data: What it was fitted on.
        reference: The values at which queries are answered that leave inputs open.
        seed: Of cross-fitting.
        options: Of the fits outside of each fold, as for `Sampler.fit`.

    Raises:
        DofxError: E0453 for a row without an influence function, and what `fit` and `read_data` find.
    """
    try:
        rows = Rows.read(program, data)
        numbers, overlaps = Moved(program, rows, adjusted=True).numbers(reference)
        return Inferred(tuple(interval_of_number(number, rows.times) for number in numbers), overlaps)
    except NotExactError as reason:
        return _by_folds(program, answers, data, str(reason), seed, options)


def _by_folds(
    program: CompiledProgram, answers: Answers, data: Any, why: str, seed: int, options: Mapping[str, Any]
) -> Inferred:
    """The same by cross-fitting."""
    numbers = sum(len(query.numbers) for query in answers.queries)
    intervals = [_none(f"{why}; {BY_BOOTSTRAP}")] * numbers
    effects = [question for question in program.asked.effects if not program.hedged(question)]
    if not effects:
        return Inferred(tuple(intervals), {})
    try:
        crossed = cross_fitted(program, data, seed=seed, **options)
    except NotExactError as reason:
        return Inferred((*intervals, *[_none(f"{reason}")] * len(effects)), {})
    times = np.ones(crossed.rows.rows)
    overlaps: dict[str, tuple[Overlap, ...]] = {}
    corrected: dict[str, Estimate] = {}
    for question in effects:
        try:
            found = [spread_out(*each, len(times)) for each in crossed.evaluated(question)]
        except NotExactError as reason:
            intervals.append(_none(f"{reason}; {BY_BOOTSTRAP}"))
            continue
        *denominators, (value, moved) = found
        overlaps[question.name] = tuple(crossed.overlaps)
        number = Number(value, moved, None, tuple(denominators), _is_ratio(question), overlaps[question.name])
        intervals.append(interval_of_number(number, times))
        corrected[question.name] = Estimate(value, nan, exact=False, rows=0, corrected=True)
    return Inferred(tuple(intervals), overlaps, corrected)


def _none(why: str) -> Interval:
    """No interval."""
    return Interval(nan, nan, nan, 0, 1, why)


def _is_ratio(question: Question) -> bool:
    return isinstance(question.syntax, Operation) and question.syntax.operator == "/"
