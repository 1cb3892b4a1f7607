"""Intervals of numbers from their influence functions: bounds are kept; weak ratios and few rows are reported."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import exp, hypot, inf, log, nan, sqrt
from statistics import NormalDist

import numpy as np

from ....compiler.estimand.contraction import Array
from ....grammar.edge.surface import by_surface
from ...inference.influence import Overlap
from ...inference.sample import Sample, Samples
from ..intervals import LEVEL, Interval

FEWEST = 20
"""Fewer effective rows than this give no interval: its length would be known as badly as the number."""


def more_rows() -> str:
    """What to do where too few rows carry a number."""
    shown = by_surface("program.positivity(rows) shows", "dofx explain PROGRAM --data FILE shows")
    return f"take more rows, or ask about a region with more rows; {shown} which"


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
        seed_spread: The standard deviation of the number if only the seed changed; None where nothing was trained.
    """

    value: float
    moved: Array
    bounds: tuple[float, float] | None = None
    denominators: tuple[tuple[float, Array], ...] = ()
    is_ratio: bool = False
    overlaps: tuple[Overlap, ...] = ()
    seed_spread: float | None = None

    @property
    def effective(self) -> float:
        """The fewest effective rows, or clusters where rows were sampled in clusters, of the draws behind it."""
        return min(map(_effective, self.overlaps), default=inf)


