"""Intervals: how far a number would vary between data sets, from its replicates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from numbers import Real
from typing import Any

import numpy as np

from ...compiler.estimand.contraction import Array
from ...grammar.edge.arguments import public
from ...grammar.edge.plain import finite
from ...grammar.edge.surface import by_surface

LEVEL = 0.95

FEW = 100
"""Fewer replicates than these leave the ends of a 95 % interval rough."""

ENOUGH = 200
"""How many replicates are advised."""


def way_to_intervals() -> str:
    """What finds intervals by influence, where dofx is used."""
    return by_surface(
        'answer(rows, intervals="influence")', "--intervals influence", "“Find intervals of effects”"
    )


@dataclass(frozen=True, slots=True)
class Interval:
    """How much a number varies when everything is fitted again to resampled rows.

    Args:
        low: Lower end of the percentile interval at `LEVEL`.
        high: Its upper end.
        standard_error: Standard deviation of the replicates.
        replicates: How many there were; those in which the number has no value do not count.
        rows: The number of rows whose influence on the number was added up, if there are no replicates.
        remark: Why there is no interval, or why it has no ends.
        seed_spread: The standard deviation of the number if only the seed changed, as far as the trainings behind it
            show that; the standard error holds it. None where nothing was trained, or everything once.

    >>> print(Interval(0.021, 0.0704, 0.0121, 200))
    [0.0210, 0.0704], standard error 0.0121 (95 % of 200 bootstrap replicates)
    >>> print(Interval(0.021, 0.0704, 0.0121, 0, 500, seed_spread=0.0016))
    [0.0210, 0.0704], standard error 0.0121, spread between seeds 0.0016 (95 % by the influence of 500 rows)
    >>> low, high = Interval(0.021, 0.0704, 0.0121, 200)
    >>> low
    0.021
    """

    low: float
    high: float
    standard_error: float
    replicates: int
    rows: int = 0
    remark: str = ""
    seed_spread: float | None = None

    @property
    def known(self) -> bool:
        """Whether both of its ends are numbers."""
        return isfinite(self.low) and isfinite(self.high)

    @property
    def method(self) -> str:
        """How it was found: ``influence`` or ``bootstrap``."""
        return "influence" if self.rows else "bootstrap"

    @property
    def found(self) -> str:
        """At what level and how it was found, in words.

        >>> print(Interval(0.021, 0.0704, 0.0121, 200).found)
        95 % of 200 bootstrap replicates
        """
        of = (
            f"by the influence of {self.rows:,} rows"
            if self.rows
            else f"of {self.replicates:,} bootstrap replicates"
        )
        return f"{LEVEL:.0%} {of}".replace("%", " %")

    def __iter__(self) -> Iterator[float]:
        yield self.low
        yield self.high

    @public()
    def __getitem__(self, end: int) -> float:
        return (self.low, self.high)[end]

    @public()
    def __contains__(self, number: object) -> bool:
        if not isinstance(number, Real) or isinstance(number, np.timedelta64):
            return False
        return bool(not number < self.low and number <= self.high)

    def misses(self, estimate: float) -> bool:
        """Whether the estimate lies outside by more than rounding: then the replicates are biased."""
        slack = 1e-9 * max(abs(self.low), abs(self.high), abs(estimate))
        return estimate < self.low - slack or estimate > self.high + slack

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        numbers = {"low": self.low, "high": self.high, "standard_error": self.standard_error}
        how = {"rows": self.rows} if self.rows else {"replicates": self.replicates}
        remark = {"remark": self.remark} if self.remark else {}
        seeds = {} if self.seed_spread is None else {"seed_spread": self.seed_spread}
        found: dict[str, Any] = finite({**numbers, **how, **seeds, **remark})
        return {**found, "level": LEVEL, "method": self.method}

    def __str__(self) -> str:
        if self.remark:
            return f"no interval: {self.remark}"
        shown = f"[{self.low:#.3g}, {self.high:#.3g}], standard error {self.standard_error:#.3g}"
        if self.seed_spread is not None:
            shown += f", spread between seeds {self.seed_spread:#.2g}"
        return f"{shown} ({self.found})"


def interval_of(estimates: Array) -> Interval:
    """The percentile interval of the replicated estimates that are numbers.

    >>> print(interval_of(np.array([1.0, 2.0, np.nan])))
    [1.02, 1.98], standard error 0.707 (95 % of 2 bootstrap replicates)
    """
    found = estimates[np.isfinite(estimates)]
    if len(found) < 2:
        why = f"the number has a value in one of {len(estimates):,} replicates: take more rows, or more replicates"
        return Interval(np.nan, np.nan, np.nan, len(found), remark=why if len(found) else "")
    low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high), float(found.std(ddof=1)), len(found))
