"""The bootstrap: how much an effect's estimate would vary from one data set to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..data.dataset import Dataset, read_data
from ..engines import engine_of
from ..variables import decode
from .effects import ROWS

if TYPE_CHECKING:
    from ..program import CompiledProgram

LEVEL = 0.95

_ELSEWHERE = ("progress", "cache", "checkpoint", "engine", "seed")
"""Options of `Sampler.fit` that replicates make no use of."""


@dataclass(frozen=True, slots=True)
class Interval:
    """What fitting anew on resampled rows says of an effect.

    Args:
        low: Lower end of the percentile interval at `LEVEL`.
        high: Its upper end.
        standard_error: Standard deviation of the replicates.
        replicates: How many there were.

    >>> print(Interval(0.021, 0.0704, 0.0121, 200))
    [0.0210, 0.0704], standard error 0.0121 (95 % of 200 bootstrap replicates)
    """

    low: float
    high: float
    standard_error: float
    replicates: int

    def __str__(self) -> str:
        shown = f"[{self.low:#.3g}, {self.high:#.3g}], standard error {self.standard_error:#.3g}"
        return f"{shown} ({LEVEL:.0%} of {self.replicates:,} bootstrap replicates)".replace("%", " %")


def bootstrap(
    program: CompiledProgram,
    data: Any,
    replicates: int = 200,
    *,
    n: int = ROWS,
    seed: int = 0,
    done: Callable[[int], object] | None = None,
    **options: Any,
) -> dict[str, Interval]:
    """Percentile intervals of a fitted program's identifiable effects.

    Every replicate draws as many rows as there are, with replacement, fits all generators on them and
    evaluates the effects. So an interval holds the noise of the data and of fitting, though no bias that
    every fit shares.

    Args:
        program: Fitted; it stays as it is.
        data: What it was fitted on.
        replicates: At least 2.
        n: Rows to simulate for an effect that is not exact.
        seed: Equal seeds give equal intervals.
        done: Called with the number of replicates so far after each.
        options: As for `Sampler.fit`, except that no cache is used.

    Returns:
        An interval for each effect by name.

    References:
        Efron (1979), "Bootstrap methods: another look at the jackknife".
    """
    inner = program.only_effects()
    if not inner.asked.effects:
        return {}
    rows = read_data(data, inner.columns, {name: program.types[name] for name in inner.columns})
    estimates: list[list[float]] = []
    for number, _ in enumerate(_refits(inner, rows, replicates, seed, options)):
        answers = inner.answer(n=n, seed=seed)
        estimates.append([float(e.estimate.value) for e in answers.effects if e.estimate is not None])
        if done is not None:
            done(number + 1)
    return {
        effect.name: interval_of(np.array(column))
        for effect, column in zip(inner.asked.effects, zip(*estimates, strict=True), strict=True)
    }


def _refits(
    program: CompiledProgram, rows: Dataset, replicates: int, seed: int, options: Mapping[str, Any]
) -> Iterator[None]:
    """The program fitted on one resampling after another: many at once, unless that is an engine's work."""
    if engine_of(options.get("engine")).in_process:
        known = {name: value for name, value in options.items() if name not in _ELSEWHERE}
        yield from program.refits(rows, replicates, seed, **known)
        return
    values = {name: decode(rows.types[name], rows[name]) for name in rows.names}
    source = np.random.default_rng(seed)
    for number in range(replicates):
        index = source.integers(0, rows.rows, rows.rows)
        resampled = {name: column[index] for name, column in values.items()}
        program.fit(resampled, **{"progress": False, **options, "seed": seed + number})
        yield


def interval_of(estimates: np.ndarray) -> Interval:
    """The percentile interval of replicated estimates."""
    low, high = np.quantile(estimates, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high), float(estimates.std(ddof=1)), len(estimates))
