"""The numbers of queries under trained generators, corrected and with intervals: chances, means and quantiles.

Each number is an expectation of the outcomes, or a function of several: a chance is the expectation of an event, a
standard deviation depends on the first two moments, and a quantile is moved by the error of the chance to lie below it,
divided by the density there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import assert_never

import numpy as np
from torch import Tensor

from ....compiler.estimand.contraction import Array
from ....grammar.syntax.program import Value
from ...exact.distribution import NotExactError
from ...inference.forward import Function
from ...sampler import Sampler
from ...variables import Finite, Real, VariableType
from ..answer import QueryAnswer, Setting
from ..effects import Part
from ..leaves import numbers_of
from ..summaries import LEVELS, Chances, Extent, Mean, Moments, Summary, Wordings
from .by_influence import Number
from .functions import apart
from .one_step import CrossFitted, CrossFittedLaw

BESIDE = 0.2
"""The density at a quantile is taken from the rows that lie within this many standard deviations of it."""


def correctable(sampler: Sampler) -> bool:
    """Whether the numbers of a query can be corrected: its draws are finite or real."""
    network = sampler.network
    drawn = [draw for draw in network.answer.draws if not draw.fit.is_policy]
    return all(
        isinstance(sampler.types.get(name), (Finite, Real)) for draw in drawn for name in draw.fit.variables
    )


def numbers_of_query(crossed: CrossFitted, query: QueryAnswer) -> list[Number]:
    """Each of `QueryAnswer.numbers`, corrected by one division into folds.

    Raises:
        NotExactError: If the influence function is not known.
    """
    sampler, found = crossed.program[query.name], list[Number]()
    for setting in query.settings:
        law = crossed.law(sampler, setting.do, setting.given)
        for part in setting.outcomes.parts:
            found += _resting(part, law)
    return found


def _resting(part: Summary, law: CrossFittedLaw) -> list[Number]:
    """The numbers of a part, with what their draws rest on."""
    overlaps = law.fitted.overlaps
    overlaps.clear()
    numbers = _numbers(part, law)
    return [replace(number, overlaps=tuple(overlaps)) for number in numbers]


def _numbers(part: Summary, law: CrossFittedLaw) -> list[Number]:
    match part:
        case Chances(variables, events):
            types = [law.sampler.types[name] for name in variables]
            states = [dict(zip(variables, map(_state, types, values), strict=True)) for values, _ in events]
            return [_number(each, (0.0, 1.0)) for each in law.events(states)]
        case Mean(name):
            numbers = numbers_of(name, law.sampler.types[name])
            return [_number(law.mean(name, numbers), None if numbers is None else apart(numbers))]
        case Moments(name):
            return _moments(part, law, law.value_of(name))
        case Extent() | Wordings():
            raise NotExactError(f"{part.variable} is not a single number")
        case _:
            assert_never(part)


def _moments(part: Moments, law: CrossFittedLaw, value: Function) -> list[Number]:
    width = BESIDE * part.sd

    def square(values: Mapping[str, Tensor]) -> Array:
        return np.asarray((value(values) - part.mean) ** 2)

    def below(quantile: float) -> Function:
        return lambda values: np.asarray(value(values) <= quantile, np.float64)

    def beside(quantile: float) -> Function:
        return lambda values: np.asarray(np.abs(value(values) - quantile) <= width, np.float64)

    count = len(part.quantiles)
    mean, spread, *rest = law.parts(
        [value, square, *(below(q) for q in part.quantiles), *(beside(q) for q in part.quantiles)]
    )
    off = float(mean.value[0]) - part.mean
    variance = max(float(spread.value[0]) - off**2, 1e-12)
    sd = Number(variance**0.5, (_moved(spread) - 2 * off * _moved(mean)) / (2 * variance**0.5))
    found = [_number(mean), sd]
    for level, quantile, lower, near in zip(LEVELS, part.quantiles, rest[:count], rest[count:], strict=True):
        density = max(float(near.value[0]), 1e-3) / (2 * width) if width else np.inf
        missed = float(lower.value[0]) - level
        found.append(Number(quantile - missed / density, -_moved(lower) / density))
    return found


def _state(type: VariableType, value: Value) -> int:
    assert isinstance(type, Finite)
    return type.states.index(value)


def _number(part: Part, bounds: tuple[float, float] | None = None) -> Number:
    return Number(float(part.value[0]), _moved(part), bounds)


def _moved(part: Part) -> Array:
    assert part.influence is not None
    return part.influence


def _with(part: Summary, numbers: Sequence[float]) -> Summary:
    """A part with other numbers."""
    match part:
        case Chances(_, events):
            kept = zip((values for values, _ in events), numbers, strict=True)
            return replace(part, events=tuple(kept))
        case Mean():
            return replace(part, mean=numbers[0])
        case Moments():
            return replace(part, mean=numbers[0], sd=numbers[1], quantiles=tuple(numbers[2:]))
        case Extent() | Wordings():
            return part
        case _:
            assert_never(part)


def corrected_answer(answer: QueryAnswer, numbers: Iterable[float]) -> QueryAnswer:
    """An answer with other numbers, in the order of `QueryAnswer.numbers`."""
    left = iter(numbers)

    def corrected(setting: Setting) -> Setting:
        parts = tuple(_with(part, list(islice(left, len(part.numbers)))) for part in setting.outcomes.parts)
        return replace(setting, outcomes=replace(setting.outcomes, parts=parts, corrected=True))

    return replace(answer, settings=tuple(map(corrected, answer.settings)))
