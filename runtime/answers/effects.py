"""Effects: arithmetic of expectations and probabilities, estimated with fitted samplers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from math import sqrt
from typing import Protocol, TypeAlias, assert_never

import numpy as np

from ...compiler.estimand.contraction import Array
from ...compiler.estimand.table import Table
from ...compiler.model.resolve import written
from ...grammar.expand import expanded
from ...grammar.formatting.query import format_term
from ...grammar.syntax.program import (
    Arithmetic,
    Assignment,
    Contrast,
    Expectation,
    Negative,
    Number,
    Operation,
    Probability,
    Shorthand,
    Term,
    Value,
)
from ..data.samples import Samples
from ..data.values import Values
from ..families.backoff import LEAST
from ..families.capabilities import tables_in
from ..sampler import Sampler
from .errors import divides_by_zero, mean_of_value
from .estimate import Estimate as Estimate
from .leaves import Leaf, numbers_of, state_of

SamplerOf: TypeAlias = Callable[[Leaf], Sampler]
"""The fitted sampler of a leaf's query; leaves of equal variables may share one."""

REPLICATE = "number of the replicate"
"""The name of the first axis of the distributions of several replicates: no variable can have it."""

ROWS = 100_000

Moved: TypeAlias = tuple[float, Array | None]
"""A number, and how each row moves it, ``(rows,)``; None where no row does."""


@dataclass(frozen=True, slots=True)
class Exact:
    """The exact distribution of the outcomes of a query in one fit or in each of several replicates.

    Args:
        table: Axes `REPLICATE`, then the outcomes.
        dust: How much of a probability may come from tables' pseudo-counts rather than from rows.
        moved: How each row moves the expectation of a function of the outcomes, ``(rows,)``, where that is needed.
    """

    table: Table
    dust: float
    moved: Callable[[Array], Array] | None = None

    def mean(self, name: str, numbers: Array | None) -> Part:
        """The mean of a finite outcome whose states are these numbers."""
        assert numbers is not None
        names = self.table.names[1:]
        return self._part(numbers.reshape([-1 if each == name else 1 for each in names]))

    def event(self, states: Mapping[str, int]) -> Part:
        """The probability of some states of the outcomes."""
        shape = self.table.array().shape[1:]
        event = np.zeros(shape)
        event[tuple(states.get(name, slice(None)) for name in self.table.names[1:])] = 1.0
        return self._part(event)

    def _part(self, function: Array) -> Part:
        array = self.table.array()
        function = np.broadcast_to(function, array.shape[1:])
        value = (array * function).reshape(len(array), -1).sum(-1)
        dust = self.dust * float(np.abs(function).max())
        return Part(value, None if self.moved is None else self.moved(function), dust)


class Known(Protocol):
    """What is known of the outcomes of a query at one setting of its inputs, without simulating them here."""

    def mean(self, name: str, numbers: Array | None) -> Part:
        """The mean of an outcome, whose states are these numbers if it is finite."""
        ...

    def event(self, states: Mapping[str, int]) -> Part:
        """The probability of some states of the outcomes."""
        ...


ExactOf: TypeAlias = Callable[[Sampler, Values, Values], Known | None]
"""The exact distribution of a sampler's outcomes at values of its inputs, or None where something is not finite."""


def evaluate(
    expression: Arithmetic, samplers: SamplerOf | Mapping[Leaf, Sampler], *, rows: int = ROWS, seed: int = 0
) -> Estimate:
    """The value of an effect.

    Each part is computed exactly where its network is finite, else from `rows` simulated rows. All parts
    are driven by the same noise, so what two arms share cancels in their difference; the standard error
    accounts for it, to first order in products and quotients.

    Args:
        expression: Such as ``E[y | do(x = 1)] - E[y | do(x = 0)]``.
        samplers: The fitted sampler of each leaf.
        rows: Rows to simulate for a part that is not exact.
        seed: Of the simulation.

    Raises:
        DofxError: E0427 for a part that is not a number, E0428 for a division by zero, and what
            `Sampler.sample` finds.
    """
    find = samplers.__getitem__ if isinstance(samplers, Mapping) else samplers
    evaluator = _Evaluator(find, rows, seed, exact_of)
    part = evaluator.visit(expression)
    if evaluator.by_zero:
        raise divides_by_zero()
    value = float(part.value[0])
    if part.influence is None:
        return Estimate(value, 0.0, exact=True, rows=0)
    error = float(part.influence.std(ddof=1)) / sqrt(rows) if rows > 1 else float("nan")
    return Estimate(value, error, exact=False, rows=rows)


