"""Effects under trained generators, corrected and with intervals: cross-fitted one-step estimates.

Generators are trained on the rows outside of each of several folds. The rows of the fold, which they have not seen,
then correct the expectation that they imply, and say how far it would vary: see `inference.one_step`.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from ....compiler.estimand.contraction import Array
from ....compiler.model.query import Query
from ....compiler.program import Question
from ...data.collection import Collection
from ...data.dataset import Dataset
from ...data.values import Values, read_inputs
from ...exact.distribution import NotExactError
from ...inference.chances import Chances
from ...inference.forward import Function
from ...inference.held_out import Fold, parts_of, places_of, taken
from ...inference.influence import Overlap
from ...inference.one_step import Trained
from ...inference.sample import Sample, Samples
from ...policies import policy_modules
from ...sampler import Sampler
from ...sampling.noise import derive_seed
from ...training.building import learning
from ...variables import decode, event_shape
from ..asking import sampler_of
from ..bootstrap.stacked_fits import fit_folds
from ..effects import Part, evaluate_moved
from ..rows import chosen_for, rows_fitted

if TYPE_CHECKING:
    from ...program import CompiledProgram

FOLDS = 5
"""Into how many folds rows are divided."""

REPEATS = 2
"""How often rows are divided into folds: numbers are means over these, and their spread is that between seeds."""


REFITTED = 8_192
"""Rows that a generator outside of a fold learns from if it learns from an interim stage; `fit` simulates more.

How far it is off its stage is corrected by rows that are simulated again, so that more rows would only cost more.
"""


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
        return self.parts([self.value_of(name, numbers)])[0]

    def event(self, states: Mapping[str, int]) -> Part:
        """The probability of some states of the outcomes."""
        return self.parts([self.hits(states)])[0]

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
        counts = self.fitted.counts
        rows, first = sum(map(len, counts)), len(counts[0])
        values = np.zeros((len(functions), rows))
        ratios = dict[tuple[str, tuple[str, ...]], Array]()
        trained = self.fitted.trained[self.sampler.query.kernel]
        for fold, network in zip(self.fitted.folds, trained, strict=True):
            place = places_of(fold)
            expectations = network.expectations(self.inputs, functions)
            for row, found in zip(values, expectations, strict=True):
                row[place] = found.moved
                # what the generators imply stands with the first data set
                row[place[place < first]] += found.value
            for each in expectations[0].weighted:  # those of all functions
                of_draw = ratios.setdefault((each.draw, each.given), np.zeros(rows))
                of_draw[place[each.place]] += each.ratios  # draws of one generator add up
        for (draw, given), ratio in ratios.items():
            worth = ratio * np.concatenate(counts)
            effective = float(worth.sum() ** 2 / (worth**2).sum()) if worth.any() else 0.0
            self.fitted.overlaps.append(Overlap(draw, given, float(ratio.max()), effective, 0.0))
        parts = np.split(values, np.cumsum([len(each) for each in counts])[:-1], axis=1)
        pairs = list(zip(parts, counts, strict=True))
        means = [np.average(part, axis=1, weights=each, keepdims=True) for part, each in pairs]
        centred = [part - mean for part, mean in zip(parts, means, strict=True)]
        moved = np.concatenate(centred, axis=1)
        return [Part(mean, each) for mean, each in zip(np.sum(means, axis=0), moved, strict=True)]

    @property
    def _ids(self) -> dict[str, str]:
        network = self.sampler.network
        return dict(zip(network.query.outcomes, (id for _, id in network.answer.outputs), strict=True))


@learning()
def cross_fitted(
    program: CompiledProgram, data: Any, names: Container[str], *, seed: int = 0, **options: Any
) -> list[CrossFitted]:
    """Train the generators of a program outside of each fold, for `REPEATS` divisions into folds.

    Args:
        program: Fitted; it stays as it is.
        data: What it was fitted on.
        names: The names of the queries and effects whose generators are trained.
        seed: Of the folds, the training and the simulation.
        options: As for `Sampler.fit`; a cache and an engine are not used.

    Raises:
        DofxError: What `fit` finds.
        NotExactError: For fewer rows than folds.
    """
    twin = program.anew(names)
    pooled, network, settings, rows = chosen_for(twin, rows_fitted(program, twin, data), options)
    folds = [_folds_of_each(program, rows, derive_seed("folds", seed, number)) for number in range(REPEATS)]
    trained: list[dict[Query, list[Trained]]] = [{} for _ in folds]
    settings = replace(settings, cache=None, simulated_rows=settings.simulated_rows or _refitted(rows))
    every = list(chain.from_iterable(folds))
    for number, (fold, (modules, taught)) in enumerate(
        zip(every, fit_folds(network, rows, settings, every, seed), strict=True)
    ):
        chances = {
            name: Chances(weigher.at(rows.part(name)), ~fold[name].numpy())
            for name, weigher in taught.weighers.items()
        }
        training, held_out = (taken(rows, fold, outside=outside) for outside in (True, False))
        for query, part, fits in twin.parts(pooled, network):
            mine = {fit: modules[theirs] for fit, theirs in fits.items() if theirs in modules}
            sampler = program.sampler_for(query)
            types = sampler.types
            mine |= policy_modules(part, types, sampler.policies)
            trained[number // FOLDS].setdefault(query, []).append(
                Trained(part, mine, types, training, held_out, seed + number, chances)
            )
    return [CrossFitted(program, rows, *each, []) for each in zip(folds, trained, strict=True)]


def _refitted(rows: Dataset | Collection) -> int | None:
    """The number of rows to simulate for a generator that learns from an interim stage; None leaves it to the fit."""
    scalar = all(event_shape(type) == () for type in rows.types.values())
    return max(rows.rows, REFITTED) if scalar else None


def _folds_of_each(program: CompiledProgram, rows: Dataset | Collection, seed: int) -> list[Fold]:
    """The rows of each fold, drawn at random from each data set; the rows of a cluster are in one fold.

    Raises:
        NotExactError: For fewer rows, or clusters, of a data set than folds.
    """
    parts = {program.sampled_from.name: rows} if isinstance(rows, Dataset) else rows.parts
    divided = {name: _folds(part, seed) for name, part in parts.items()}
    return [{name: folds[number] for name, folds in divided.items()} for number in range(FOLDS)]


def _folds(rows: Dataset, seed: int) -> list[Tensor]:
    """Which rows of a data set are in each fold, bool ``(rows,)``."""
    if rows.rows < 2 * FOLDS:
        raise NotExactError(f"{rows.rows} rows are too few for {FOLDS} folds")
    units = rows.design.units(rows.rows)
    if units < FOLDS:
        raise NotExactError(f"{units} clusters are too few for {FOLDS} folds")
    order = torch.randperm(units, generator=torch.Generator().manual_seed(seed))
    folds = []
    for number in range(FOLDS):
        drawn = torch.zeros(units, dtype=torch.bool)
        drawn[order[number::FOLDS]] = True
        folds.append(rows.design.spread(drawn))
    return folds
