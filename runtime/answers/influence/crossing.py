"""Training generators outside of each fold of the rows, for several divisions into folds.

A number is the mean over as many divisions as the first of `DIVISIONS`; where it then depends on them by more than
`STEADY` of its standard error, over as many as the second, and so on.

References:
    Chernozhukov and others (2018), "Double/debiased machine learning for treatment and structural parameters",
    section 3.4, for estimates from several divisions into folds.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ....compiler.model.query import Query
from ....grammar.diagnostics.diagnostic import DofxError
from ....grammar.edge.surface import by_surface
from ...data.collection import Collection
from ...data.dataset import Dataset
from ...exact.distribution import NotExactError
from ...inference.chances import Chances
from ...inference.held_out import Fold, taken
from ...inference.one_step import Trained
from ...policies import policy_modules
from ...sampling.noise import derive_seed
from ...training.building import learning
from ...variables import event_shape
from ..bootstrap.stacked_fits import fit_folds
from ..rows import chosen_for, rows_fitted
from .by_influence import Number, averaged, relative_spread
from .one_step import CrossFitted

if TYPE_CHECKING:
    from ...program import CompiledProgram

FOLDS = 5
"""Into how many folds rows are divided."""

DIVISIONS = 2, 4, 8
"""How often rows are divided into folds in all: at first, and where numbers are not steady then."""

STEADY = 0.2
"""The spread between seeds, in standard errors, above which rows are divided again.

Few divisions show the spread roughly; it is below a quarter if this is what is sought.
"""

REFITTED = 4_096
"""Rows that a generator outside of a fold learns from if it learns from an interim stage; `fit` simulates more.

How far it is off its stage is corrected by rows that are simulated again, so that more rows would only cost more.
"""


TOO_FEW = ("E0517", "E0518")
"""The codes of rows of which too few show what is read: of the rows outside of a fold, that refuses one answer."""


Numbers = Callable[[CrossFitted], list[Number]]
"""The numbers of an answer by one division into folds."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """The numbers of an answer by several divisions into folds.

    Args:
        crossed: The program as each division trained it.
        by_division: The numbers by each division, in one order.
    """

    crossed: tuple[CrossFitted, ...]
    by_division: tuple[list[Number], ...]

    @property
    def numbers(self) -> list[Number]:
        """Each number as the mean over the divisions, and how far it depends on them."""
        return [averaged(each) for each in zip(*self.by_division, strict=True)]

    def with_more(self, also: Corrected) -> Corrected:
        """The same with more divisions."""
        return Corrected((*self.crossed, *also.crossed), (*self.by_division, *also.by_division))

    @property
    def is_steady(self) -> bool:
        """Whether the numbers depend little enough on how the rows were divided."""
        return relative_spread(self.numbers, self.crossed[0].sample) <= STEADY


def by_bootstrap() -> str:
    """What to do where influence functions give no interval."""
    way = by_surface('intervals="bootstrap"', "--intervals bootstrap")
    return f"{way} finds one"


def corrected(
    program: CompiledProgram,
    data: Any,
    asked: Mapping[str, Numbers],
    seed: int,
    options: Mapping[str, Any],
) -> dict[str, Corrected | str]:
    """The numbers of each question by as many divisions into folds as make them steady, or why they are not known.

    Args:
        program: Fitted.
        data: What it was fitted on.
        asked: How the numbers of each question are found, by its name.
        seed: Of the folds, the training and the simulation.
        options: Of the fits, as for `Sampler.fit`.

    Raises:
        DofxError: What `fit` finds.
    """
    crossed = partial(_crossed_or_why, program, data, seed=seed, options=options)
    found = _by_divisions(crossed, asked, range(DIVISIONS[0]))
    for done, wanted in pairwise(DIVISIONS):
        unsteady = {
            name: asked[name]
            for name, each in found.items()
            if not isinstance(each, str) and len(each.crossed) == done and not each.is_steady
        }
        for name, more in _by_divisions(crossed, unsteady, range(done, wanted)).items():
            each = found[name]
            if not isinstance(each, str) and not isinstance(more, str):
                found[name] = each.with_more(more)
    return found


def _by_divisions(
    crossed: Callable[..., Mapping[str, list[CrossFitted] | str]],
    asked: Mapping[str, Numbers],
    divisions: range,
) -> dict[str, Corrected | str]:
    """The numbers of each question by some divisions into folds, or why they are not known.

    Args:
        crossed: For each of some questions the program cross-fitted by some divisions, or why it is not.
        asked: How the numbers of each question are found, by its name.
        divisions: The numbers of the divisions.
    """
    if not asked:
        return {}
    found: dict[str, Corrected | str] = {}
    for name, each in crossed(asked=list(asked), divisions=divisions).items():
        if isinstance(each, str):
            found[name] = each
            continue
        try:
            found[name] = Corrected(tuple(each), tuple(map(asked[name], each)))
        except NotExactError as reason:
            found[name] = f"{reason}; {by_bootstrap()}"
    return found


@learning()
def cross_fitted(
    program: CompiledProgram,
    data: Any,
    names: Container[str],
    *,
    seed: int = 0,
    divisions: range = range(DIVISIONS[0]),
    **options: Any,
) -> list[CrossFitted]:
    """Train the generators of a program outside of each fold, for some divisions of the rows into folds.

    Args:
        program: Fitted; it stays as it is.
        data: What it was fitted on.
        names: The names of the queries and effects whose generators are trained.
        seed: Of the folds, the training and the simulation.
        divisions: The numbers of the divisions: equal numbers and seeds give equal trainings.
        options: As for `Sampler.fit`; a cache and an engine are not used.

    Raises:
        DofxError: What `fit` finds.
        NotExactError: For fewer rows than folds.
    """
    twin = program.anew(names)
    pooled, network, settings, rows = chosen_for(twin, rows_fitted(program, twin, data), options)
    folds = [_folds_of_each(program, rows, derive_seed("folds", seed, number)) for number in divisions]
    trained: list[dict[Query, list[Trained]]] = [{} for _ in folds]
    settings = replace(settings, cache=None, simulated_rows=settings.simulated_rows or _refitted(rows))
    every = list(chain.from_iterable(folds))
    first = FOLDS * divisions[0]
    trainings = fit_folds(network, rows, settings, every, seed, first)
    for number, (fold, (modules, taught)) in enumerate(zip(every, trainings, strict=True)):
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
                Trained(part, mine, types, training, held_out, seed + first + number, chances)
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


def _crossed_or_why(
    program: CompiledProgram,
    data: Any,
    asked: Sequence[str],
    seed: int,
    options: Mapping[str, Any],
    divisions: range,
) -> dict[str, list[CrossFitted] | str]:
    """For each question the program cross-fitted, or why it is not: the rows outside of a fold may be too few.

    All are cross-fitted together; each by itself if that fails, so that one of them does not take the others with it.
    """
    try:
        return dict.fromkeys(
            asked, cross_fitted(program, data, asked, seed=seed, divisions=divisions, **options)
        )
    except NotExactError as reason:
        why = f"{reason}; {by_bootstrap()}"
    except DofxError as error:
        first = error.diagnostics[0]
        if first.code not in TOO_FEW:
            raise
        why = f"outside of a fold, {first.title}: take more rows"
    if len(asked) == 1:
        return dict.fromkeys(asked, why)
    found: dict[str, list[CrossFitted] | str] = {}
    for name in asked:
        found |= _crossed_or_why(program, data, [name], seed, options, divisions)
    return found