def evaluate_each(expression: Arithmetic, samplers: SamplerOf, exact: ExactOf) -> Array:
    """The value of an effect in each of several replicates, NaN in one in which it divides by zero.

    Args:
        expression: The effect.
        samplers: For each leaf a sampler of its query.
        exact: The distributions of all replicates; it raises where one is not finite.

    Raises:
        DofxError: E0427 for a part that is not a number, and what `exact` raises.
    """
    return _Evaluator(samplers, 0, 0, exact).visit(expression).value


def evaluate_moved(expression: Arithmetic, samplers: SamplerOf, exact: ExactOf) -> list[Moved]:
    """The value of an effect and how each row moves it; its denominators come first.

    Args:
        expression: The effect.
        samplers: For each leaf a sampler of its query.
        exact: Distributions that know how rows move them; it raises where one is not finite.

    Raises:
        DofxError: E0427 for a part that is not a number, and what `exact` raises.
    """
    evaluator = _Evaluator(samplers, 0, 0, exact)
    part = evaluator.visit(expression)
    return [(float(each.value[0]), each.influence) for each in (*evaluator.denominators, part)]


@dataclass(frozen=True, slots=True)
class Part:
    """A number in each replicate, and how each simulated row moves it: ``value + mean(influence)`` to first order.

    One fit counts as one replicate. `dust` is how much of it may come from no row at all, but from the pseudo-counts of
    tables.
    """

    value: Array
    influence: Array | None = None
    dust: Array | float = 0.0

    def moved(self, other: Part, value: Array, mine: Array | float, others: Array | float) -> Part:
        """A function of two parts, from its value and its two derivatives."""
        terms = [d * p.influence for p, d in ((self, mine), (other, others)) if p.influence is not None]
        dust = np.abs(mine) * self.dust + np.abs(others) * other.dust
        return Part(value, np.sum(terms, axis=0) if terms else None, dust)


