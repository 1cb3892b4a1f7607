"""Summaries: the distribution of an outcome in a few numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, product
from math import prod
from typing import Any, TypeAlias

import numpy as np

from ...compiler.estimand.contraction import Array
from ...compiler.estimand.table import Table
from ...grammar.diagnostics.width import printable
from ...grammar.syntax.program import Value
from ..data.samples import Samples
from ..data.values import Values
from ..sampler import Sampler
from ..variables import Finite, Real, Text, VariableType
from .effects import REPLICATE
from .intervals import Interval
from .leaves import numbers_of

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_EVENTS = 32
"""Largest joint table that is given whole; a larger one is given by its margins."""

MOST_TEXTS = 5


@dataclass(frozen=True, slots=True)
class Chances:
    """Probabilities of the states of one finite outcome, or of several jointly.

    Args:
        variables: The outcomes.
        events: Pairs of their values and the probability of these.
    """

    variables: tuple[str, ...]
    events: tuple[tuple[tuple[Value, ...], float], ...]

    @property
    def numbers(self) -> tuple[float, ...]:
        """The probabilities."""
        return tuple(p for _, p in self.events)

    @property
    def quantities(self) -> tuple[str, ...]:
        """What each of the numbers is."""
        return tuple(f"P({event_text(self.variables, values)})" for values, _ in self.events)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        events = [{"values": list(values), "probability": p} for values, p in self.events]
        return {"variables": list(self.variables), "events": events}


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of an outcome, if the query asks for a mean.

    Args:
        variable: The outcome.
        mean: Its mean.
        sd: Its standard deviation, by which the mean is rounded.
    """

    variable: str
    mean: float
    sd: float

    @property
    def numbers(self) -> tuple[float, ...]:
        """The mean."""
        return (self.mean,)

    @property
    def quantities(self) -> tuple[str, ...]:
        """What the number is."""
        return (f"mean of {self.variable}",)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"variable": self.variable, "mean": self.mean}


@dataclass(frozen=True, slots=True)
class Moments:
    """Mean, standard deviation and quantiles of a real outcome.

    Args:
        variable: The outcome.
        mean: Its mean.
        sd: Its standard deviation.
        quantiles: Its quantiles at `LEVELS`.
    """

    variable: str
    mean: float
    sd: float
    quantiles: tuple[float, ...]

    @property
    def numbers(self) -> tuple[float, ...]:
        """Mean, standard deviation and quantiles."""
        return (self.mean, self.sd, *self.quantiles)

    @property
    def quantities(self) -> tuple[str, ...]:
        """What each of the numbers is."""
        parts = ("mean", "sd", *("median" if level == 0.5 else f"{level:.0%} quantile" for level in LEVELS))
        return tuple(f"{part} of {self.variable}" for part in parts)

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        quantiles = {str(level): value for level, value in zip(LEVELS, self.quantiles, strict=True)}
        return {"variable": self.variable, "mean": self.mean, "sd": self.sd, "quantiles": quantiles}


@dataclass(frozen=True, slots=True)
class Extent:
    """Mean and standard deviation over all entries of a vector or image.

    Args:
        variable: The outcome.
        shape: Of one value.
        mean: Over rows and entries.
        sd: Over rows and entries.
    """

    variable: str
    shape: tuple[int, ...]
    mean: float
    sd: float

    @property
    def numbers(self) -> tuple[float, ...]:
        """Mean and standard deviation."""
        return (self.mean, self.sd)

    @property
    def quantities(self) -> tuple[str, ...]:
        """What each of the numbers is."""
        return (f"mean of {self.variable}", f"sd of {self.variable}")

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {"variable": self.variable, "shape": list(self.shape), "mean": self.mean, "sd": self.sd}


@dataclass(frozen=True, slots=True)
class Wordings:
    """The most frequent texts of an outcome.

    Args:
        variable: The outcome.
        texts: At most `MOST_TEXTS` of them, each with its share of the rows.
    """

    variable: str
    texts: tuple[tuple[str, float], ...]

    @property
    def numbers(self) -> tuple[float, ...]:
        """None: other data have other texts."""
        return ()

    @property
    def quantities(self) -> tuple[str, ...]:
        """None."""
        return ()

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "variable": self.variable,
            "texts": [{"text": text, "share": share} for text, share in self.texts],
        }


Summary: TypeAlias = Chances | Mean | Moments | Extent | Wordings


@dataclass(frozen=True, slots=True)
class Summaries:
    """The outcomes of a query at one setting of its inputs.

    Args:
        parts: A summary of each part of the outcomes.
        rows: Rows drawn to find it, or 0 if it is exact under the fitted generators.
        intervals: For each part, how far each of its `numbers` would vary between data sets, if requested.
        corrected: Whether rows that generators were not trained on corrected the numbers.
    """

    parts: tuple[Summary, ...]
    rows: int
    intervals: tuple[tuple[Interval, ...], ...] = ()
    corrected: bool = False

    @property
    def numbers(self) -> tuple[float, ...]:
        """The numbers of all parts."""
        return tuple(chain.from_iterable(part.numbers for part in self.parts))

    @property
    def quantities(self) -> tuple[str, ...]:
        """What each of the numbers is."""
        return tuple(chain.from_iterable(part.quantities for part in self.parts))

    def to_json(self) -> list[dict[str, Any]]:
        """Plain data of each part."""
        written = [part.to_json() for part in self.parts]
        for part, intervals in zip(written, self.intervals, strict=False):
            part["intervals"] = [interval.to_json() for interval in intervals]
        return written

    def with_intervals(self, intervals: Iterator[Interval]) -> Summaries:
        """The summaries with an interval for each number, taken in turn."""
        return replace(self, intervals=tuple(tuple(islice(intervals, len(p.numbers))) for p in self.parts))


