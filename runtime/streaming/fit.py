"""Fits a network to a stream: each row is counted once, networks start from a sample and go on with all rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

import torch
from torch import Tensor, nn

from ...compiler.explain.rows import why_rows
from ...compiler.network.ir import Fit, SamplingNetwork
from ...compiler.printers.network.text import fit_text
from ..data.collection import Collection
from ..data.dataset import Dataset, shows_of
from ..data.design import Design
from ..engines import Local
from ..families import default_generator
from ..families.capabilities import Streamable, only_counted
from ..families.table import TableGenerator
from ..fitting.fit import FitOptions, FitPlan
from ..fitting.jobs import Fitted, run_job
from ..fitting.joint_generators import filled_by_rows, rows_generator
from ..fitting.progress import FitEvent, Listener, listening
from ..fitting.report import FitRecord, FitSummary
from ..fitting.training_rows import Used
from ..foreign.chosen import Spec
from ..training.settings import FitReport, FitSettings
from ..variables import Finite, VariableType, cardinality_of
from .counting import Cells, Pass, cells_of, counted_in_memory, one_pass, tables_of
from .errors import cache_of_stream, weighed_rows_of_stream
from .sources import Sources
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
        sample: The rows of the samples, and those of data sets in memory.
        used: Which rows trained each generator that not all of them trained.
        sources: All rows.
    """

    modules: Mapping[Fit, nn.Module]
    report: FitSummary
    sample: Dataset | Collection
    used: Mapping[Fit, Used]
    sources: Sources


def fit_stream(
    network: SamplingNetwork,
    sources: Sources,
    options: FitOptions,
    progress: bool | Listener | None,
    require: Callable[[Mapping[str, Dataset]], None],
) -> Streamed:
    """Train a generator for each fit of a network.

    A generator that trains on an interim stage waits until the generators of that stage are trained. It then trains on
    rows that they simulate, as in a fit to rows in memory.

    Args:
        network: The network.
        sources: Its rows.
        options: How it is fitted; `epochs` is the number of passes over the rows of a stream.
        progress: As for `Sampler.fit`.
        require: Called with the samples and what is in memory, by the name of the data set; a column of a sample is
            partial if any row of the stream has a hole there.

    Raises:
        DofxError: E0520 for what only a fit to rows in memory can do, E0517 for columns that no row shows together.
    """
    if options.cache is not None:
        raise cache_of_stream()
    direct = [fit for fit in network.fits if fit.data is not None]
    for fit in direct:
        if fit.rows.weights and sources.main(fit) is not None:
            raise weighed_rows_of_stream(fit_text(fit))
    whole = _start(options, network, sources)
    found: dict[str, Pass] = {}
    for name, rows in sources.streams.items():
        here = [fit for fit in direct if name in sources.names(fit)]
        wanted = [each for fit in here for each in _counted(network, fit, rows.types, whole.specs.get(fit))]
        for fit in network.fits:
            inputs = _inputs(network, fit, rows.types)
            wanted += [each for each in inputs if rows.columns.keys() >= {*each.names, *each.shows}]
        found[name] = one_pass(rows, network, wanted, here)
    samples = {name: each.sample for name, each in found.items()}
    require({**samples, **sources.memory})
    plan = FitPlan(network, sources.together(samples), whole, Local())
    with listening(progress) as listener:
        return _Course(plan, found, sources, options, listener).run()


