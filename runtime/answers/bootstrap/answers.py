"""The bootstrap: how much a program's answers would vary from one data set to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from ....compiler.estimand.contraction import Array
from ....compiler.estimand.table import Table
from ....compiler.model.data import DataSet
from ...data.collection import Collection
from ...data.dataset import Dataset
from ...data.row_weights import columns_said
from ...engines import engine_of
from ...fitting.known_law import is_known
from ...trained import Trained
from ...training.building import learning
from ...variables import decode, nearest
from ..asking import numbers_each
from ..effects import ROWS
from ..errors import intervals_of_known, intervals_without_rows, unknown_intervals
from ..intervals import Interval, interval_of
from ..querying import Reference
from ..rows import chosen_for, rows_fitted
from .at_once import Batch, fit_at_once
from .replicates import require_replicates
from .stacked_fits import fit_replicates

if TYPE_CHECKING:
    from ...program import CompiledProgram

FIT_ONLY = ("progress", "cache", "checkpoint", "seed")
"""Options of `Sampler.fit` that replicates make no use of."""

KINDS = ("influence", "bootstrap")
"""How intervals are found."""


def refuse_intervals(kind: object, data: object) -> None:
    """Refuse intervals of an unknown kind, and intervals without rows.

    Raises:
        DofxError: E0451.
    """
    if kind is None:
        return
    if kind not in KINDS:
        raise unknown_intervals(kind, nearest(kind, KINDS))
    if data is None:
        raise intervals_without_rows(str(kind))
    if isinstance(data, Table) or is_known(data):
        raise intervals_of_known()


@learning()
def bootstrap(
    program: CompiledProgram,
    data: Any,
    replicates: int = 200,
    *,
    n: int = ROWS,
    seed: int = 0,
    reference: Reference | None = None,
    done: Callable[[int], object] | None = None,
    **options: Any,
) -> list[Interval]:
    """Percentile intervals of all numbers in a fitted program's answers, in the order of `Answers.numbers`.

    Every replicate draws as many rows as there are, with replacement, or as many clusters of rows, from each data set
    by itself, fits all generators on them and answers everything. So an interval holds the noise of the data and of
    fitting, though no bias that every fit shares.

    Args:
        program: Fitted; it stays as it is.
        data: What it was fitted on.
        replicates: At least 2.
        reference: Other values at which queries are answered that leave inputs open.
        n: Rows to simulate for an answer that is not exact.
        seed: Equal seeds give equal intervals.
        done: Called after each replicate, with the number of replicates so far.
        options: As for `Sampler.fit`, except that no cache is used.

    Raises:
        DofxError: E0424 for fewer than two replicates or too many, and what `fit` and `answer` find.

    References:
        Efron (1979), "Bootstrap methods: another look at the jackknife".
    """
    require_replicates(replicates)
    whole = not any(program.hedged(effect) for effect in program.asked.effects)
    asked = program if whole else program.anew()
    points = program.reference if reference is None else reference
    if not asked.columns:  # what is left is certain, whatever the rows say
        certain = program.answer(n=n, seed=seed, reference=points).numbers
        return [interval_of(np.full(replicates, number)) for number in certain]
    rows = rows_fitted(program, asked, data)
    found = _at_once(program, asked, rows, points, replicates, seed, options)
    if found is None:
        found = _one_by_one(asked.anew(), rows, points, replicates, n, seed, options)
    numbers: list[Array] = []
    for each in found:
        numbers.append(each)
        if done is not None:
            done(len(numbers))
    return [interval_of(column) for column in np.array(numbers).T]


def _at_once(
    program: CompiledProgram,
    asked: CompiledProgram,
    rows: Dataset | Collection,
    points: Reference,
    replicates: int,
    seed: int,
    options: Mapping[str, Any],
) -> Iterator[Array] | None:
    """The numbers of each replicate, found for many together; None where that is not possible.

    Args:
        program: Fitted on the real rows.
        asked: What is fitted to the resampled rows: the program, or what it has of identifiable effects.
        rows: The real rows.
        points: The values at which queries are answered that leave inputs open.
        replicates: How many.
        seed: Of the resampling.
        options: As for `Sampler.fit`.
    """
    if not engine_of(options.get("engine")).in_process:
        return None
    pooled, network, settings, rows = chosen_for(asked, rows, _known(options))
    batches = fit_at_once(network, rows, settings, replicates, seed, program.policies)
    if batches is None:
        return None
    parts = tuple(asked.parts(pooled, network))

    def numbers(batch: Batch) -> Array | None:
        tables = {
            query: batch.tables.part(part, fits, program.sampler_for(query).types)
            for query, part, fits in parts
        }
        return numbers_each(program, points, tables)

    found = numbers(next(batches))
    if found is None:
        return None  # and so would the others be: it depends on the types alone
    others = (each for each in map(numbers, batches) if each is not None)
    return chain(found, chain.from_iterable(others))


def _one_by_one(
    program: CompiledProgram,
    rows: Dataset | Collection,
    points: Reference,
    replicates: int,
    n: int,
    seed: int,
    options: Mapping[str, Any],
) -> Iterator[Array]:
    """The numbers of one replicate after another, from a program that is not fitted yet."""
    for _ in _refits(program, rows, replicates, seed, options):
        yield np.array(program.answer(n=n, seed=seed, reference=points).numbers)


def _known(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name not in (*FIT_ONLY, "engine")}


def _refits(
    program: CompiledProgram,
    rows: Dataset | Collection,
    replicates: int,
    seed: int,
    options: Mapping[str, Any],
) -> Iterator[None]:
    """The program fitted on one resampling after another: many at once, unless that is an engine's work."""
    if engine_of(options.get("engine")).in_process:
        pooled, network, settings, rows = chosen_for(program, rows, _known(options))
        for modules in fit_replicates(network, rows, settings, replicates, seed):
            program.adopt(pooled, Trained(network, modules, program.types))
            yield
        return
    home = program.sampled_from
    said = {each.name: each for each in (home, *program.asked.data)}
    parts = {home.name: rows} if isinstance(rows, Dataset) else rows.parts
    values = {name: _values(part, said[name]) for name, part in parts.items()}
    source = np.random.default_rng(seed)
    for number in range(replicates):
        resampled = {name: _resampled(part, values[name], source) for name, part in parts.items()}
        given: Any = resampled if isinstance(rows, Collection) else resampled[home.name]
        program.fit(given, **{"progress": False, **options, "seed": seed + number})
        yield


def _values(rows: Dataset, data: DataSet) -> dict[str, Any]:
    """The columns of some rows as a person would give them."""
    values = {name: decode(rows.types[name], rows[name]) for name in rows.tensors}
    values |= {name: _with_holes(rows, name) for name in rows.partial}
    return values | columns_said(rows, data)


def _resampled(rows: Dataset, values: Mapping[str, Any], source: np.random.Generator) -> dict[str, Any]:
    """The columns of resampled rows."""
    index = rows.design.resampled(rows.rows, partial(_picked, source)).numpy()
    return {name: column[index] for name, column in values.items()}


def _picked(source: np.random.Generator, units: int) -> Tensor:
    """As many of some units as there are, with replacement."""
    return torch.from_numpy(source.integers(0, units, units))


def _with_holes(rows: Dataset, name: str) -> Any:
    """A column's own values, None where a row has a hole."""
    column = rows.partial[name]
    values = decode(rows.types[name], column.values).astype(object)
    values[~column.shown.numpy()] = None
    return values
