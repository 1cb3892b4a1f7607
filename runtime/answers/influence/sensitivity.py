"""How strong a latent that was not drawn would have to be to explain an effect away.

References:
    VanderWeele, Ding (2017), "Sensitivity analysis in observational research: introducing the E-value".
    Cinelli, Hazlett (2020), "Making sense of sensitivity: extending omitted variable bias".
    Chernozhukov, Cinelli, Newey, Sharma, Syrgkanis (2022), "Long story short: omitted variable bias in causal machine
    learning", arXiv 2112.13398.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np

from ....compiler.network.ir import Draw
from ....compiler.printers.network.text import fit_text
from ....compiler.program import Question
from ....grammar.diagnostics.diagnostic import DofxError
from ....grammar.edge.arguments import public
from ....grammar.edge.plain import finite
from ....grammar.syntax.program import Expectation, Operation, Probability
from ...exact.distribution import NotExactError
from ...sampler import Sampler
from ...streaming.sources import is_streamed
from ..asking import sampler_of
from ..errors import no_share
from ..intervals import Interval
from ..leaves import Leaf, numbers_of
from .by_influence import interval_of_number
from .contrasts import Arms, Exactly, OutsideFolds
from .crossing import Numbers, corrected
from .inferred import numbers_of_effect
from .rows import RowsOfAll

if TYPE_CHECKING:
    from ...program import CompiledProgram


NOT_ADJUSTED = (
    "no robustness value: this is for effects by adjustment, where only the outcome depends on the cause"
)
"""Why an effect has no robustness value."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How strong a latent common cause would have to be.

    Args:
        e_value: The risk ratio that the latent must at least have both with the cause and with the outcome, to move the
            risk ratio to 1. None where there is no risk ratio of two risks.
        e_value_of_interval: The same for the nearer end of the interval; 1 if the interval holds 1.
        robustness_value: The share of the remaining variance of the outcome, and as large a share of the weights of the
            cause, that the latent must explain to move the effect to 0. None where the effect is not adjusted.
        robustness_value_of_interval: The same for the nearer end of the interval; 0 if the interval holds 0.
        scale: The largest bias in the units of the effect, where both shares let ``r_y r_x / (1 - r_x)`` be 1.
        reason: Why nothing is known of the effect, or no robustness value; empty where it is no contrast of two arms.

    >>> print(Sensitivity(3.9, 2.0, 0.25, 0.125, 1.5))
    E-value 3.90 (interval 2.00); robustness value 25.0 % (interval 12.5 %)
    >>> round(Sensitivity(None, None, 0.25, 0.125, 1.5).bias(0.1, 0.1), 4)
    0.1581
    """

    e_value: float | None
    e_value_of_interval: float | None
    robustness_value: float | None
    robustness_value_of_interval: float | None
    scale: float | None
    reason: str = ""

    @public()
    def bias(self, outcome: float, cause: float) -> float | None:
        """The largest bias of a latent, in the units of the effect; None where the effect is not adjusted.

        Args:
            outcome: The share of the variance of the outcome, given cause and covariates, that the latent explains.
            cause: The share of the variance of the weights of the cause that only the latent explains, below 1.

        Raises:
            DofxError: E1002 for a share that is not one.
        """
        if not 0 <= outcome <= 1 or not 0 <= cause < 1:
            raise no_share(outcome, cause)
        return None if self.scale is None else self.scale * sqrt(outcome * cause / (1 - cause))

    def to_json(self) -> dict[str, float | str | None]:
        """Plain data."""
        found = {name: value for name, value in asdict(self).items() if name != "reason" or value}
        written: dict[str, float | str | None] = finite(found)
        return written

    def __str__(self) -> str:
        parts: list[str] = []
        if self.e_value is not None and self.e_value_of_interval is not None:
            parts.append(f"E-value {self.e_value:.2f} (interval {self.e_value_of_interval:.2f})")
        if self.robustness_value is not None and self.robustness_value_of_interval is not None:
            shares = f"{self.robustness_value:.1%} (interval {self.robustness_value_of_interval:.1%})"
            parts.append(f"robustness value {shares}".replace("%", " %"))
        parts += [self.reason] if self.reason else []
        return "; ".join(parts) or "not an adjusted contrast of two arms"


def sensitivity(program: CompiledProgram, data: Any, **options: Any) -> dict[str, Sensitivity]:
    """The sensitivity of each identifiable effect of a fitted program.

    An effect whose generators are all tables has it exactly. Contrasts of two arms of the others are corrected by
    cross-fitting, which trains their generators again.

    Args:
        program: Fitted.
        data: What it was fitted on.
        options: Of the fits outside of each fold, as for `Sampler.fit`.

    Raises:
        DofxError: What `fit` and `read_data` find, and E0453 for a row without an influence function.
    """
    effects = [question for question in program.asked.effects if not program.hedged(question)]
    try:
        rows = RowsOfAll.read(program, data)
    except NotExactError as reason:
        return {question.name: _unknown(str(reason)) for question in effects}
    found: dict[str, Sensitivity] = {}
    others: list[Question] = []
    for question in effects:
        try:
            found[question.name] = _of(program, question, Exactly(program, question, rows))
        except NotExactError as reason:
            found[question.name] = _unknown(f"{reason}, and a stream is not read for each fold")
            others.append(question)
    if others and not is_streamed(data):
        found |= _by_folds(program, others, data, options)
    return found


def _by_folds(
    program: CompiledProgram, effects: Sequence[Question], data: Any, options: Mapping[str, Any]
) -> dict[str, Sensitivity]:
    """The sensitivity of effects by cross-fitting, by name, or why it is not known."""
    found: dict[str, Sensitivity] = {}
    asked: dict[str, Numbers] = {each.name: partial(numbers_of_effect, question=each) for each in effects}
    steady = corrected(program, data, asked, 0, options)
    for question in effects:
        each = steady[question.name]
        try:
            found[question.name] = (
                _unknown(each)
                if isinstance(each, str)
                else _of(program, question, OutsideFolds(each.crossed, question))
            )
        except NotExactError as reason:
            found[question.name] = _unknown(str(reason))
    return found


def _unknown(reason: str) -> Sensitivity:
    return Sensitivity(None, None, None, None, None, reason)


def _of(program: CompiledProgram, question: Question, arms: Arms) -> Sensitivity:
    match question.syntax:
        case Operation(
            "-" | "/", Expectation() | Probability() as one, Expectation() | Probability() as zero
        ):
            ratio = _ratio(program, question, arms, one, zero)
            adjusted = _adjusted(program, question, arms, one, zero)
        case _:
            ratio, adjusted = None, ""
    e_value = e_end = robust = robust_end = scale = None
    if ratio is not None:
        value, interval = ratio
        e_value, e_end = _e_value(value), _e_value(_nearest(interval, 1.0))
    if isinstance(adjusted, str):
        return Sensitivity(e_value, e_end, None, None, None, adjusted)
    value, interval, scale = adjusted
    robust, robust_end = (_robustness(each, scale) for each in (value, _nearest(interval, 0.0)))
    return Sensitivity(e_value, e_end, robust, robust_end, scale)


def _ratio(
    program: CompiledProgram, question: Question, arms: Arms, one: Leaf, zero: Leaf
) -> tuple[float, Interval] | None:
    """The ratio of two risks, and its interval; None where an arm is not a risk."""
    if not all(_is_risk(program, question, leaf) for leaf in (one, zero)):
        return None
    try:
        number = arms.number(Operation("/", one, zero))
    except DofxError:
        return None
    return number.value, interval_of_number(number, arms.sample)


def _adjusted(
    program: CompiledProgram, question: Question, arms: Arms, one: Leaf, zero: Leaf
) -> tuple[float, Interval, float] | str:
    """The difference of two adjusted arms, its interval and the scale of its bias; else why there is none."""
    sampler, other = (sampler_of(program, question, leaf) for leaf in (one, zero))
    if not isinstance(one, Expectation) or not isinstance(zero, Expectation):
        return "no robustness value of chances: ask for means, E[…] in place of P(…)"
    draw = _outcome_draw(sampler)
    if isinstance(draw, str):
        return draw
    if sampler.query.kernel != other.query.kernel:
        return NOT_ADJUSTED
    scale = arms.scale(draw, sampler, (one, zero))
    number = arms.number(Operation("-", one, zero))
    return number.value, interval_of_number(number, arms.sample), scale


def _is_risk(program: CompiledProgram, question: Question, leaf: Leaf) -> bool:
    """Whether a part is the probability of something."""
    if isinstance(leaf, Probability):
        return True
    sampler = sampler_of(program, question, leaf)
    (name,) = sampler.network.query.outcomes
    numbers = numbers_of(name, sampler.types[name])
    return numbers is not None and sorted(numbers) == [0.0, 1.0]


def _outcome_draw(sampler: Sampler) -> Draw | str:
    """The draw of the outcome, which alone reads the inputs, while all else is taken from rows; else why not."""
    network = sampler.network
    inputs = set(network.answer.input_ids)
    readers = [draw for draw in network.answer.draws if inputs & set(draw.reads)]
    outputs = {id for _, id in network.answer.outputs}
    if len(network.stages) > 1 or len(readers) != 1 or len(outputs) != 1 or set(readers[0].ids) != outputs:
        return NOT_ADJUSTED
    (draw,) = readers
    if draw.fit.rows.weights:
        return (
            f"no robustness value: the rows of {fit_text(draw.fit)} are weighted by the chances of their holes, which "
            "a latent would change as well"
        )
    return draw


def _nearest(interval: Interval, null: float) -> float:
    """The end of an interval that is nearer to no effect; no effect itself if the interval holds it or has no ends."""
    if not interval.known or null in interval:
        return null
    return min(interval, key=lambda end: abs(end - null))


def _e_value(ratio: float) -> float:
    """The E-value of a risk ratio.

    >>> round(_e_value(2.0), 3), round(_e_value(0.5), 3), _e_value(1.0)
    (3.414, 3.414, 1.0)
    """
    away = max(ratio, 1 / ratio) if ratio > 0 else np.inf
    return float(away + sqrt(away * (away - 1)))


def _robustness(value: float, scale: float) -> float:
    """The common share of both variances at which the bias is as large as the value.

    >>> round(_robustness(0.5, 1.0), 3)
    0.39
    """
    share = (value / scale) ** 2 if scale > 0 else np.inf
    return 1.0 if np.isinf(share) else float((sqrt(share**2 + 4 * share) - share) / 2)
