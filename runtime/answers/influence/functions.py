"""How each row moves the numbers of a program's answers: influence functions, and intervals by them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np

from ....compiler.estimand.contraction import Array
from ....compiler.estimand.table import Table
from ....compiler.model.query import Query
from ....compiler.program import Question
from ....grammar.checks.names import no_such
from ....grammar.diagnostics.diagnostic import DofxError
from ....grammar.syntax.program import Arithmetic, Expectation, Operation, Probability
from ...data.values import Values
from ...exact.distribution import NotExactError
from ...inference.backward import Finite
from ...inference.fitted import finite, held
from ...inference.influence import Influence, Overlap
from ...inference.law import laws_of_rows
from ...sampler import Sampler
from ..asking import sampler_of
from ..effects import Exact, SamplerOf, evaluate_moved, exact_of
from ..effects import Moved as MovedNumber
from ..errors import no_influence_of_row, unknown_influence
from ..leaves import numbers_of
from ..querying import Reference, settings_of
from ..summaries import margins
from .by_influence import Number
from .rows import RowsOfAll

if TYPE_CHECKING:
    from ...program import CompiledProgram


class InfluenceValues(dict[str, Any]):
    """Values at rows by the name of an effect; one whose influence function is not known says why it is not there.

    Attributes:
        reasons: Why the influence function of an effect is not known, by its name.

    >>> values = InfluenceValues(risk=np.zeros(2))
    >>> values.reasons["cost"] = "its distribution is not finite"
    >>> list(values)
    ['risk']
    >>> values["cost"]
    Traceback (most recent call last):
    ...
    dofx.grammar.diagnostics.diagnostic.DofxError: error[E0453]: the influence function is not known
      = note: `cost`: its distribution is not finite
      = help: answer(rows, intervals="influence").influence has a value per row under trained generators too
      = help: find intervals by fitting again: answer(rows, intervals="bootstrap")
    """

    def __init__(self, *values: Any, **named: Any) -> None:
        super().__init__(*values, **named)
        self.reasons: dict[str, str] = {}

    def __missing__(self, name: str) -> Any:
        if name in self.reasons:
            raise unknown_influence(said({name: self.reasons[name]}))
        raise no_such("there is no influence of an effect", name, self)


@dataclass(slots=True)
class Moved:
    """The influence functions of a fitted program at some rows.

    Args:
        program: The program.
        rows: The distinct rows of each data set.
        adjusted: Whether each cell of a table counts as one row fewer than it has, so that variances have no bias.
        networks: The finite network of each query, as far as they were needed.
        overlaps: What the draws of the question at hand rest on.
        found: The influence functions of all expectations so far.
    """

    program: CompiledProgram
    rows: RowsOfAll
    adjusted: bool = False
    networks: dict[Query, Finite] = field(default_factory=dict[Query, Finite])
    overlaps: list[Overlap] = field(default_factory=list[Overlap])
    found: list[Influence] = field(default_factory=list[Influence])

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
            laws = self.program.laws
            if laws is None and self.rows.dataset is not None:
                laws = laws_of_rows(self.rows.dataset, [sampler.network])
            if laws is None:
                raise NotExactError("the law of its rows is not known")
            self.networks[kernel] = finite(sampler, laws)
        found = self.networks[kernel].influence(held(sampler, do, given), functions, adjusted=self.adjusted)
        self.overlaps += found.overlaps
        self.found.append(found)
        values = self.rows.at(found)
        undefined = np.flatnonzero(np.isnan(values).any(axis=0))
        if len(undefined):
            raise _no_derivative(self.rows.row_of(int(undefined[0])), found.overlaps)
        return values

    def effects(self) -> InfluenceValues:
        """The influence function of each identifiable effect at the rows of each data set, ``(rows,)``."""
        found = InfluenceValues()
        for question in self.program.asked.effects:
            if self.program.hedged(question):
                continue
            try:
                *_, (_, moved) = self._evaluated(question)
            except NotExactError as reason:
                found.reasons[question.name] = str(reason)
            else:
                values = self.rows.by_row(spread_out(0.0, moved, self.rows.count)[1])
                found[question.name] = self.rows.of_all(values)
        return found

    def _evaluated(self, question: Question) -> list[MovedNumber]:
        return evaluate_moved(question.syntax, partial(sampler_of, self.program, question), self._exact)

    def number(self, expression: Arithmetic, samplers: SamplerOf) -> Number:
        """A combination of expectations and probabilities, with how each row moves it.

        Raises:
            NotExactError: If a network is not finite.
            DofxError: What `evaluate_moved` finds.
        """
        self.overlaps.clear()
        found = [
            spread_out(*each, self.rows.count) for each in evaluate_moved(expression, samplers, self._exact)
        ]
        *below, (value, moved) = found
        is_ratio = isinstance(expression, Operation) and expression.operator == "/"
        return Number(value, moved, None, tuple(below), is_ratio, tuple(self.overlaps))

    def _exact(self, sampler: Sampler, do: Values, given: Values) -> Exact:
        found = exact_of(sampler, do, given)
        if found is None:
            raise NotExactError("its distribution is not finite")

        def moved(function: Array) -> Array:
            (values,) = self.expectations(sampler, do, given, function[None])
            return np.asarray(values)

        return Exact(found.table, found.dust, moved)

    def numbers(self, question: Question, reference: Reference) -> list[Number]:
        """The numbers of one question as in `Answers.numbers`, each with its influence function.

        Args:
            question: A query, or an effect that is identifiable.
            reference: The values of open inputs at which queries are answered.

        Raises:
            NotExactError: If a network is not finite.
            DofxError: E0453 for a row that has no influence function.
        """
        self.overlaps.clear()
        if question in self.program.asked.queries:
            return list(self._of_query(question, reference))
        return [self._of_effect(question)]

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
                yield Number(float(value), each, apart(function), overlaps=overlaps)

    def _of_effect(self, question: Question) -> Number:
        try:
            number = self.number(question.syntax, partial(sampler_of, self.program, question))
        except DofxError:
            return Number(nan, np.full(self.rows.count, nan))
        return replace(number, bounds=bounds_of(self.program, question))


def bounds_of(program: CompiledProgram, question: Question) -> tuple[float, float] | None:
    """The bounds of an effect that is a single probability or the mean of a finite outcome."""
    leaf = question.syntax
    if isinstance(leaf, Probability):
        return 0.0, 1.0
    if not isinstance(leaf, Expectation):
        return None
    (name,) = question.queries[0].outcomes
    variable = question.queries[0].roles[name]
    numbers = numbers_of(name, program.types[variable])
    return None if numbers is None else apart(numbers)


def influence(program: CompiledProgram, data: Any) -> InfluenceValues:
    """The influence function of each identifiable effect of a fitted program, where it is known.

    Returns:
        Of each effect the values at some rows, ``(rows,)``, or with several data sets those of each by its name.

    Raises:
        DofxError: E0453 where it is known of no effect, and faults of the rows (see `read_data`).
    """
    found = Moved(program, RowsOfAll.read(program, data, weighed=False)).effects()
    if found.reasons and not found:
        raise unknown_influence(said(found.reasons))
    if not program.several:
        found.update({name: next(iter(each.values())) for name, each in found.items()})
    return found


def said(reasons: Mapping[str, str]) -> tuple[str, ...]:
    """Why the influence functions of some effects are not known, in a sentence for each."""
    return tuple(f"`{name}`: {reason}" for name, reason in reasons.items())


def spread_out(value: float, moved: Array | None, rows: int) -> tuple[float, Array]:
    """A number, and how each row moves it: 0 where no row does."""
    return value, np.zeros(rows) if moved is None else moved


def apart(numbers: Array) -> tuple[float, float] | None:
    """The least and the largest of some numbers; None where they are equal."""
    low, high = float(numbers.min()), float(numbers.max())
    return (low, high) if low < high else None


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


def _no_derivative(row: str, overlaps: Sequence[Overlap]) -> DofxError:
    unseen = max(overlaps, key=lambda each: each.unseen)
    return no_influence_of_row(row, unseen.draw)
