"""How each row moves the numbers of a program's answers: influence functions, and intervals by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import nan, prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...compiler.estimand.contraction import Array
from ...compiler.estimand.table import Table
from ...compiler.model.query import Query
from ...compiler.program import Question
from ...grammar.diagnostics import DofxError
from ...grammar.syntax import Expectation, Operation, Probability
from ..data.dataset import Dataset, read_data
from ..data.values import Values
from ..exact.distribution import NotExactError
from ..inference.backward import Finite
from ..inference.fitted import finite, held
from ..inference.influence import Overlap
from ..sampler import Sampler
from ..variables import Finite as FiniteType
from ..variables import fault
from .answers import Answers
from .asking import sampler_of
from .by_influence import Number, interval_of_number
from .effects import Estimate, Exact, evaluate_moved, exact_of
from .effects import Moved as MovedNumber
from .intervals import Interval
from .leaves import numbers_of
from .one_step import cross_fitted
from .querying import Reference, settings_of
from .summaries import margins

if TYPE_CHECKING:
    from ..program import CompiledProgram


BY_BOOTSTRAP = 'intervals="bootstrap" finds one'
"""What to do where influence functions give no interval."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Distinct rows at which influence functions are asked.

    Args:
        states: The state number of each variable, ``(distinct rows,)``.
        times: How often each of them occurs, ``(distinct rows,)``.
        place: Which of them each row is, ``(rows,)``.
    """

    states: Mapping[str, NDArray[np.int64]]
    times: Array
    place: NDArray[np.int64]

    @classmethod
    def of(cls, dataset: Dataset) -> Rows:
        """The finite variables of the rows of a data set."""
        names = [name for name in dataset.names if isinstance(dataset.types[name], FiniteType)]
        columns = [dataset[name].cpu().numpy().astype(np.int64) for name in names]
        sizes = [int(column.max(initial=0)) + 1 for column in columns]
        if prod(sizes) < 1 << 62:
            flat = np.ravel_multi_index(columns, sizes) if columns else np.zeros(dataset.rows, np.int64)
        else:
            flat = np.unique(np.stack(columns), axis=1, return_inverse=True)[1].reshape(-1)
        _, first, place, times = np.unique(flat, return_index=True, return_inverse=True, return_counts=True)
        states = {name: column[first] for name, column in zip(names, columns, strict=True)}
        return cls(states, times.astype(np.float64), place.reshape(-1))

    @property
    def count(self) -> int:
        """The number of distinct rows."""
        return len(self.times)


@dataclass(slots=True)
class Moved:
    """The influence functions of a fitted program at some rows.

    Args:
        program: The program.
        rows: The rows.
        adjusted: Whether each cell of a table counts as one row fewer than it has, so that variances have no bias.
        networks: The finite network of each query, as far as they were needed.
        overlaps: What the draws of the question at hand rest on.
    """

    program: CompiledProgram
    rows: Rows
    adjusted: bool = False
    networks: dict[Query, Finite] = field(default_factory=dict[Query, Finite])
    overlaps: list[Overlap] = field(default_factory=list[Overlap])

    def expectations(self, sampler: Sampler, do: Values, given: Values, functions: Array) -> Array:
        """The influence functions of expectations of a sampler's outcomes, ``(numbers, distinct rows)``.

        Args:
            sampler: The sampler.
            do: Values of interventions.
            given: Values of conditions.
            functions: What is averaged, ``(numbers, *states of the outcomes)``.

        Raises:
            NotExactError: If the network is not finite.
            DofxError: E0453 for a row that has no influence function, and as `read_inputs`.
        """
        kernel = sampler.query.kernel
        if kernel not in self.networks:
            law = self.program.law
            if law is None:
                raise NotExactError("the law of its rows is not known")
            self.networks[kernel] = finite(sampler, law)
        found = self.networks[kernel].influence(held(sampler, do, given), functions, adjusted=self.adjusted)
        self.overlaps += found.overlaps
        values = found.at(self.rows.states, self.rows.count)
        undefined = np.flatnonzero(np.isnan(values).any(axis=0))
        if len(undefined):
            row = int((self.rows.place == undefined[0]).argmax())
            raise _no_derivative(row, found.overlaps)
        return values

    def effects(self) -> dict[str, Array]:
        """The influence function of each identifiable effect, ``(rows,)``."""
        found: dict[str, Array] = {}
        for question in self.program.asked.effects:
            if not self.program.hedged(question):
                *_, (_, moved) = self._evaluated(question)
                found[question.name] = _spread_out(0.0, moved, self.rows.count)[1][self.rows.place]
        return found

    def _evaluated(self, question: Question) -> list[MovedNumber]:
        return evaluate_moved(question.syntax, partial(sampler_of, self.program, question), self._exact)

    def _exact(self, sampler: Sampler, do: Values, given: Values) -> Exact:
        found = exact_of(sampler, do, given)
        if found is None:
            raise NotExactError("its distribution is not finite")

        def moved(function: Array) -> Array:
            (values,) = self.expectations(sampler, do, given, function[None])
            return np.asarray(values)

        return Exact(found.table, found.dust, moved)

    def numbers(self, reference: Reference) -> tuple[list[Number], dict[str, tuple[Overlap, ...]]]:
        """Each of `Answers.numbers` with its influence function, and what the draws of each answer rest on."""
        numbers: list[Number] = []
        rests: dict[str, tuple[Overlap, ...]] = {}
        for question in (*self.program.asked.queries, *self.program.asked.effects):
            if self.program.hedged(question):
                continue
            self.overlaps.clear()
            is_query = question in self.program.asked.queries
            numbers += self._of_query(question, reference) if is_query else [self._of_effect(question)]
            rests[question.name] = tuple(self.overlaps)
        return numbers, rests

    def _of_query(self, question: Question, reference: Reference) -> Iterator[Number]:
        sampler, mean = self.program[question.name], isinstance(question.syntax, Expectation)
        for do, given in settings_of(sampler, reference, mean=mean):
            before = len(self.overlaps)
            table = self._exact(sampler, do, given).table
            functions = _functions(table, sampler, mean=mean)
            values = functions.reshape(len(functions), -1) @ table.array().reshape(-1)
            moved = self.expectations(sampler, do, given, functions)
            overlaps = tuple(self.overlaps[before:])
            for value, each, function in zip(values, moved, functions, strict=True):
                bounds = float(function.min()), float(function.max())
                yield Number(float(value), each, _apart(bounds), overlaps=overlaps)

    def _of_effect(self, question: Question) -> Number:
        try:
            found = [_spread_out(*each, self.rows.count) for each in self._evaluated(question)]
        except DofxError:
            return Number(nan, np.full(self.rows.count, nan))
        *below, (value, moved) = found
        bounds = self._bounds(question)
        return Number(value, moved, bounds, tuple(below), _is_ratio(question), tuple(self.overlaps))

    def _bounds(self, question: Question) -> tuple[float, float] | None:
        """The bounds of an effect that is a single probability or mean."""
        leaf = question.syntax
        if isinstance(leaf, Probability):
            return 0.0, 1.0
        if not isinstance(leaf, Expectation):
            return None
        (name,) = question.queries[0].outcomes
        numbers = numbers_of(name, self.program.types[name])
        return None if numbers is None else _apart((float(numbers.min()), float(numbers.max())))


def influence(program: CompiledProgram, data: Any) -> dict[str, Array]:
    """The influence function of each identifiable effect of a fitted program at some rows.

    Raises:
        DofxError: E0453 where it is not known, and what `read_data` finds in the rows.
    """
    try:
        return Moved(program, _rows(program, data)).effects()
    except NotExactError as reason:
        raise _unknown(str(reason)) from None


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
        rows = _rows(program, data)
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
            found = [_spread_out(*each, len(times)) for each in crossed.evaluated(question)]
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


def _spread_out(value: float, moved: Array | None, rows: int) -> tuple[float, Array]:
    """A number, and how each row moves it: 0 where no row does."""
    return value, np.zeros(rows) if moved is None else moved


def _is_ratio(question: Question) -> bool:
    return isinstance(question.syntax, Operation) and question.syntax.operator == "/"


def _apart(bounds: tuple[float, float]) -> tuple[float, float] | None:
    return bounds if bounds[0] < bounds[1] else None


def _rows(program: CompiledProgram, data: Any) -> Rows:
    names = program.columns
    types = {name: program.types[name] for name in names if name in program.types}
    return Rows.of(read_data(data, names, types))


def _functions(table: Table, sampler: Sampler, *, mean: bool) -> Array:
    """The functions of the outcomes whose expectations are a query's numbers at one setting."""
    names, shape = table.names[1:], table.array().shape[1:]
    if mean:
        numbers = numbers_of(names[0], sampler.types[names[0]])
        assert numbers is not None
        return numbers[None]
    found: list[Array] = []
    for part in margins(Table(names, table.array()[0])):
        size = part.array().size
        cells = np.eye(size).reshape(size, *part.array().shape)
        places = [part.names.index(name) if name in part.names else None for name in names]
        order = [0, *(place + 1 for place in places if place is not None)]
        spread = tuple(slice(None) if place is not None else None for place in places)
        moved = cells.transpose(order)[(slice(None), *spread)]
        found.append(np.broadcast_to(moved, (size, *shape)))
    return np.concatenate(found)


def _no_derivative(row: int, overlaps: Sequence[Overlap]) -> DofxError:
    unseen = max(overlaps, key=lambda each: each.unseen)
    return fault(
        "E0453",
        f"row {row} has no influence function: the law that was fitted has no such rows",
        (f"{unseen.draw} is asked conditions that no row shows",),
        ("leave such rows out",),
    )


def _unknown(reason: str) -> DofxError:
    return fault(
        "E0453",
        "the influence function is not known",
        (reason,),
        ('find intervals by fitting again: answer(rows, intervals="bootstrap")',),
    )