def summarise(sampler: Sampler, do: Values, given: Values, rows: int, seed: int) -> Summaries:
    """The outcomes of a fitted sampler: exactly where all is finite, else from simulated rows.

    Raises:
        DofxError: What `Sampler.sample` finds.
    """
    outcomes = sampler.network.query.outcomes
    table = sampler.outcome_table(do, given)
    if table is not None:
        return Summaries(tuple(_chances(part, sampler) for part in margins(table)), 0)
    samples = sampler.sample(rows, do=do, given=given, seed=seed)
    finite = tuple(name for name in outcomes if isinstance(samples.types[name], Finite))
    chances = [_chances(table, sampler) for table in _frequencies(samples, finite)]
    others = [_of_column(samples, name) for name in outcomes if name not in finite]
    return Summaries((*chances, *others), rows)


def summarise_mean(sampler: Sampler, do: Values, given: Values, rows: int, seed: int) -> Summaries:
    """The mean of a fitted sampler's outcome: exactly where all is finite, else from simulated rows.

    Raises:
        DofxError: E0427 for an outcome that has no mean, and what `Sampler.sample` finds.
    """
    (name,) = sampler.network.query.outcomes
    numbers = numbers_of(name, sampler.types[name])
    table = None if numbers is None else sampler.outcome_table(do, given)
    if table is not None and numbers is not None:
        mean = float(table.array() @ numbers)
        return Summaries((Mean(name, mean, float(table.array() @ (numbers - mean) ** 2) ** 0.5),), 0)
    values = sampler.sample(rows, do=do, given=given, seed=seed)[name].double().cpu().numpy()
    return Summaries((Mean(name, float(values.mean()), float(values.std())),), rows)


def numbers_each(exact: Table, sampler: Sampler, *, mean: bool) -> Array:
    """The `numbers` of the summaries of an exact distribution, in each replicate.

    Args:
        exact: Axes `REPLICATE`, then the outcomes.
        sampler: Of the query.
        mean: As for `summarise_mean`, else as for `summarise`.

    Returns:
        An array ``(replicates, numbers)``.

    Raises:
        DofxError: E0427 for an outcome that has no mean.
    """
    array, (_, *names) = exact.array(), exact.names
    if mean:
        numbers = numbers_of(names[0], sampler.types[names[0]])
        assert numbers is not None
        return (array @ numbers)[:, None]
    parts = [part.names for part in margins(Table(names, array[0]))]
    tables = [exact.marginal((REPLICATE, *part)).array() for part in parts]
    return np.concatenate([table.reshape(len(table), -1) for table in tables], axis=1)


def is_binary(part: Chances) -> bool:
    """Whether the outcome is a single variable with the states false and true, or 0 and 1: one chance then suffices.

    >>> is_binary(Chances(("y",), (((False,), 0.25), ((True,), 0.75))))
    True
    """
    return [values for values, _ in part.events] == [(0,), (1,)]


def value_text(value: object) -> str:
    """A value as it is written in a program, but without quotes, and with control characters made visible.

    >>> value_text(True), value_text("old"), value_text(0.25)
    ('true', 'old', '0.25')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) else printable(str(value))


def event_text(variables: Sequence[str], values: Sequence[object]) -> str:
    """Values of several variables as text.

    >>> event_text(["x", "y"], [True, "old"])
    'x = true, y = old'
    """
    return ", ".join(f"{name} = {value_text(value)}" for name, value in zip(variables, values, strict=True))


def _frequencies(samples: Samples, names: tuple[str, ...]) -> Iterator[Table]:
    """How often each combination of states was drawn; if there are too many combinations, each variable alone."""
    shape = [len(_states(samples.types[name])) for name in names]
    if prod(shape) > MOST_EVENTS and len(names) > 1:
        for name in names:
            yield from _frequencies(samples, (name,))
    elif names:
        codes = [samples.encoded[name].cpu().numpy() for name in names]
        counts = np.bincount(np.ravel_multi_index(codes, shape), minlength=prod(shape))
        yield Table(names, counts.reshape(shape) / samples.rows)


def margins(table: Table) -> Iterator[Table]:
    """The joint table if it is small, else the margin of each variable."""
    if table.array().size > MOST_EVENTS and len(table.names) > 1:
        yield from (table.marginal([name]) for name in table.names)
    else:
        yield table


def _chances(table: Table, sampler: Sampler) -> Chances:
    states = [_states(sampler.types[name]) for name in table.names]
    chances = table.array().flatten().tolist()
    return Chances(table.names, tuple(zip(product(*states), chances, strict=True)))


def _of_column(samples: Samples, name: str) -> Moments | Extent | Wordings:
    if isinstance(samples.types[name], Text):
        common = Counter(samples.values_of(name).tolist()).most_common(MOST_TEXTS)
        return Wordings(name, tuple((text, count / samples.rows) for text, count in common))
    values = samples.values_of(name).astype(np.float64)
    mean, sd = float(values.mean()), float(values.std())
    if samples.types[name] != Real():
        return Extent(name, values.shape[1:], mean, sd)
    return Moments(name, mean, sd, tuple(float(q) for q in np.quantile(values, LEVELS)))


def _states(type: VariableType) -> tuple[Value, ...]:
    assert isinstance(type, Finite)
    return type.states
