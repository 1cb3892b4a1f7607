"""What influence functions add to answers: exact ones where all is finite, and cross-fitted ones elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np

from ....compiler.estimand.contraction import Array
from ....compiler.program import Question
from ....grammar.syntax.program import Operation
from ...exact.distribution import NotExactError
from ...inference.influence import Overlap
from ...streaming.sources import is_streamed
from ..answer import QueryAnswer
from ..answers import Answers
from ..effects import Estimate
from ..intervals import Interval
from ..querying import Reference
from .by_influence import FEWEST, Number, interval_of_number
from .crossing import Corrected, Numbers, by_bootstrap, corrected
from .functions import Moved, bounds_of, spread_out
from .one_step import CrossFitted
from .queries import correctable, corrected_answer, numbers_of_query
from .rows import RowsOfAll

if TYPE_CHECKING:
    from ...program import CompiledProgram


@dataclass(frozen=True, slots=True)
class Inferred:
    """What influence functions add to answers.

    Args:
        intervals: The interval of each of `Answers.numbers`.
        overlaps: What the draws of each answer rest on, by its name.
        corrected: Estimates that replace those of effects, by name.
        answered: Answers that replace those of queries, by name.
        influence: How each row moves effects, by name: see `EffectAnswer.influence`.
    """

    intervals: tuple[Interval, ...]
    overlaps: Mapping[str, tuple[Overlap, ...]]
    corrected: Mapping[str, Estimate]
    answered: Mapping[str, QueryAnswer]
    influence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _OfQuestion:
    """What influence functions add to the answer to one question.

    Args:
        intervals: The interval of each of its numbers.
        overlaps: What its draws rest on.
        corrected: The estimate that replaces the one of an effect.
        answered: The answer that replaces that to a query.
        influence: How each row of each data set moves an effect, ``(rows,)``.
    """

    intervals: tuple[Interval, ...]
    overlaps: tuple[Overlap, ...] = ()
    corrected: Estimate | None = None
    answered: QueryAnswer | None = None
    influence: Mapping[str, Array] | None = None


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

    A question whose generators are all tables has exact influence functions, whatever else the program asks. The
    numbers of the others are corrected and get intervals by cross-fitting.

    Args:
        program: Fitted.
        answers: Its answers.
        data: What it was fitted on.
        reference: The values of open inputs at which queries are answered.
        seed: Of cross-fitting.
        options: Of the fits outside of each fold, as for `Sampler.fit`.

    Raises:
        DofxError: E0453 for a row without an influence function, and what `fit` and `read_data` find.
    """
    questions = [
        question
        for question in (*program.asked.queries, *program.asked.effects)
        if not program.hedged(question)
    ]
    rows: RowsOfAll | None = None
    try:
        rows = RowsOfAll.read(program, data)
        found, others = _exactly(program, rows, reference, questions)
    except NotExactError as reason:
        found, others = dict[str, _OfQuestion](), {question.name: str(reason) for question in questions}
    if others:
        found |= _by_folds(program, answers, data, others, seed, options)
    return Inferred(
        tuple(interval for question in questions for interval in found[question.name].intervals),
        {name: each.overlaps for name, each in found.items()},
        {name: each.corrected for name, each in found.items() if each.corrected is not None},
        {name: each.answered for name, each in found.items() if each.answered is not None},
        {} if rows is None else _columns(program, rows, found),
    )


def _columns(program: CompiledProgram, rows: RowsOfAll, found: Mapping[str, _OfQuestion]) -> dict[str, Any]:
    """How each row moves effects, by name: at all rows of the data set, or of each of several by its name."""
    known = {name: each.influence for name, each in found.items() if each.influence is not None}
    columns = {name: rows.of_all(each) for name, each in known.items()}
    return columns if program.several else {name: next(iter(each.values())) for name, each in columns.items()}