def interval_of_number(number: Number, sample: Sample | Samples) -> Interval:
    """The interval of a number at `LEVEL`.

    The quantile is Student's, with one degree of freedom fewer than the draw with the fewest effective rows, or
    clusters, has of them. A mean of states that has bounds gets its interval on the logistic scale, and a ratio gets
    Fieller's.

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
    if (
        np.isfinite(number.value)
        and not number.overlaps
        and not number.moved.any()
        and not number.seed_spread
    ):
        return Interval(number.value, number.value, 0.0, 0, rows)  # it rests on no draw: it is certain
    of_rows = sqrt(sample.covariance(number.moved, number.moved))
    error = hypot(of_rows, number.seed_spread or 0.0)
    if not np.isfinite(error):
        known = np.isfinite(number.value)  # else the answer says what keeps it from having a value
        return Interval(nan, nan, nan, 0, rows, "a single row does not vary: take more rows" if known else "")
    if sample.clustered is not None and sample.clustered < FEWEST:
        why = f"the rows are of {sample.units} clusters, fewer than {FEWEST}: sample more clusters"
        return Interval(nan, nan, error, 0, rows, why)
    effective = min(number.effective, sample.units)
    if effective < FEWEST and (few := fewest(number.overlaps)) and few.worth:
        many, what = few.worth
        why = f"{few.draw} rests on {many:.0f} effective {what}, fewer than {FEWEST}: {more_rows()}"
        return Interval(nan, nan, error, 0, rows, why)
    quantile = student_quantile(effective - 1)
    weak = [value for value, moved in number.denominators if abs(value) <= quantile * _error(moved, sample)]
    if weak:
        why = (
            f"a denominator, {weak[0]:.3g}, is no farther from 0 than its error, so the ratio may be any number: "
            "ask for its numerator and its denominator as two effects"
        )
        return Interval(-inf, inf, error, 0, rows, why)
    if number.is_ratio:
        wider = error / of_rows if of_rows else 1.0
        ends = _fieller(number, sample, quantile)
        low, high = (number.value + wider * (end - number.value) for end in ends)
    elif number.bounds is not None:
        low, high = _bounded(number.value, number.bounds, error, quantile, effective)
    else:
        low, high = number.value - quantile * error, number.value + quantile * error
    return Interval(low, high, error, 0, rows, seed_spread=number.seed_spread)


def averaged(numbers: Sequence[Number]) -> Number:
    """The mean of a number over several trainings that differ in their seeds, which spread as the numbers do.

    References:
        Chernozhukov and others (2018), "Double/debiased machine learning for treatment and structural parameters",
        section 3.4, for estimates from several divisions into folds.

    >>> one, other = Number(0.5, np.array([1.0, -1.0])), Number(0.7, np.array([2.0, -2.0]))
    >>> mean = averaged([one, other])
    >>> round(mean.value, 3), mean.moved, round(mean.seed_spread or 0.0, 3)
    (0.6, array([ 1.5, -1.5]), 0.1)
    """
    values = [number.value for number in numbers]
    denominators = [
        (float(np.mean([value for value, _ in each])), np.mean([moved for _, moved in each], axis=0))
        for each in zip(*(number.denominators for number in numbers), strict=True)
    ]
    found = replace(
        numbers[0],
        value=float(np.mean(values)),
        moved=np.mean([number.moved for number in numbers], axis=0),
        denominators=tuple(denominators),
        overlaps=_weakest(map(_of_all, zip(*(number.overlaps for number in numbers), strict=True))),
    )
    if len(numbers) < 2:
        return found
    return replace(found, seed_spread=float(np.std(values, ddof=1)) / sqrt(len(values)))


def relative_spread(numbers: Iterable[Number], sample: Sample | Samples) -> float:
    """How far numbers depend on the seed, in standard errors: the root mean square over numbers with enough rows.

    >>> sample = Sample(np.array([1.0, 1.0]))
    >>> steady, unsteady = (Number(0.5, np.array([1.0, -1.0]), seed_spread=each) for each in (0.0, 1.0))
    >>> round(relative_spread([steady], sample), 3), round(relative_spread([unsteady], sample), 3)
    (0.0, 0.816)
    """
    found: list[float] = []
    for number in numbers:
        spread = number.seed_spread or 0.0
        error = hypot(_error(number.moved, sample), spread)
        if number.effective >= FEWEST and np.isfinite(error) and error > 0:
            found.append(spread / error)
    return float(np.sqrt(np.mean(np.square(found)))) if found else 0.0


def _of_all(overlaps: Sequence[Overlap]) -> Overlap:
    """What a draw rests on in several trainings: the effective rows of all of their ratios together.

    One unlucky training then does not decide alone whether the rows are too few.

    >>> lucky, unlucky = (Overlap("P(y | x)", ("x",), 9.0, rows, 0.0) for rows in (60.0, 15.0))
    >>> _of_all([lucky, unlucky]).effective_rows
    24.0
    """
    known = [overlap.effective_rows for overlap in overlaps if overlap.effective_rows is not None]
    effective = len(known) / sum(1 / max(rows, 1e-9) for rows in known) if known else None
    largest = max(overlap.largest_ratio for overlap in overlaps)
    return replace(overlaps[0], largest_ratio=largest, effective_rows=effective)


def _weakest(overlaps: Iterable[Overlap]) -> tuple[Overlap, ...]:
    """For each draw the one of its overlaps with the fewest effective rows."""
    found: dict[tuple[str, tuple[str, ...]], Overlap] = {}
    for overlap in overlaps:
        key = overlap.draw, overlap.given
        found[key] = min(found.get(key, overlap), overlap, key=_effective)
    return tuple(found.values())


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
    return inf if overlap.worth is None else overlap.worth[0]


def _error(moved: Array, sample: Sample | Samples) -> float:
    return sqrt(sample.covariance(moved, moved))


def _fieller(number: Number, sample: Sample | Samples, quantile: float) -> tuple[float, float]:
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
    value: float, bounds: tuple[float, float], error: float, quantile: float, effective: float
) -> tuple[float, float]:
    """The interval of a mean within bounds: on the logistic scale, and by counts at or near a bound.

    References:
        Clopper, Pearson (1934), "The use of confidence or fiducial limits illustrated in the case of the binomial".
        Wilson (1927), "Probable inference, the law of succession, and statistical inference".
    """
    least, largest = bounds
    width = largest - least
    share, of_share = (value - least) / width, error / width
    near = min(share, 1 - share)
    if near <= 1e-9:
        reach = 1 - ((1 - LEVEL) / 2) ** (1 / effective)
        return (least, least + width * reach) if share < 0.5 else (largest - width * reach, largest)
    if of_share > near:  # the logistic scale would stretch the error beyond all sense
        by_counts = _wilson(share, quantile, effective)
        ends = share - quantile * of_share, share + quantile * of_share
        low, high = max(0.0, min(by_counts[0], ends[0])), min(1.0, max(by_counts[1], ends[1]))
    else:
        middle, step = log(share / (1 - share)), quantile * of_share / (share * (1 - share))
        low, high = (1 / (1 + exp(-max(-700.0, min(700.0, middle + sign * step)))) for sign in (-1, 1))
    return least + width * low, least + width * high


def _wilson(share: float, quantile: float, rows: float) -> tuple[float, float]:
    """Wilson's interval of a share of some rows."""
    square = quantile**2 / rows
    beside = quantile * sqrt(share * (1 - share) / rows + square / rows / 4)
    return (share + square / 2 - beside) / (1 + square), (share + square / 2 + beside) / (1 + square)


def fewest(overlaps: Sequence[Overlap]) -> Overlap | None:
    """The draw with the fewest effective rows, or clusters."""
    known = [overlap for overlap in overlaps if overlap.worth is not None]
    return min(known, key=_effective, default=None)
