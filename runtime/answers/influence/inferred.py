"""What influence functions add to answers: exact ones where all is finite, and cross-fitted ones elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import TYPE_CHECKING, Any

from ....compiler.program import Question
from ....grammar.syntax.program import Operation
from ...exact.distribution import NotExactError
from ...inference.influence import Overlap
from ...inference.sample import Sample, Samples
from ...streaming.sources import is_streamed
from ..answer import QueryAnswer
from ..answers import Answers
from ..effects import Estimate
from ..intervals import Interval
from ..querying import Reference
from .by_influence import FEWEST, Number, averaged, interval_of_number
from .functions import Moved, spread_out
from .one_step import CrossFitted, cross_fitted
from .queries import CorrectedPart, correctable, corrected_answer, corrected_setting
from .rows import RowsOfAll

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
        answered: Answers that replace those of queries, by name.
    """

    intervals: tuple[Interval, ...]
    overlaps: Mapping[str, tuple[Overlap, ...]]
    corrected: Mapping[str, Estimate] = field(default_factory=dict[str, Estimate])
    answered: Mapping[str, QueryAnswer] = field(default_factory=dict[str, QueryAnswer])


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

    Tables have exact influence functions. With other generators, effects and the numbers of queries are corrected and
    get intervals by cross-fitting.

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
        rows = RowsOfAll.read(program, data)
        numbers, overlaps = Moved(program, rows, adjusted=True).numbers(reference)
        return Inferred(tuple(interval_of_number(number, rows.sample) for number in numbers), overlaps)
    except NotExactError as reason:
        return _by_folds(program, answers, data, str(reason), seed, options)


def _by_folds(
    program: CompiledProgram, answers: Answers, data: Any, why: str, seed: int, options: Mapping[str, Any]
) -> Inferred:
    """The same by cross-fitting."""
    queries = {query.name for query in answers.queries if query.numbers and correctable(program[query.name])}
    effects = [question for question in program.asked.effects if not program.hedged(question)]
    unknown = _none(f"{why}; {BY_BOOTSTRAP}")
    numbers = sum(len(query.numbers) for query in answers.queries)
    if is_streamed(data):
        unknown = _none(
            f"{why}, and of a stream only finite answers have intervals; give the path itself to `fit` and `answer`, "
            "without `Stream`, if the rows fit into memory"
        )
        return Inferred((unknown,) * (numbers + len(effects)), {})
    if not effects and not queries:
        return Inferred((unknown,) * numbers, {})
    try:
        repeats = cross_fitted(program, data, queries, seed=seed, **options)
    except NotExactError as reason:
        return Inferred((*[unknown] * numbers, *[_none(f"{reason}; {BY_BOOTSTRAP}")] * len(effects)), {})
    intervals: list[Interval] = []
    sample = repeats[0].sample
    overlaps: dict[str, tuple[Overlap, ...]] = {}
    corrected: dict[str, Estimate] = {}
    answered: dict[str, QueryAnswer] = {}
    for query in answers.queries:
        try:
            parts = _parts(repeats, query) if query.name in queries else None
        except NotExactError as reason:
            parts, unknown = None, _none(f"{reason}; {BY_BOOTSTRAP}")
        if parts is None:
            intervals += [unknown] * len(query.numbers)
            continue
        found = [number for setting in parts for part in setting for number in part.numbers]
        intervals += [_within_bounds(number, sample) for number in found]
        overlaps[query.name] = tuple(dict.fromkeys(each for number in found for each in number.overlaps))
        answered[query.name] = corrected_answer(query, parts)
    for question in effects:
        try:
            number = averaged([_evaluated(crossed, question) for crossed in repeats])
        except NotExactError as reason:
            intervals.append(_none(f"{reason}; {BY_BOOTSTRAP}"))
            continue
        overlaps[question.name] = number.overlaps
        intervals.append(interval_of_number(number, sample))
        if number.effective >= FEWEST:
            corrected[question.name] = Estimate(number.value, nan, exact=False, rows=0, corrected=True)
    return Inferred(tuple(intervals), overlaps, corrected, answered)


def _evaluated(crossed: CrossFitted, question: Question) -> Number:
    """An effect by one division into folds, and how each row moves it."""
    rows = crossed.sample.rows
    moves = [spread_out(*each, rows) for each in crossed.evaluated(question)]
    *denominators, (value, moved) = moves
    return Number(value, moved, None, tuple(denominators), _is_ratio(question), tuple(crossed.overlaps))


def _parts(repeats: Sequence[CrossFitted], query: QueryAnswer) -> list[list[CorrectedPart]]:
    """The parts of a query's answer at each setting, corrected."""
    sampler = repeats[0].program[query.name]
    return [list(corrected_setting(repeats, sampler, setting)) for setting in query.settings]


def _within_bounds(number: Number, sample: Sample | Samples) -> Interval:
    """The interval of a number that its correction may have moved beyond its bounds."""
    if number.bounds is not None and not number.bounds[0] <= number.value <= number.bounds[1]:
        return _none(
            f"the correction gives {number.value:.3g}, which is no probability: too few rows show it; {BY_BOOTSTRAP}"
        )
    return interval_of_number(number, sample)


def _none(why: str) -> Interval:
    """No interval."""
    return Interval(nan, nan, nan, 0, 1, why)


def _is_ratio(question: Question) -> bool:
    return isinstance(question.syntax, Operation) and question.syntax.operator == "/"
