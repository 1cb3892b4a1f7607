"""How each row moves the numbers of a program's answers: influence functions, and intervals by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...compiler.estimand.contraction import Array
from ...compiler.estimand.table import Table
from ...compiler.model.query import Query
from ...grammar.diagnostics import DofxError
from ...grammar.syntax import Expectation
from ..data.dataset import Dataset, read_data
from ..data.values import Values
from ..exact.distribution import NotExactError
from ..inference.backward import Finite
from ..inference.fitted import finite, held
from ..inference.influence import Influence, Overlap
from ..sampler import Sampler
from ..variables import fault
from .asking import sampler_of
from .effects import Exact, evaluate_moved, exact_of
from .intervals import Interval, interval_by_influence
from .leaves import numbers_of
from .querying import Reference, settings_of
from .summaries import margins

if TYPE_CHECKING:
    from ..program import CompiledProgram


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows at which influence functions are asked.

    Args:
        states: The state number of each variable, ``(rows,)``.
        count: The number of rows.
    """

    states: Mapping[str, NDArray[np.int64]]
    count: int

    @classmethod
    def of(cls, dataset: Dataset) -> Rows:
        """The rows of a data set."""
        return cls({name: dataset[name].cpu().numpy() for name in dataset.names}, dataset.rows)


@dataclass(slots=True)
class Moved:
    """The influence functions of a fitted program at some rows.

    Args:
        program: The program.
        rows: The rows.
        networks: The finite network of each query, as far as they were needed.
    """

    program: CompiledProgram
    rows: Rows
    networks: dict[Query, Finite] = field(default_factory=dict[Query, Finite])

    def expectations(self, sampler: Sampler, do: Values, given: Values, functions: Array) -> Array:
        """The influence functions of expectations of a sampler's outcomes, ``(numbers, rows)``.

        Args:
            sampler: The sampler.
            do: Values of interventions.
            given: Values of conditions.
            functions: What is averaged, ``(numbers, *states of the outcomes)``.

        Raises:
            NotExactError: If the network is not finite.
            DofxError: E0453 for a row that has no influence function, and as `read_inputs`.
        """
        return self._at_rows(self._influence(sampler, do, given, functions))

    def _influence(self, sampler: Sampler, do: Values, given: Values, functions: Array) -> Influence:
        kernel = sampler.query.kernel
        if kernel not in self.networks:
            law = self.program.law
            if law is None:
                raise NotExactError("the law of its rows is not known")
            self.networks[kernel] = finite(sampler, law)
        return self.networks[kernel].influence(held(sampler, do, given), functions)

    def _at_rows(self, influence: Influence) -> Array:
        found = influence.at(self.rows.states, self.rows.count)
        undefined = np.flatnonzero(np.isnan(found).any(axis=0))
        if len(undefined):
            raise _no_derivative(int(undefined[0]), influence.overlaps)
        return found

    def effects(self) -> dict[str, Array]:
        """The influence function of each identifiable effect, ``(rows,)``."""
        program = self.program
        found: dict[str, Array] = {}
        for question in program.asked.effects:
            if not program.hedged(question):
                _, moved = evaluate_moved(
                    question.syntax, partial(sampler_of, program, question), self._exact
                )
                found[question.name] = np.zeros(self.rows.count) if moved is None else moved
        return found

    def _exact(self, sampler: Sampler, do: Values, given: Values) -> Exact:
        found = exact_of(sampler, do, given)
        if found is None:
            raise NotExactError("its distribution is not finite")

        def moved(function: Array) -> Array:
            (values,) = self.expectations(sampler, do, given, function[None])
            return np.asarray(values)

        return Exact(found.table, found.dust, moved)

    def numbers(self, reference: Reference) -> Array:
        """The influence function of each of `Answers.numbers`, ``(numbers, rows)``; NaN where there is no value."""
        program, count = self.program, self.rows.count
        found: list[Array] = []
        for question in program.asked.queries:
            if not program.identifications[question.queries[0].kernel]:
                continue
            sampler, mean = program[question.name], isinstance(question.syntax, Expectation)
            for do, given in settings_of(sampler, reference, mean=mean):
                table = self._exact(sampler, do, given).table
                found.append(self.expectations(sampler, do, given, _functions(table, sampler, mean=mean)))
        for question in program.asked.effects:
            if program.hedged(question):
                continue
            try:
                _, moved = evaluate_moved(
                    question.syntax, partial(sampler_of, program, question), self._exact
                )
            except DofxError:
                moved = np.full(count, np.nan)
            found.append(np.zeros((1, count)) if moved is None else moved[None])
        return np.concatenate(found) if found else np.empty((0, count))


def influence(program: CompiledProgram, data: Any) -> dict[str, Array]:
    """The influence function of each identifiable effect of a fitted program at some rows.

    Raises:
        DofxError: E0453 where it is not known, and what `read_data` finds in the rows.
    """
    try:
        return Moved(program, _rows(program, data)).effects()
    except NotExactError as reason:
        raise _unknown(str(reason)) from None


def intervals_by_influence(
    program: CompiledProgram, data: Any, numbers: Sequence[float], reference: Reference
) -> list[Interval]:
    """The intervals of all numbers in a fitted program's answers.

    Args:
        program: Fitted.
        data: What it was fitted on.
        numbers: The numbers, as `Answers.numbers` has them.
        reference: The values at which queries are answered that leave inputs open.

    Raises:
        DofxError: As `influence`.
    """
    rows = _rows(program, data)
    try:
        moved = Moved(program, rows).numbers(reference)
    except NotExactError as reason:
        raise _unknown(str(reason)) from None
    return [interval_by_influence(value, each) for value, each in zip(numbers, moved, strict=True)]


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
