"""Fits a network to a stream: each row is counted once, networks start from a sample and go on with all rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

import torch
from torch import nn

from ...compiler.network.ir import Fit, SamplingNetwork
from ...compiler.printers.network.text import fit_text
from ..data.dataset import Dataset
from ..data.design import Design
from ..data.masks import shows_of
from ..engines import Local
from ..families import default_generator
from ..families.capabilities import Streamable
from ..families.table import TableGenerator
from ..fitting.fit import FitOptions, FitPlan
from ..fitting.jobs import Fitted, run_job
from ..fitting.overrides import Spec
from ..fitting.progress import FitEvent, Listener, listening
from ..fitting.report import FitRecord, FitSummary
from ..fitting.several import filled_by_rows, rows_generator
from ..training.settings import FitReport, FitSettings
from ..variables import Finite, VariableType, cardinality_of
from .counting import Cells, Pass, cells_of, one_pass, tables_of
from .errors import cache_of_stream, weighed_rows_of_stream
from .rows import Rows
from .training import Member, train_on

MOST_CELLS = 1 << 22
"""Most cells of a table that is counted for a generator that may turn out to be none."""

MOST_TRAINED = 1 << 22
"""Most rows with which a network goes on, where nobody says how often it is to see all of them."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """A network that was fitted to a stream.

    Args:
        modules: The generators.
        report: The reports of their training.
        sample: The rows of the sample.
    """

    modules: Mapping[Fit, nn.Module]
    report: FitSummary
    sample: Dataset


def fit_stream(
    network: SamplingNetwork,
    rows: Rows,
    options: FitOptions,
    progress: bool | Listener | None,
    require: Callable[[Dataset], None],
) -> Streamed:
    """Train a generator for each fit of a network.

    A generator that trains on an interim stage does so when those that the stage runs are trained, on rows that these
    simulate, as for a fit to rows in memory.

    Args:
        network: The network.
        rows: Its rows.
        options: How it is fitted; `epochs` is the number of passes over the rows.
        progress: As for `Sampler.fit`.
        require: Called with the sample, in which a column is partial if any row of the stream has a hole there.

    Raises:
        DofxError: E0520 for what only a fit to rows in memory can do, E0517 for columns that no row shows together.
    """
    if options.cache is not None:
        raise cache_of_stream()
    for fit in network.fits:
        if fit.rows.weights:
            raise weighed_rows_of_stream(fit_text(fit))
    whole = _start(options, network, rows)
    direct = [fit for fit in network.fits if fit.data is not None]
    wanted = [cells for fit in direct for cells in _counted(network, fit, rows.types, whole.specs.get(fit))]
    refits = [fit for fit in network.fits if fit.data is None]
    wanted += [cells for fit in refits for cells in _inputs(network, fit, rows.types)]
    found = one_pass(rows, network, wanted, direct)
    require(found.sample)
    plan = FitPlan(network, found.sample, whole, Local())
    with listening(progress) as listener:
        return _Course(plan, found, rows, options, listener).run()


class _Course:
    """The fits of one network, in the order in which they need each other."""

    def __init__(
        self, plan: FitPlan, found: Pass, rows: Rows, options: FitOptions, listener: Listener
    ) -> None:
        self.plan, self.found, self.rows, self.options = plan, found, rows, options
        self.listener = listener
        fits = plan.fits
        self.events = {fit: FitEvent(fit_text(fit), i, len(fits)) for i, fit in enumerate(fits)}
        self.fitted: dict[Fit, Fitted] = {}

    def run(self) -> Streamed:
        """Train all."""
        fits = self.plan.fits
        direct = [fit for fit in fits if fit.data is not None]
        for fit in direct:
            self.listener(self.events[fit])
            self.fitted[fit] = self._started(fit)
        self._go_on([fit for fit in direct if isinstance(self.fitted[fit][0], Streamable)])
        for fit in direct:
            self._tell(fit)
        left = [fit for fit in fits if fit.data is None]
        while left:
            ready = [fit for fit in left if all(need in self.fitted for need in self.plan.job(fit).needs)]
            for fit in ready:
                self.listener(self.events[fit])
                self.fitted[fit] = self._refitted(fit)
                self._tell(fit)
            left = [fit for fit in left if fit not in ready]
        records = tuple(self._settled(fit) for fit in fits)
        return Streamed({fit: self.plan.modules[fit] for fit in fits}, FitSummary(records), self.found.sample)

    def _started(self, fit: Fit) -> Fitted:
        """A generator counted over all rows, or trained on the sample."""
        module = self.plan.unfitted[fit]
        settings = self.plan.job(fit).settings
        if isinstance(module, TableGenerator) and cells_of(self.plan.network, fit) in self.found.counts:
            return module, self._table(module, cells_of(self.plan.network, fit), settings)
        module, report = self._from_sample(fit)
        scores = [
            self._table(table, cells, settings).score
            for table, cells in tables_of(self.plan.network, fit, module)
        ]
        return module, report if not scores else replace(report, rows=self.found.shown[fit])

    def _table(self, table: TableGenerator, cells: Cells, settings: FitSettings) -> FitReport:
        weights = self.found.weights
        return table.fit_counts(
            self.found.counts[cells], settings, None if weights is None else weights[cells]
        )

    def _from_sample(self, fit: Fit) -> Fitted:
        job, rows = self.plan.job(fit), self.plan.rows_of(fit)
        columns = [rows[name] for name in job.columns]
        return run_job(job, rows.design, *columns, *(self.fitted[need] for need in job.needs))

    def _refitted(self, fit: Fit) -> Fitted:
        """A generator that trains on simulated rows; a table whose inputs are counted is computed from these counts."""
        job, inputs = self.plan.job(fit), _inputs(self.plan.network, fit, self.rows.types)
        if not inputs or not isinstance(job.module, TableGenerator) or job.simulation is None:
            return self._from_sample(fit)
        sizes = [cardinality_of(self.rows.types[name]) for name in inputs[0].names]
        counts = self.found.counts[inputs[0]]
        occurs = counts.nonzero().squeeze(1)
        columns = torch.unravel_index(occurs, sizes)
        simulation = replace(job.simulation, rows=job.simulation.rows or self.found.sample.rows)
        job = replace(job, simulation=simulation)
        earlier = (self.fitted[need] for need in job.needs)
        weights = counts if self.found.weights is None else self.found.weights[inputs[0]]
        module, report = run_job(job, Design(weights[occurs].double()), *columns, *earlier)
        return module, replace(report, rows=int(counts.sum()))

    def _go_on(self, fits: Sequence[Fit]) -> None:
        """Train networks on all rows, where there are more than the sample."""
        passes = self.options.settings.epochs
        most = MOST_TRAINED if passes is None else None
        passes = 1 if passes is None else passes
        if not fits or not passes or self.rows.sampled >= 1:
            return
        members = [
            Member(fit, *self.fitted[fit], self.plan.job(fit).settings, self.found.shown[fit]) for fit in fits
        ]

        def heard(fit: Fit, epoch: int, score: float) -> None:
            self.listener(replace(self.events[fit], epoch=epoch, epochs=passes, score=score))

        reports = train_on(members, self.plan.network, self.rows, self.found.held, passes, heard, most)
        for fit, report in reports.items():
            self.fitted[fit] = self.fitted[fit][0].eval(), report

    def _settled(self, fit: Fit) -> FitRecord:
        return self.plan.settle(fit, self.fitted[fit], reused=False)

    def _tell(self, fit: Fit) -> None:
        self.listener(replace(self.events[fit], score=self.fitted[fit][1].score, finished=True))


def _start(options: FitOptions, network: SamplingNetwork, rows: Rows) -> FitOptions:
    """The options of what is fitted to the sample: tables where all rows, not those of the sample, suffice for one."""
    specs = dict(options.specs)
    for fit in network.fits:
        targets = [rows.types[name] for name in fit.targets]
        given = [rows.types[name] for name in fit.given]
        by_rows = filled_by_rows(fit, specs.get(fit), rows.types)
        if fit.data is None or fit in specs or len(targets) > 1 or by_rows:
            continue
        if isinstance(default_generator(targets[0], given, rows.stream.rows), TableGenerator):
            specs[fit] = TableGenerator.family
    epochs = options.settings.epochs
    settings = replace(options.settings, epochs=0 if epochs == 0 else None)
    return replace(options, specs=specs, settings=settings)


def _inputs(network: SamplingNetwork, fit: Fit, types: Mapping[str, VariableType]) -> list[Cells]:
    """What is counted of the inputs of the stage on which a fit trains, if there are any and all are finite."""
    names = network.stage(fit.interim).input_variables if fit.interim is not None else ()
    if not names or not all(isinstance(types[name], Finite) for name in names):
        return []
    few = prod(cardinality_of(types[name]) for name in names) <= MOST_CELLS
    return [Cells(tuple(dict.fromkeys(names)), shows_of(network, fit))] if few else []


def _counted(
    network: SamplingNetwork, fit: Fit, types: Mapping[str, VariableType], spec: Spec | None
) -> list[Cells]:
    """What is counted for a generator: it may be a table, or real rows with the tables of their finite values."""
    targets = [types[name] for name in fit.targets]
    given = [types[name] for name in fit.given]
    if filled_by_rows(fit, spec, types):
        return [cells for _, cells in tables_of(network, fit, rows_generator(fit, types))]
    if len(targets) > 1 or spec is None or (isinstance(spec, str) and spec != TableGenerator.family):
        return []
    if (
        TableGenerator.refuses(targets[0], given)
        or prod(map(cardinality_of, [*given, *targets])) > MOST_CELLS
    ):
        return []
    return [cells_of(network, fit)]
