"""Intervals of numbers from their influence functions: bounds are kept, and weak ratios and few rows are said so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, log, nan, sqrt
from statistics import NormalDist

import numpy as np

from ....compiler.estimand.contraction import Array
from ...inference.influence import Overlap
from ...inference.sample import Sample
from ..intervals import LEVEL, Interval

FEWEST = 20
"""Fewer effective rows than this give no interval: its length would be known as badly as the number."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number of an answer, and how each row moves it.

    Args:
        value: The number.
        moved: How each row moves it, ``(rows,)``.
        bounds: The least and the largest value that it can have, where it is a mean of states.
        denominators: What is divided by on the way to it, each with how rows move it. If it is itself a ratio, its
            denominator comes last.
        is_ratio: Whether it is itself a ratio.
        overlaps: What each draw behind it rests on.
    """

    value: float
    moved: Array
    bounds: tuple[float, float] | None = None
    denominators: tuple[tuple[float, Array], ...] = ()
    is_ratio: bool = False
    overlaps: tuple[Overlap, ...] = ()

    @property
    def effective_rows(self) -> float:
        """The fewest effective rows of the draws behind it."""
        return min((o.effective_rows for o in self.overlaps if o.effective_rows is not None), default=inf)


def interval_of_number(number: Number, sample: Sample) -> Interval:
    """The interval of a number at `LEVEL`.

    The quantile is that of Student's distribution with the fewest effective rows, or clusters. A mean of states that
    has bounds gets its interval on the logistic scale, and a ratio gets Fieller's.

    Args:
        number: The number.
        sample: The rows, and how they were sampled.

    References:
        Fieller (1954), "Some problems in interval estimation".

    >>> half = Number(0.5, np.array([-0.5, 0.5]), (0.0, 1.0))
    >>> print(interval_of_number(half, Sample(np.array([50.0, 50.0]))))
    [0.402, 0.598], standard error 0.0500 (95 % by the influence of 100 rows)
    """
    rows = sample.rows
    error = sqrt(sample.covariance(number.moved, number.moved))
    if not np.isfinite(error):
        return Interval(nan, nan, nan, 0, rows)
    if sample.clusters is not None and sample.units < FEWEST:
        why = f"the rows are of {sample.units} clusters, fewer than {FEWEST}"
        return Interval(nan, nan, error, 0, rows, why)
    effective = min(number.effective_rows, sample.units)
    if effective < FEWEST:
        few = min((o for o in number.overlaps if o.effective_rows is not None), key=_effective)
        why = f"{few.draw} rests on {_effective(few):.0f} effective rows, fewer than {FEWEST}"
        return Interval(nan, nan, error, 0, rows, why)
    quantile = student_quantile(effective - 1)
    weak = [value for value, moved in number.denominators if abs(value) <= quantile * _error(moved, sample)]
    if weak:
        why = (
            f"a denominator, {weak[0]:.3g}, is no farther from 0 than its error: the ratio may be any number"
        )
        return Interval(-inf, inf, error, 0, rows, why)
    if number.is_ratio:
        low, high = _fieller(number, sample, quantile)
    elif number.bounds is not None:
        low, high = _bounded(number.value, number.bounds, quantile * error, effective)
    else:
        low, high = number.value - quantile * error, number.value + quantile * error
    return Interval(low, high, error, 0, rows)


def student_quantile(freedom: float) -> float:
    """The quantile of Student's distribution at `LEVEL`, within 1e-4 from 15 degrees of freedom on.

    References:
        Abramowitz, Stegun (1964), formula 26.7.5.

    >>> round(student_quantile(19), 3), round(student_quantile(1e9), 3)
    (2.093, 1.96)
    """
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, 1))


def _effective(overlap: Overlap) -> float:
    return inf if overlap.effective_rows is None else overlap.effective_rows


def _error(moved: Array, sample: Sample) -> float:
    return sqrt(sample.covariance(moved, moved))


def _fieller(number: Number, sample: Sample, quantile: float) -> tuple[float, float]:
    """Fieller's interval of a ratio whose denominator is surely not 0."""
    bottom, moved = number.denominators[-1]
    top = number.moved * bottom + number.value * moved
    v_top, v_bottom = sample.covariance(top, top), sample.covariance(moved, moved)
    both = sample.covariance(top, moved)
    g = quantile**2 * v_bottom / bottom**2
    between = both / v_bottom if v_bottom > 0 else 0.0
    middle = (number.value - g * between) / (1 - g)
    inside = v_top - 2 * number.value * both + number.value**2 * v_bottom - g * (v_top - both * between)
    beside = quantile / abs(bottom) / (1 - g) * sqrt(max(inside, 0.0))
    return middle - beside, middle + beside


def _bounded(
    value: float, bounds: tuple[float, float], beside: float, effective: float
) -> tuple[float, float]:
    """The interval of a mean within bounds: on the logistic scale, and by Clopper and Pearson at a bound."""
    least, largest = bounds
    width = largest - least
    share = (value - least) / width
    slack = 1e-9
    if share <= slack or share >= 1 - slack:
        reach = 1 - ((1 - LEVEL) / 2) ** (1 / effective)
        return (least, least + width * reach) if share < 0.5 else (largest - width * reach, largest)
    middle, step = log(share / (1 - share)), beside / width / (share * (1 - share))
    low, high = (1 / (1 + exp(-max(-700.0, min(700.0, middle + sign * step)))) for sign in (-1, 1))
    return least + width * low, least + width * high


def fewest(overlaps: Sequence[Overlap]) -> Overlap | None:
    """The draw with the fewest effective rows."""
    known = [overlap for overlap in overlaps if overlap.effective_rows is not None]
    return min(known, key=_effective, default=None)
