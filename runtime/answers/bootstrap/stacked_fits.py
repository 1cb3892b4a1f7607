"""Fitting a network to several selections of the same rows, its generators of equal shape together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from torch import nn

from ....compiler.network.ir import Fit, SamplingNetwork
from ...data.collection import Collection
from ...data.dataset import Dataset
from ...engines import Local
from ...fitting.fit import FitOptions, FitPlan
from ...fitting.jobs import Fitted, run_job, run_jobs, stackable
from ...fitting.training_rows import TrainingRows
from ...inference.held_out import Fold, taken
from ...sampling.noise import derive_seed

MOST_AT_ONCE = 50
"""Most replicates that are trained together."""

MOST_NUMBERS = 1 << 27
"""Most numbers of resampled data in memory at once."""


def fit_replicates(
    network: SamplingNetwork,
    dataset: Dataset | Collection,
    options: FitOptions,
    replicates: int,
    seed: int = 0,
) -> Iterator[dict[Fit, nn.Module]]:
    """Fit a network's generators on resampled rows, those of many replicates together.

    A replicate draws as many rows as there are, with replacement, the same for all of its generators; or as many
    clusters, each with all of its rows. Rows are held out by which real row they are, or by their cluster, so no
    network is judged by a row that it has learned from.

    Args:
        network: What to fit.
        dataset: The real rows, or those of each data set, which are resampled by themselves.
        options: As for a fit; a cache is not used.
        replicates: How many.
        seed: Equal seeds give equal replicates; replicate i is the same however many there are.

    Yields:
        The generators of each replicate, in evaluation mode.
    """
    parts = [dataset] if isinstance(dataset, Dataset) else list(dataset.parts.values())
    numbers = sum(map(_numbers, parts))
    size = max(1, min(MOST_AT_ONCE, MOST_NUMBERS // max(1, numbers)))
    for first in range(0, replicates, size):
        makers = [
            Replicate.drawn(network, dataset, options, derive_seed("replicate", seed, number))
            for number in range(first, min(replicates, first + size))
        ]
        yield from fitted_together(makers)


def fitted_together(makers: Sequence[Replicate]) -> Iterator[dict[Fit, nn.Module]]:
    """The generators of several replicates, trained together as far as that is possible."""
    for fit in makers[0].plan.fits:
        calls = [maker.call(fit) for maker in makers]
        if all(stackable(job.module) for job, *_ in calls):
            results = run_jobs(calls)
        else:
            results = [run_job(*call) for call in calls]
        for maker, result in zip(makers, results, strict=True):
            maker.done[fit] = result
    for maker in makers:
        yield maker.modules


def fit_folds(
    network: SamplingNetwork,
    dataset: Dataset | Collection,
    options: FitOptions,
    folds: Sequence[Fold],
    seed: int = 0,
    first: int = 0,
) -> Iterator[tuple[dict[Fit, nn.Module], TrainingRows]]:
    """Fit a network's generators on the rows outside each of several folds, those of all folds together.

    Args:
        network: What to fit.
        dataset: The real rows, or those of each data set.
        options: As for a fit; a cache is not used.
        folds: The rows of each fold.
        seed: Equal seeds and numbers of a fold give equal generators.
        first: The number of the first fold.

    Yields:
        The generators for each fold, in evaluation mode, and the rows that trained them.
    """
    makers = []
    for number, fold in enumerate(folds, first):
        judge = partial(_judging, torch.Generator().manual_seed(derive_seed("fold", seed, number)), options)
        rows = taken(dataset, fold, outside=True)
        judged = judge(rows) if isinstance(rows, Dataset) else rows.each(judge)
        makers.append(Replicate.of(network, judged, options, derive_seed("fold", number)))
    return zip(fitted_together(makers), (maker.plan.rows for maker in makers), strict=True)


@dataclass(frozen=True, slots=True)
class Replicate:
    """One replicate on its way."""

    plan: FitPlan
    done: dict[Fit, Fitted]

    @staticmethod
    def drawn(
        network: SamplingNetwork, dataset: Dataset | Collection, options: FitOptions, seed: int
    ) -> Replicate:
        """A replicate of which no generator is fitted yet."""
        source = torch.Generator().manual_seed(seed)

        def resampled(part: Dataset) -> Dataset:
            rows, design = part.rows, part.design
            index = design.resampled(rows, lambda units: torch.randint(units, (units,), generator=source))
            unseen = torch.rand(design.units(rows), generator=source) < options.settings.held_out
            return _judged(part.take(index), design.spread(unseen)[index])

        rows = resampled(dataset) if isinstance(dataset, Dataset) else dataset.each(resampled)
        return Replicate.of(network, rows, options, seed)

    @staticmethod
    def of(
        network: SamplingNetwork, dataset: Dataset | Collection, options: FitOptions, seed: int
    ) -> Replicate:
        """The same for given rows, of which some judge what the others train."""
        settings = replace(options.settings, seed=derive_seed("fit", options.settings.seed, seed))
        mine = replace(options, settings=settings, cache=None)
        return Replicate(FitPlan(network, dataset, mine, Local()), {})

    @property
    def modules(self) -> dict[Fit, nn.Module]:
        """What fills each fit."""
        return {fit: self.plan.assembled(fit, module) for fit, (module, _) in self.done.items()}

    def call(self, fit: Fit) -> tuple[Any, ...]:
        """The arguments by which `run_job` fits a generator."""
        job, rows = self.plan.job(fit), self.plan.rows_of(fit)
        columns = [rows[name] for name in job.columns]
        return (job, rows.design, *columns, *(self.done[need] for need in job.needs))


def _judging(source: torch.Generator, options: FitOptions, rows: Dataset) -> Dataset:
    """Rows of which some, drawn at random, judge what the others train."""
    return _judged(rows, torch.rand(rows.rows, generator=source) < options.settings.held_out)


def _judged(rows: Dataset, held_out: torch.Tensor) -> Dataset:
    """Rows of which some judge what the others train."""
    return replace(rows, design=replace(rows.design, held_out=held_out))


def _numbers(rows: Dataset) -> int:
    """How many numbers some rows hold."""
    columns = (*rows.tensors.values(), *(column.values for column in rows.partial.values()))
    return sum(tensor.numel() for tensor in columns)