def _exactly(
    program: CompiledProgram, rows: RowsOfAll, reference: Reference, questions: Sequence[Question]
) -> tuple[dict[str, _OfQuestion], dict[str, str]]:
    """What is found of the questions whose generators are all tables, and why not of the others, by name."""
    found: dict[str, _OfQuestion] = {}
    others: dict[str, str] = {}
    moved, sample = Moved(program, rows, adjusted=True), rows.sample
    for question in questions:
        try:
            numbers = moved.numbers(question, reference)
        except NotExactError as reason:
            others[question.name] = str(reason)
            continue
        intervals = tuple(interval_of_number(number, sample) for number in numbers)
        found[question.name] = _OfQuestion(intervals, tuple(moved.overlaps))
        if question in program.asked.effects and rows.dataset is None and np.isfinite(numbers[0].moved).all():
            column = rows.by_row(numbers[0].moved)
            found[question.name] = replace(found[question.name], influence=column)
    return found, others


def _by_folds(
    program: CompiledProgram,
    answers: Answers,
    data: Any,
    whys: Mapping[str, str],
    seed: int,
    options: Mapping[str, Any],
) -> dict[str, _OfQuestion]:
    """What is found by cross-fitting of the questions that are not exact, by name, with why each of them is not."""
    numbers = {name: len(query.numbers) for query in answers.queries if (name := query.name) in whys}
    effects = [question for question in program.asked.effects if question.name in whys]
    numbers |= {question.name: 1 for question in effects}

    def none(name: str, why: str) -> _OfQuestion:
        return _OfQuestion((_no_interval(why),) * numbers[name])

    if is_streamed(data):
        hint = (
            "and of a stream only finite answers have intervals; give the path itself to `fit` and `answer`, "
            "without `Stream`, if the rows fit into memory"
        )
        return {name: none(name, f"{why}, {hint}") for name, why in whys.items()}
    queries = [
        query
        for query in answers.queries
        if query.name in whys and query.numbers and correctable(program[query.name])
    ]
    asked = [*(query.name for query in queries), *(question.name for question in effects)]
    found = {name: none(name, f"{why}; {by_bootstrap()}") for name, why in whys.items() if name not in asked}
    if not asked:
        return found
    numbering: dict[str, Numbers] = {query.name: partial(numbers_of_query, query=query) for query in queries}
    numbering |= {question.name: partial(numbers_of_effect, question=question) for question in effects}
    answering = {query.name: partial(_query, query=query) for query in queries}
    for name, each in corrected(program, data, numbering, seed, options).items():
        found[name] = none(name, each) if isinstance(each, str) else answering.get(name, _effect)(each)
    return found


def _query(each: Corrected, query: QueryAnswer) -> _OfQuestion:
    """The answer to a query, corrected, with an interval for each of its numbers."""
    numbers = each.numbers
    intervals = tuple(interval_of_number(number, each.crossed[0].sample) for number in numbers)
    overlaps = tuple(dict.fromkeys(overlap for number in numbers for overlap in number.overlaps))
    answered = corrected_answer(query, [number.value for number in numbers])
    return _OfQuestion(intervals, overlaps, answered=answered)


def _effect(each: Corrected) -> _OfQuestion:
    """An effect, corrected, with its interval."""
    (number,) = each.numbers
    estimate = Estimate(number.value, nan, exact=False, rows=0, corrected=True)
    interval = interval_of_number(number, each.crossed[0].sample)
    if number.effective < FEWEST:
        return _OfQuestion((interval,), number.overlaps)
    column = each.crossed[0].by_row(number.moved)
    return _OfQuestion((interval,), number.overlaps, estimate, influence=column)


def numbers_of_effect(crossed: CrossFitted, question: Question) -> list[Number]:
    """An effect by one division into folds, as the only number of its answer."""
    return [evaluated(crossed, question)]


def evaluated(crossed: CrossFitted, question: Question) -> Number:
    """An effect by one division into folds, and how each row moves it."""
    rows = crossed.sample.rows
    moves = [spread_out(*each, rows) for each in crossed.evaluated(question)]
    *denominators, (value, moved) = moves
    bounds, overlaps = bounds_of(crossed.program, question), tuple(crossed.overlaps)
    return Number(value, moved, bounds, tuple(denominators), _is_ratio(question), overlaps)


def _no_interval(why: str) -> Interval:
    return Interval(nan, nan, nan, 0, 1, why)


def _is_ratio(question: Question) -> bool:
    return isinstance(question.syntax, Operation) and question.syntax.operator == "/"