class _Evaluator:
    """What evaluates the parts of an effect.

    Attributes:
        by_zero: Whether something was divided by zero; the value there is NaN.
        denominators: What was divided by.
    """

    def __init__(self, samplers: SamplerOf, rows: int, seed: int, exact: ExactOf) -> None:
        self.samplers, self.rows, self.seed, self.exact = samplers, rows, seed, exact
        self.known: dict[Leaf, Part] = {}
        self.by_zero = False
        self.denominators: list[Part] = []

    def visit(self, expression: Arithmetic) -> Part:
        match expression:
            case Number(value):
                return Part(np.array([float(value)]))
            case Negative(operand):
                part = self.visit(operand)
                return Part(-part.value, None if part.influence is None else -part.influence, part.dust)
            case Operation(symbol, left, right):
                return self.operation(symbol, self.visit(left), self.visit(right))
            case Expectation():
                if expression not in self.known:
                    self.known[expression] = self.expectation(expression)
                return self.known[expression]
            case Probability():
                if expression not in self.known:
                    self.known[expression] = self.probability(expression)
                return self.known[expression]
            case Contrast() | Shorthand():
                return self.visit(expanded(expression))
            case _:
                assert_never(expression)

    def operation(self, symbol: str, left: Part, right: Part) -> Part:
        a, b = left.value, right.value
        match symbol:
            case "+":
                return left.moved(right, a + b, 1.0, 1.0)
            case "-":
                return left.moved(right, a - b, 1.0, -1.0)
            case "*":
                return left.moved(right, a * b, b, a)
            case "/":
                self.denominators.append(right)
                zero = np.abs(b) <= right.dust
                self.by_zero |= bool(zero.any())
                b = np.where(zero, np.nan, b)
                return left.moved(right, a / b, 1 / b, -a / b**2)
            case _:
                raise ValueError(f"{symbol} is not an operator")

    def expectation(self, leaf: Expectation) -> Part:
        asked = Asked.of(leaf, self.samplers(leaf))
        (name,), sampler = asked.outcomes, asked.sampler
        if leaf.outcome.value is not None:
            raise mean_of_value(name)
        numbers = numbers_of(name, sampler.types[name])
        found = self.exact(sampler, asked.do, asked.given)
        if found is not None:
            return found.mean(name, numbers)
        return _mean(asked.draw(self.rows, self.seed)[name].double().cpu().numpy())

    def probability(self, leaf: Probability) -> Part:
        asked = Asked.of(leaf, self.samplers(leaf))
        states, possible = dict[str, int](), True
        for name, term in zip(asked.outcomes, leaf.outcomes, strict=True):
            state = state_of(name, term, asked.sampler.types[name])
            possible &= states.setdefault(name, state) == state  # one event may be written twice
        part = self.event(asked, states)
        return part if possible else self.operation("*", part, Part(np.zeros(1)))

    def event(self, asked: Asked, states: Mapping[str, int]) -> Part:
        found = self.exact(asked.sampler, asked.do, asked.given)
        if found is not None:
            return found.event(states)
        samples = asked.draw(self.rows, self.seed)
        hits = [(samples.encoded[name] == state).cpu().numpy() for name, state in states.items()]
        return _mean(np.logical_and.reduce(hits).astype(np.float64))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a leaf asks of its sampler."""

    sampler: Sampler
    outcomes: tuple[str, ...]
    do: dict[str, Value]
    given: dict[str, Value]

    @staticmethod
    def of(leaf: Leaf, sampler: Sampler) -> Asked:
        """What a leaf asks, with the names that its outcomes have in the sampler."""
        terms = (leaf.outcome,) if isinstance(leaf, Expectation) else leaf.outcomes
        if not sampler.query.plain:  # the values of several worlds are in the network
            return Asked(sampler, _in_worlds(leaf, sampler), {}, {})
        names = tuple(_outcome(label(term), sampler) for term in terms)
        return Asked(sampler, names, _values(leaf.interventions), _values(leaf.conditions))

    def draw(self, rows: int, seed: int) -> Samples:
        """Rows of the outcomes."""
        return self.sampler.sample(rows, do=self.do, given=self.given, seed=seed)


def exact_of(sampler: Sampler, do: Values, given: Values) -> Exact | None:
    """The exact distribution of one fitted sampler; None where something is not finite."""
    table = sampler.outcome_table(do, given)
    if table is None:
        return None
    learned = [module for fit, module in sampler.modules.items() if not fit.is_policy]
    dust = pseudo_rows(read.smoothing for module in learned for read in tables_in(module))
    return Exact(Table((REPLICATE, *table.names), table.array()[None], table.states), dust)


def pseudo_rows(smoothing: Iterable[float]) -> float:
    """How much of an exact probability may come from the pseudo-counts of tables rather than from rows."""
    return min(LEAST, max(smoothing, default=0.0))


def _mean(rows: Array) -> Part:
    mean = rows.mean(keepdims=True)
    return Part(mean, rows - mean)


def label(part: Term | Assignment) -> str:
    """The name that a part of a query has in its answer: with its world, if it has one."""
    if isinstance(part, Assignment) or part.world is None:
        return part.name.text
    return format_term(replace(part, value=None))


def _outcome(name: str, sampler: Sampler) -> str:
    """The sampler's name of an outcome, written with or without its case."""
    names = sampler.network.query.outcomes
    return name if name in names else next(n for n in names if n.casefold() == name.casefold())


def _in_worlds(leaf: Leaf, sampler: Sampler) -> tuple[str, ...]:
    """The sampler's name of each event that is asked about; it has one for an event that is written twice."""
    query = sampler.network.query
    events = [replace(event, value=None) for event in written(leaf, query.mentioned).asked]
    names = dict(zip(dict.fromkeys(events), query.outcomes, strict=True))
    return tuple(names[event] for event in events)


def _values(terms: tuple[Term, ...] | tuple[Assignment, ...]) -> dict[str, Value]:
    """The values of a leaf's interventions or conditions; one without is left to the query's defaults."""
    return {label(term): term.value for term in terms if term.value is not None}
