"""What sensitivity needs of the two arms of an effect: numbers by influence, and how far a latent could move them.

The bias of a difference of two adjusted arms is at most the root of ``S² C_y² C_x²``. S² is the mean square of the
outcome's residuals times that of the weights of the rows, and the others are what a latent adds to each of them. The
weights are the density ratio of one arm less that of the other.

References:
    Chernozhukov, Cinelli, Newey, Sharma, Syrgkanis (2022), "Long story short: omitted variable bias in causal machine
    learning", arXiv 2112.13398.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import sqrt
from typing import TYPE_CHECKING, Protocol

import numpy as np
import torch

from ....compiler.estimand.contraction import Array
from ....compiler.network.ir import Draw
from ....compiler.printers.network.text import fit_text
from ....compiler.program import Question
from ....grammar.syntax.program import Arithmetic, Expectation, Operation
from ...data.dataset import Dataset
from ...exact.distribution import NotExactError
from ...inference.backward import Column
from ...inference.forward import Function, drawn
from ...inference.held_out import held_of, places_of
from ...inference.influence import Place
from ...inference.law import Law
from ...inference.one_step import DRAWN, Trained
from ...inference.sample import Sample, Samples
from ...sampler import Sampler
from ...sampling.noise import derive_seed
from ..asking import sampler_of
from ..effects import Asked
from ..leaves import numbers_of
from .by_influence import FEWEST, Number, averaged, fewest, more_rows
from .functions import Moved
from .inferred import evaluated
from .one_step import CrossFitted
from .rows import RowsOfAll

if TYPE_CHECKING:
    from ...program import CompiledProgram


class Arms(Protocol):
    """What sensitivity needs of an effect, however its generators were fitted."""

    @property
    def sample(self) -> Sample | Samples:
        """The rows as far as variances need them."""
        ...

    def number(self, expression: Arithmetic) -> Number:
        """A combination of parts of the effect."""
        ...

    def scale(self, draw: Draw, sampler: Sampler, arms: Sequence[Expectation]) -> float:
        """The root of S² of two arms that differ in what one draw reads, in the rows from which this draw is learnt.

        Raises:
            NotExactError: If a network is not finite.
        """
        ...


@dataclass(frozen=True, slots=True)
class Exactly:
    """An effect whose generators are all tables.

    Args:
        program: The program.
        question: The effect.
        rows: The distinct rows.
    """

    program: CompiledProgram
    question: Question
    rows: RowsOfAll

    @property
    def sample(self) -> Samples:
        """The rows as far as variances need them."""
        return self.rows.sample

    def number(self, expression: Arithmetic) -> Number:
        """A combination of parts of the effect."""
        return self._number(Moved(self.program, self.rows, adjusted=True), expression)

    def _number(self, moved: Moved, expression: Arithmetic) -> Number:
        return moved.number(expression, partial(sampler_of, self.program, self.question))

    def scale(self, draw: Draw, sampler: Sampler, arms: Sequence[Expectation]) -> float:
        """The root of S², in the rows from which the draw is learnt."""
        one, zero = arms
        moved = Moved(self.program, self.rows, adjusted=True)
        self._number(moved, Operation("-", one, zero))
        finite = moved.networks[sampler.query.kernel]
        (column,) = finite.columns[draw.fit]
        assert column is not None
        law = finite.law(draw.fit)
        name, factor = next(iter(law.among.items()))
        key = Place(name, law.shows, (*column.given, column.target))
        first, second = (found.terms[key][0] / factor for found in moved.found[-2:])
        numbers = numbers_of(column.target, sampler.types[column.target])
        assert numbers is not None
        return _by_cell(law, column, first - second, numbers)


def _by_cell(law: Law, column: Column, moved: Array, numbers: Array) -> float:
    """The root of the variance of the outcome's residuals times the mean square of the weights of the rows."""
    shown = law.frequencies(column.given)
    assert shown is not None
    weights = (moved[..., 1] - moved[..., 0]) / (numbers[1] - numbers[0])
    mean = column.table @ numbers
    variance = column.table @ numbers**2 - mean**2
    return sqrt(float((shown * variance).sum()) * float((shown * weights**2).sum()))


@dataclass(frozen=True, slots=True)
class OutsideFolds:
    """An effect whose generators were trained outside of each fold.

    Args:
        repeats: The program, cross-fitted several times.
        question: The effect.
    """

    repeats: Sequence[CrossFitted]
    question: Question

    @property
    def sample(self) -> Samples:
        """The rows as far as variances need them."""
        return self.repeats[0].sample

    def number(self, expression: Arithmetic) -> Number:
        """A combination of parts of the effect, corrected."""
        part = replace(self.question, syntax=expression)
        found = averaged([evaluated(crossed, part) for crossed in self.repeats])
        few = fewest(found.overlaps)
        if few is not None and found.effective < FEWEST:
            raise NotExactError(f"{few}, which is too few: {more_rows()}")
        return found

    def scale(self, draw: Draw, sampler: Sampler, arms: Sequence[Expectation]) -> float:
        """The root of S², in the rows from which the draw is learnt: at those that generators were not trained on."""
        return float(np.mean([_by_fold(crossed, draw, sampler, arms) for crossed in self.repeats]))


def _by_fold(crossed: CrossFitted, draw: Draw, sampler: Sampler, arms: Sequence[Expectation]) -> float:
    """The root of S² by one division into folds."""
    asked = [Asked.of(arm, sampler) for arm in arms]
    laws = [crossed.law(sampler, each.do, each.given) for each in asked]
    (name,) = asked[0].outcomes
    function = laws[0].value_of(name, numbers_of(name, sampler.types[name]))
    counts = np.concatenate(crossed.counts)
    weights, residuals, mass = np.zeros((3, len(counts)))
    for fold, network in zip(crossed.folds, crossed.trained[sampler.query.kernel], strict=True):
        place = places_of(fold)
        for sign, law in zip((1.0, -1.0), laws, strict=True):
            (found,) = network.expectations(law.inputs, [function])
            for each in found.weighted:
                if each.draw == fit_text(draw.fit):
                    weights[place[each.place]] += sign * each.ratios
        for held in held_of(network.training, network.held_out, network.network, draw.fit):
            mine = place[held.place]
            residuals[mine] = _residuals(network, draw, held.rows, function)
            mass[mine] = held.factor * counts[mine]
    left, square = (float(np.average(each**2, weights=mass)) for each in (residuals, weights))
    return sqrt(left * square)


def _residuals(network: Trained, draw: Draw, rows: Dataset, function: Function) -> Array:
    """How far the outcome lies from its mean under a draw's generator, at rows held out, ``(rows,)``."""
    read = {wire: rows[name] for name, wire in draw.given if isinstance(wire, str)}
    many = {wire: values.repeat_interleave(DRAWN, dim=0) for wire, values in read.items()}
    source = torch.Generator().manual_seed(derive_seed(network.seed, "residuals", draw.id))
    many |= drawn(draw, network.modules, network.types, many, rows.rows * DRAWN, source, DRAWN)
    seen = function({id: rows[name] for name, id in draw.outputs})
    return np.asarray(seen - function(many).reshape(rows.rows, DRAWN).mean(axis=1))
