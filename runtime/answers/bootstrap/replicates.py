"""Bootstrap replicates of a fitted sampler: every generator is fitted again to resampled rows, many at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, overload

import numpy as np

from ....compiler.estimand.contraction import Array
from ....compiler.estimand.table import Table
from ....compiler.network.ir import SamplingNetwork
from ....compiler.program import leaves
from ....grammar.diagnostics.diagnostic import DofxError
from ....grammar.edge.arguments import public
from ....grammar.formatting.program import format_effect
from ....grammar.parse import parse_effect
from ....grammar.syntax.program import Arithmetic, Expectation
from ...data.collection import Collection
from ...data.dataset import Dataset
from ...data.values import Values
from ...exact.distribution import NotExactError
from ...fitting.fit import FitOptions
from ..effects import REPLICATE, ROWS, Exact, evaluate, evaluate_each, label
from ..errors import not_the_samplers_query, too_few_replicates, too_many_replicates
from ..intervals import ENOUGH, LEVEL, Interval, interval_of
from .at_once import Batch, Tables, fit_at_once
from .stacked_fits import fit_replicates

if TYPE_CHECKING:
    from ...sampler import Sampler

MOST_REPLICATES = 100_000
"""More would settle digits that no interval is read to, and take for ever."""


def require_replicates(replicates: object) -> None:
    """Refuse a number of replicates that is too small for an interval or too large to compute.

    Raises:
        DofxError: E0424.
    """
    if isinstance(replicates, bool) or not isinstance(replicates, int | np.integer) or replicates < 2:
        raise too_few_replicates(replicates, ENOUGH)
    if replicates > MOST_REPLICATES:
        raise too_many_replicates(int(replicates), ENOUGH, MOST_REPLICATES)


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution and how far it would vary from one data set to the next.

    Args:
        table: Of the fitted sampler.
        low: Lower ends of percentile intervals at 95 %, a table of the same axes.
        high: Upper ends.
        standard_error: Standard deviations over the replicates.
    """

    table: Table
    low: np.ndarray
    high: np.ndarray
    standard_error: np.ndarray


class Replicates(Sequence["Sampler"]):
    """Samplers of the same query, each fitted on resampled rows. `Sampler.bootstrap` makes them.

    Args:
        sampler: The one fitted on the real rows.
        samplers: The replicates, at least two.
        tables: Those of the replicates, in as many parts as they were fitted in, where all generators are tables.
    """

    def __init__(self, sampler: Sampler, samplers: Sequence[Sampler], tables: Sequence[Tables] = ()) -> None:
        self.sampler = sampler
        self._samplers, self._tables = samplers, tuple(tables)

    @public()
    def interval(self, statistic: Callable[[Sampler], float]) -> Interval:
        """The percentile interval of a number that can be worked out from a fitted sampler.

        Let it draw with a fixed seed: all replicates then share their noise, which cancels in the interval.
        """
        return interval_of(np.array([float(statistic(sampler)) for sampler in self]))

    @public()
    def effect(self, effect: str | Arithmetic, *, n: int = ROWS, seed: int = 0) -> Interval:
        """The percentile interval of an effect, such as ``E[y | do(x = 1)] - E[y | do(x = 0)]``.

        Args:
            effect: Of expectations and probabilities that the sampler's query answers.
            n: Rows to simulate for a part that is not exact.
            seed: Of the simulation.

        A replicate in which it divides by zero does not count.

        Raises:
            DofxError: E0434 for a part of another query, and what `effects.evaluate` finds else.
        """
        expression = parse_effect(effect) if isinstance(effect, str) else effect
        self._refuse_others(expression)
        try:
            values = self._effect_at_once(expression)
        except NotExactError:
            values = None
        if values is not None:
            return interval_of(values)
        return self.interval(partial(_value, expression, rows=n, seed=seed))

    @public("do", "given")
    def distribution(self, do: Values | None = None, given: Values | None = None) -> Spread:
        """The exact distribution with percentile intervals, where all is finite.

        Args:
            do: As for `Sampler.distribution`.
            given: As for `Sampler.distribution`.

        Raises:
            DofxError: As `Sampler.distribution`.
        """
        table = self.sampler.distribution(do, given)
        if self._tables:
            defaults, order = self.sampler.query.values, (REPLICATE, *table.names)
            found = [tables.distribution(do, given, defaults).array(order) for tables in self._tables]
            arrays = np.concatenate(found)
        else:
            arrays = np.stack([sampler.distribution(do, given).array(table.names) for sampler in self])
        low, high = np.quantile(arrays, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
        return Spread(table, low, high, arrays.std(axis=0, ddof=1))

    def _effect_at_once(self, expression: Arithmetic) -> Array | None:
        """An effect in each replicate, from the tables of the replicates; None if they have no tables."""
        if not self._tables:
            return None
        found = []
        for tables in self._tables:
            exact = partial(_exact, tables)
            values = evaluate_each(expression, lambda leaf: self.sampler, exact)
            found.append(np.broadcast_to(values, tables.replicates))
        return np.concatenate(found)

    def _refuse_others(self, expression: Arithmetic) -> None:
        query = self.sampler.query
        for leaf in leaves(expression):
            terms = (leaf.outcome,) if isinstance(leaf, Expectation) else leaf.outcomes
            written = [
                {label(term).casefold() for term in part}
                for part in (terms, leaf.interventions, leaf.conditions)
            ]
            outcomes, interventions, conditions = (
                {name.casefold() for name in part}
                for part in (query.outcomes, query.interventions, query.conditions)
            )
            if written[1:] != [interventions, conditions] or not written[0] <= outcomes:
                raise not_the_samplers_query(format_effect(leaf), str(query.kernel))

    @overload
    def __getitem__(self, index: int) -> Sampler: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Sampler]: ...

    @public()
    def __getitem__(self, index: int | slice) -> Sampler | Sequence[Sampler]:
        return self._samplers[index]

    def __len__(self) -> int:
        return len(self._samplers)

    def __repr__(self) -> str:
        return f"Replicates({self.sampler.query}, {len(self)} of them)"


