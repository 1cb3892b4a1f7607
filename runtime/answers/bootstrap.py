"""The bootstrap: how much a program's answers would vary from one data set to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...compiler.estimand.contraction import Array
from ...compiler.estimand.table import Table
from ..data.dataset import Dataset, read_data
from ..engines import engine_of
from ..training.building import learning
from ..variables import decode, fault, nearest
from .asking import numbers_each
from .at_once import fit_at_once
from .effects import ROWS
from .intervals import Interval, interval_of
from .querying import Reference
from .replicates import fit_replicates, require_replicates

if TYPE_CHECKING:
    from ..program import CompiledProgram

FIT_ONLY = ("progress", "cache", "checkpoint", "seed")
"""Options of `Sampler.fit` that replicates make no use of."""

KINDS = ("bootstrap",)
"""How intervals are found."""


def refuse_intervals(kind: object, data: object) -> None:
    """Refuse intervals of a kind that there is not, or that need the rows.

    Raises:
        DofxError: E0451.
    """
    if kind is None:
        return
    if kind not in KINDS:
        near = nearest(kind, KINDS)
        hint = f"did you mean `{near}`?" if near else 'write intervals="bootstrap", or leave it out'
        raise fault("E0451", f"intervals is {kind!r}, which is not a way to find intervals", help=(hint,))
    if data is None:
        raise fault(
            "E0451",
            "the bootstrap needs the rows that the program was fitted on",
            help=('pass them: answer(rows, intervals="bootstrap")',),
        )
    if isinstance(data, Table):
        raise fault(
            "E0451",
            "a distribution that is known has no intervals",
            ("nothing was fitted to rows, so nothing would vary",),
            ("leave `intervals` out",),
        )


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

    Every replicate draws as many rows as there are, with replacement, fits all generators on them and
    answers everything. So an interval holds the noise of the data and of fitting, though no bias that
    every fit shares.

    Args:
        program: Fitted; it stays as it is.
        data: What it was fitted on.
        replicates: At least 2.
        reference: Other values at which queries are answered that leave inputs open.
        n: Rows to simulate for an answer that is not exact.
        seed: Equal seeds give equal intervals.
        done: Called with the number of replicates so far after each.
        options: As for `Sampler.fit`, except that no cache is used.

    Raises:
        DofxError: E0424 for fewer than two replicates or too many, and what `fit` and `answer` find.

    References:
        Efron (1979), "Bootstrap methods: another look at the jackknife".
    """
    require_replicates(replicates)
    inner = program.anew()
    if not inner.columns:
        return []
    rows = read_data(data, inner.columns, {name: program.types[name] for name in inner.columns})
    points = program.reference if reference is None else reference
    numbers: list[Array] = []
    for found in _numbers(program, inner, rows, replicates, n, seed, points, options):
        for each in found:
            numbers.append(each)
            if done is not None:
                done(len(numbers))
    return [interval_of(column) for column in np.array(numbers).T]


def _numbers(
    program: CompiledProgram,
    inner: CompiledProgram,
    rows: Dataset,
    replicates: int,
    n: int,
    seed: int,
    points: Reference,
    options: Mapping[str, Any],
) -> Iterator[Sequence[Array]]:
    """The numbers of one replicate after another, those of many at once where all generators are tables.

    An engine that works in other processes fits one replicate after another.
    """

    def alone() -> list[Array]:
        return [np.array(inner.answer(n=n, seed=seed, reference=points).numbers)]

    if not engine_of(options.get("engine")).in_process:
        for _ in _refits(inner, rows, replicates, seed, options):
            yield alone()
        return
    known = {name: value for name, value in options.items() if name not in (*FIT_ONLY, "engine")}
    pooled, network, settings = inner.resampled(rows, **known)
    batches = fit_at_once(network, rows, settings, replicates, seed)
    if batches is None:
        for modules in fit_replicates(network, rows, settings, replicates, seed):
            inner.adopt(pooled, network, modules)
            yield alone()
        return
    for batch in batches:
        tables = {
            query: batch.tables.part(part, fits, program.sampler_for(query).types)
            for query, part, fits in inner.parts(pooled, network)
        }
        found = numbers_each(program, points, tables)
        if found is not None:
            yield list(found)
            continue
        for number in range(len(batch)):
            inner.adopt(pooled, network, batch.modules(number))
            yield alone()


def _refits(
    program: CompiledProgram, rows: Dataset, replicates: int, seed: int, options: Mapping[str, Any]
) -> Iterator[None]:
    """The program fitted by an engine on one resampling after another."""
    values = {name: decode(rows.types[name], rows[name]) for name in rows.names}
    source = np.random.default_rng(seed)
    for number in range(replicates):
        index = source.integers(0, rows.rows, rows.rows)
        resampled = {name: column[index] for name, column in values.items()}
        program.fit(resampled, **{"progress": False, **options, "seed": seed + number})
        yield
