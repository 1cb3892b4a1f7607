"""Effects under trained generators, corrected and with intervals: cross-fitted one-step estimates.

Generators are trained on the rows outside of each of several folds. The rows of the fold, which they have not seen,
then correct the expectation that they imply, and say how far it would vary: see `inference.one_step`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from ....compiler.estimand.contraction import Array
from ....compiler.model.query import Query
from ....compiler.program import Question
from ...data.collection import Collection
from ...data.dataset import Dataset
from ...data.values import Values, read_inputs
from ...families.capabilities import Dense
from ...inference.forward import Function
from ...inference.held_out import Fold, parts_of, places_of
from ...inference.influence import OneStep, Overlap
from ...inference.one_step import Trained
from ...inference.sample import Sample, Samples
from ...inference.targeted import chances_cut, shares_if_rare, targeted, tilted, variance_of_share
from ...sampler import Sampler
from ...variables import Finite, decode
from ..asking import sampler_of
from ..effects import Part, evaluate_moved

if TYPE_CHECKING:
    from ...program import CompiledProgram


@dataclass(slots=True)
class CrossFitted:
    """A program whose generators were trained outside of each fold.

    Args:
        program: The program, fitted on all rows.
        rows: The real rows, or those of each data set.
        folds: The rows of each fold.
        trained: The network of each query in each fold.
        overlaps: What the draws of the question at hand rest on.
    """

    program: CompiledProgram
    rows: Dataset | Collection
    folds: Sequence[Fold]
    trained: Mapping[Query, Sequence[Trained]]
    overlaps: list[Overlap]

    @property
    def sample(self) -> Samples:
        """The rows of all data sets as far as variances need them."""
        parts = zip(self.counts, parts_of(self.rows), strict=True)
        return Samples(tuple(Sample(each, np.arange(part.rows), part.design) for each, part in parts))

    @property
    def counts(self) -> list[Array]:
        """How much each row of each data set counts, ``(rows,)`` with mean 1."""
        found = ((part.rows, part.design.relative) for part in parts_of(self.rows))
        return [np.ones(rows) if weights is None else weights.numpy() for rows, weights in found]

    def by_row(self, values: Array) -> dict[str, Array]:
        """The values at the rows of each data set, from those at all rows, ``(rows,)``."""
        if isinstance(self.rows, Dataset):
            return {self.program.sampled_from.name: values}
        ends = np.cumsum([part.rows for part in self.rows.parts.values()])[:-1]
        return dict(zip(self.rows.parts, np.split(values, ends), strict=True))

    def evaluated(self, question: Question) -> list[tuple[float, Array | None]]:
        """The value of an effect and how each row moves it, after each denominator: see `evaluate_moved`.

        Raises:
            NotExactError: If the influence function is not known.
        """
        self.overlaps.clear()
        return evaluate_moved(question.syntax, partial(sampler_of, self.program, question), self.law)

    def law(self, sampler: Sampler, do: Values, given: Values) -> CrossFittedLaw:
        """The outcomes of a query at values of its interventions and conditions."""
        inputs = read_inputs(sampler.network, sampler.types, do, given, defaults=sampler.query.values, rows=1)
        held = {id: inputs.all[id] for id in sampler.network.answer.input_ids}
        return CrossFittedLaw(self, sampler, held)


@dataclass(frozen=True, slots=True)
class CrossFittedLaw:
    """The outcomes of a query at one setting of its inputs: see `effects.Known`.

    Args:
        fitted: The program.
        sampler: Of the query.
        inputs: The value of each input by id, ``(1, *event)``.
    """

    fitted: CrossFitted
    sampler: Sampler
    inputs: Mapping[str, Tensor]

    def mean(self, name: str, numbers: Array | None) -> Part:
        """The mean of an outcome."""
        if numbers is None:
            return self.parts([self.value_of(name)])[0]
        return self.of_states(name, numbers[None])[0]

    def event(self, states: Mapping[str, int]) -> Part:
        """The probability of some states of the outcomes."""
        return self.events([states])[0]

    def events(self, events: Sequence[Mapping[str, int]]) -> list[Part]:
        """The probabilities of states of the same outcomes."""
        name, *others = events[0]
        if others:
            return self._of_several(events)
        return self.of_states(name, self._cells(name)[[event[name] for event in events]])

    def _of_several(self, events: Sequence[Mapping[str, int]]) -> list[Part]:
        """The probabilities of states of several outcomes, each cut where its correction leaves its bounds."""
        found, effective = self._resting([self.hits(event) for event in events])
        chances = [float(np.clip(part.value[0], 0.0, 1.0)) for part in found]
        one = np.array([0.0, 1.0])
        rare = [shares_if_rare(chance, one, effective) for chance in chances]
        kept = [Part(np.array([chance]), part.influence) for chance, part in zip(chances, found, strict=True)]
        return [
            part if few is None else self._of_few(part, *few, effective)
            for part, few in zip(kept, rare, strict=True)
        ]

    def of_states(self, name: str, numbers: Array) -> list[Part]:
        """The expectations of functions of one finite outcome, ``(functions, states)``: within their bounds.

        Where one of them leaves its bounds, a targeted step takes the place of the correction. Where there is none, the
        chances are cut at 0.
        """
        found, effective = self._resting([self.value_of(name, each) for each in numbers])
        pairs = list(zip(found, numbers, strict=True))
        if all(each.min() <= part.value[0] <= each.max() for part, each in pairs):
            few = [shares_if_rare(float(part.value[0]), each, effective) for part, each in pairs]
        else:
            chances = self.targeted(name, effective)
            chances = self._cut(name) if chances is None else chances
            few = [(each, chances) for each in numbers]
        return [
            part if rare is None else self._of_few(part, *rare, effective)
            for part, rare in zip(found, few, strict=True)
        ]

    def _cut(self, name: str) -> Array:
        """The chances of the states of an outcome by the correction, cut at 0, ``(states,)``."""
        cells, every = self._cells(name), self.fitted.trained[self.sampler.query.kernel]
        functions = [self.value_of(name, cell) for cell in cells]
        found = [network.expectations(self.inputs, functions) for network in every]
        _, values = self._by_row(functions, found)
        return chances_cut(list(self._means(values).sum(axis=1)), cells)

    def _resting(self, functions: Sequence[Function]) -> tuple[list[Part], float]:
        """The expectations of some functions of the outcomes, and the fewest effective rows of a draw behind them."""
        before = len(self.fitted.overlaps)
        found = self.parts(functions)
        rests = (each.effective_rows or 0.0 for each in self.fitted.overlaps[before:])
        return found, min(rests, default=float(self.fitted.sample.rows))

    def _of_few(self, part: Part, numbers: Array, chances: Array, effective: float) -> Part:
        """The mean of numbers of states by their chances, which few rows show, and how each row moves it."""
        assert part.influence is not None
        found = self.fitted.sample.covariance(part.influence, part.influence)
        least = variance_of_share(numbers, chances, effective)
        value = np.clip(numbers @ chances, numbers.min(), numbers.max())  # rounding
        return Part(np.array([value]), part.influence * max(1.0, sqrt(least / found) if found else 1.0))

    def targeted(self, name: str, effective: float) -> Array | None:
        """The chances of the states of an outcome by a targeted step, ``(states,)``; None where there is none.

        There is one where a single draw makes the outcome, by a generator whose chances are known.

        Args:
            name: The outcome.
            effective: The fewest effective rows of a draw behind it.
        """
        network, id = self.sampler.network, self._ids[name]
        draw = next((draw for draw in network.answer.draws if draw.ids == (id,)), None)
        every = self.fitted.trained[self.sampler.query.kernel]
        if draw is None or not all(isinstance(each.modules.get(draw.fit), Dense) for each in every):
            return None
        cells = self._cells(name)
        functions = [self.value_of(name, cell) for cell in cells]

        def missed(tilt: Array) -> tuple[Array, Array, Array]:
            networks = [replace(each, modules=tilted(each.modules, draw.fit, tilt)) for each in every]
            steps = [network.expectations(self.inputs, functions) for network in networks]
            chances, values = self._by_row(functions, steps)
            sample = self.fitted.sample
            found = [sample.covariance(each, each) for each in values]
            least = [variance_of_share(cell, chances, effective) for cell in cells]
            return chances, self._means(values).sum(axis=1) - chances, np.sqrt(np.maximum(found, least))

        return targeted(missed, len(functions))

    def value_of(self, name: str, numbers: Array | None = None) -> Function:
        """The function of the outcomes that is one of them, whose states are these numbers if it is finite."""
        id, type = self._ids[name], self.sampler.types[name]

        def function(values: Mapping[str, Tensor]) -> Array:
            if numbers is not None:
                return np.asarray(numbers[values[id].cpu().numpy()])
            return np.asarray(decode(type, values[id]), np.float64)

        return function

    def hits(self, states: Mapping[str, int]) -> Function:
        """The function of the outcomes that is 1 where they have some states, and 0 elsewhere."""
        ids = {self._ids[name]: state for name, state in states.items()}

        def function(values: Mapping[str, Tensor]) -> Array:
            hits = [(values[id] == state).cpu().numpy() for id, state in ids.items()]
            return np.asarray(np.logical_and.reduce(hits), np.float64)

        return function

    def parts(self, functions: Sequence[Function]) -> list[Part]:
        """The expectations of some functions of the outcomes, and how each row moves them."""
        trained = self.fitted.trained[self.sampler.query.kernel]
        found = [network.expectations(self.inputs, functions) for network in trained]
        self.fitted.overlaps.extend(self._overlaps([each for each, *_ in found]))
        _, values = self._by_row(functions, found)
        means = self._means(values)
        moved = values - np.repeat(means, [len(each) for each in self.fitted.counts], axis=1)
        return [Part(mean, each) for mean, each in zip(means.sum(axis=1, keepdims=True), moved, strict=True)]

    def _by_row(
        self, functions: Sequence[Function], found: Sequence[Sequence[OneStep]]
    ) -> tuple[Array, Array]:
        """What generators imply of each function, and what each row adds to its expectation, ``(functions, rows)``."""
        counts = self.fitted.counts
        values, first = np.zeros((len(functions), sum(map(len, counts)))), len(counts[0])
        implied = np.zeros(len(functions))
        for fold, expectations in zip(self.fitted.folds, found, strict=True):
            place = places_of(fold)
            mine = place[place < first]
            for number, each in enumerate(expectations):
                values[number, place] = each.moved
                # what the generators imply stands with the first data set
                values[number, mine] += each.value + each.off
                implied[number] += each.value * counts[0][mine].sum() / counts[0].sum()
        return implied, values

    def _means(self, values: Array) -> Array:
        """The means over the rows of each data set, ``(functions, data sets)``, of values at all rows."""
        counts = self.fitted.counts
        parts = np.split(values, np.cumsum([len(each) for each in counts])[:-1], axis=1)
        pairs = zip(parts, counts, strict=True)
        return np.stack([np.average(part, axis=1, weights=each) for part, each in pairs], axis=1)

    def _overlaps(self, found: Sequence[OneStep]) -> Iterator[Overlap]:
        """What each draw rests on, from its ratios in each fold."""
        counts = np.concatenate(self.fitted.counts)
        ratios = dict[tuple[str, tuple[str, ...]], Array]()
        for fold, each in zip(self.fitted.folds, found, strict=True):
            place = places_of(fold)
            for weighted in each.weighted:
                of_draw = ratios.setdefault((weighted.draw, weighted.given), np.zeros(len(counts)))
                of_draw[place[weighted.place]] += weighted.ratios  # draws of one generator add up
        for (draw, given), ratio in ratios.items():
            worth = ratio * counts
            effective = float(worth.sum() ** 2 / (worth**2).sum()) if worth.any() else 0.0
            yield Overlap(draw, given, float(ratio.max()), effective, 0.0)

    def _cells(self, name: str) -> Array:
        """For each state of an outcome the function that is 1 there, ``(states, states)``."""
        type = self.sampler.types[name]
        assert isinstance(type, Finite)
        return np.eye(type.cardinality)

    @property
    def _ids(self) -> dict[str, str]:
        network = self.sampler.network
        return dict(zip(network.query.outcomes, (id for _, id in network.answer.outputs), strict=True))