def replicates_of(
    sampler: Sampler,
    network: SamplingNetwork,
    dataset: Dataset | Collection,
    options: FitOptions,
    replicates: int,
    seed: int,
    done: Callable[[int], object] | None = None,
) -> Replicates:
    """The replicates of a fitted sampler: its network, as the options have it, fitted on resampled rows."""
    batches = fit_at_once(network, dataset, options, replicates, seed, sampler.policies)
    if batches is not None:
        found = tuple(batches)
        for number in range(replicates if done is not None else 0):
            assert done is not None
            done(number + 1)
        names = {draw.fit: draw.fit for stage in network.stages for draw in stage.draws}
        return Replicates(
            sampler,
            _Made(sampler, network, found),
            [batch.tables.part(network, names, sampler.types) for batch in found],
        )
    made = []
    for modules in fit_replicates(network, dataset, options, replicates, seed):
        made.append(sampler.like(modules, network))
        if done is not None:
            done(len(made))
    return Replicates(sampler, tuple(made))


class _Made(Sequence["Sampler"]):
    """Samplers of replicates that were fitted at once, each made when it is asked for first."""

    def __init__(self, sampler: Sampler, network: SamplingNetwork, batches: Sequence[Batch]) -> None:
        self._sampler, self._network = sampler, network
        self._places = [(batch, number) for batch in batches for number in range(len(batch))]
        self._known: dict[int, Sampler] = {}

    @overload
    def __getitem__(self, index: int) -> Sampler: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Sampler]: ...

    def __getitem__(self, index: int | slice) -> Sampler | Sequence[Sampler]:
        if isinstance(index, slice):
            return tuple(self[place] for place in range(*index.indices(len(self))))
        place = range(len(self))[index]
        if place not in self._known:
            batch, number = self._places[place]
            self._known[place] = self._sampler.like(batch.modules(number), self._network)
        return self._known[place]

    def __len__(self) -> int:
        return len(self._places)


def _exact(tables: Tables, sampler: Sampler, do: Values, given: Values) -> Exact:
    return tables.outcome_table(do, given, sampler.query.values)


def _value(expression: Arithmetic, sampler: Sampler, *, rows: int, seed: int) -> float:
    """An effect in one replicate, NaN where it divides by zero."""
    try:
        return float(evaluate(expression, lambda leaf: sampler, rows=rows, seed=seed))
    except DofxError as error:
        if any(diagnostic.code != "E0428" for diagnostic in error.diagnostics):
            raise
        return float("nan")