class _Course:
    """The fits of one network, in the order in which they need each other."""

    def __init__(
        self,
        plan: FitPlan,
        found: Mapping[str, Pass],
        sources: Sources,
        options: FitOptions,
        listener: Listener,
    ) -> None:
        self.plan, self.found, self.sources, self.options = plan, found, sources, options
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
        for name in self.sources.streams:
            mine = (fit for fit in direct if self.sources.main(fit) == name)
            self._go_on(name, [fit for fit in mine if isinstance(self.fitted[fit][0], Streamable)])
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
        modules = {fit: self.plan.modules[fit] for fit in fits}
        used = {fit: each for fit in direct if (each := self._used(fit)) is not None}
        return Streamed(modules, FitSummary(records), self.plan.dataset, used, self.sources)

    def _used(self, fit: Fit) -> Used | None:
        """Which rows trained a generator, and why these; None if all of them did."""
        name = self.sources.main(fit)
        if name is None:
            return self.plan.rows.used(fit)
        shown, among = self.found[name].shown[fit], self.found[name].rows
        if shown == among or len(self.sources.names(fit)) > 1:
            return None
        return Used(shown, among, None, why_rows(fit, self.plan.network.holes))

    def _started(self, fit: Fit) -> Fitted:
        """A generator counted over all rows, or trained on the samples or on rows in memory."""
        name, module = self.sources.main(fit), self.plan.unfitted[fit]
        if name is None:
            return self._from_sample(fit)
        settings, cells = self.plan.job(fit).settings, cells_of(self.plan.network, fit)
        table = only_counted(module)
        if table is not None and cells in self.found[name].counts:
            return module, self._table(table, fit, cells, settings)
        module, report = self._from_sample(fit)
        scores = [
            self._table(table, fit, each, settings).score
            for table, each in tables_of(self.plan.network, fit, module, self.sources.types)
        ]
        return module, report if not scores else replace(report, rows=self._shown(fit))

    def _shown(self, fit: Fit) -> int:
        """How many rows of all data sets that train a generator show what it reads."""
        names, memory = self.sources.names(fit), self.sources.memory
        return sum(memory[n].counted.rows if n in memory else self.found[n].shown[fit] for n in names)

    def _table(self, table: TableGenerator, fit: Fit, cells: Cells, settings: FitSettings) -> FitReport:
        """Fill a table from the counts of all rows of the data sets that train it."""
        memory, found = self.sources.memory, list[tuple[Tensor, Tensor | None]]()
        for name in self.sources.names(fit):
            if name in memory:
                found.append(counted_in_memory(memory[name], cells))
            else:
                here = self.found[name]
                found.append((here.counts[cells], None if here.weights is None else here.weights[cells]))
        counts, weights = _summed(found)
        return table.fit_counts(counts, settings, weights)

    def _from_sample(self, fit: Fit) -> Fitted:
        job, rows = self.plan.job(fit), self.plan.rows_of(fit)
        if fit.data is not None and self.sources.main(fit) is None:
            job = replace(job, settings=replace(job.settings, epochs=self.options.settings.epochs))
        columns = [rows[name] for name in job.columns]
        return run_job(job, rows.design, *columns, *(self.fitted[need] for need in job.needs))

    def _refitted(self, fit: Fit) -> Fitted:
        """A generator that trains on simulated rows; a table whose inputs are counted is computed from these counts."""
        job, inputs = self.plan.job(fit), _inputs(self.plan.network, fit, self.sources.types)
        home = self._home(fit)
        if home is None or not inputs or only_counted(job.module) is None or job.simulation is None:
            return self._from_sample(fit)
        found = self.found[home]
        sizes = [cardinality_of(self.sources.types[name]) for name in inputs[0].names]
        counts = found.counts[inputs[0]]
        occurs = counts.nonzero().squeeze(1)
        columns = torch.unravel_index(occurs, sizes)
        simulation = replace(job.simulation, rows=job.simulation.rows or found.sample.rows)
        job = replace(job, simulation=simulation)
        earlier = (self.fitted[need] for need in job.needs)
        weights = counts if found.weights is None else found.weights[inputs[0]]
        module, report = run_job(job, Design(weights[occurs].double()), *columns, *earlier)
        return module, replace(report, rows=int(counts.sum()))

    def _home(self, fit: Fit) -> str | None:
        """The stream that has all inputs of the stage on which a generator trains; None if there is none."""
        rows = self.plan.dataset
        if isinstance(rows, Dataset):
            return next(iter(self.found))
        homes = set(rows.homes(self.plan.network, fit).values())
        return next(iter(homes)) if len(homes) == 1 and homes <= self.found.keys() else None

    def _go_on(self, name: str, fits: Sequence[Fit]) -> None:
        """Train networks on all rows of a stream, where there are more than the sample."""
        rows, found = self.sources.streams[name], self.found[name]
        passes = self.options.settings.epochs
        most = MOST_TRAINED if passes is None else None
        passes = 1 if passes is None else passes
        if not fits or not passes or rows.sampled >= 1:
            return
        members = [
            Member(fit, *self.fitted[fit], self.plan.job(fit).settings, found.shown[fit]) for fit in fits
        ]

        def heard(fit: Fit, epoch: int, score: float) -> None:
            self.listener(replace(self.events[fit], epoch=epoch, epochs=passes, score=score))

        reports = train_on(members, self.plan.network, rows, found.held, passes, heard, most)
        for fit, report in reports.items():
            self.fitted[fit] = self.fitted[fit][0].eval(), report

    def _settled(self, fit: Fit) -> FitRecord:
        return self.plan.settle(fit, self.fitted[fit], reused=False)

    def _tell(self, fit: Fit) -> None:
        self.listener(replace(self.events[fit], score=self.fitted[fit][1].score, finished=True))


def _summed(parts: Sequence[tuple[Tensor, Tensor | None]]) -> tuple[Tensor, Tensor | None]:
    """The counts of several data sets, and how much these count: each data set by the number of its rows."""
    if len(parts) == 1:
        return parts[0]
    counts = torch.stack([each for each, _ in parts]).sum(0)
    if all(weights is None for _, weights in parts):
        return counts, None
    scaled = [
        each.double() if weights is None else weights * (each.sum() / weights.sum())
        for each, weights in parts
    ]
    return counts, torch.stack(scaled).sum(0)


def _start(options: FitOptions, network: SamplingNetwork, sources: Sources) -> FitOptions:
    """The options of what is fitted to the sample: tables where all rows, not those of the sample, suffice for one."""
    specs = dict(options.specs)
    for fit in network.fits:
        targets = [sources.types[name] for name in fit.targets]
        given = [sources.types[name] for name in fit.given]
        by_rows = filled_by_rows(fit, specs.get(fit), sources.types)
        if fit.data is None or fit in specs or len(targets) > 1 or by_rows or sources.main(fit) is None:
            continue
        if only_counted(default_generator(targets[0], given, sources.count(fit))) is not None:
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
        return [cells for _, cells in tables_of(network, fit, rows_generator(fit, types), types)]
    if len(targets) > 1 or spec is None or (isinstance(spec, str) and spec != TableGenerator.family):
        return []
    if (
        TableGenerator.refuses(targets[0], given)
        or prod(map(cardinality_of, [*given, *targets])) > MOST_CELLS
    ):
        return []
    return [cells_of(network, fit)]
