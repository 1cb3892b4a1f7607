"""Fitting: trains one generator for each fit of a network, as soon as the generators that it needs are fitted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ...compiler.network.ir import Fit, SamplingNetwork
from ...compiler.network.keys import fit_key, source_key
from ...compiler.printers.network.text import fit_text, source_text
from ...grammar.edge.arguments import public
from ...grammar.edge.files import path_of
from ...grammar.edge.outputs import require_output
from ..data.collection import Collection
from ..data.dataset import Dataset
from ..engines import Engine, Local, Resources, Result, Task
from ..families import Configured
from ..families.capabilities import Borrowed, Fittable, family_name
from ..families.joint import assembled
from ..families.recipes import module_recipe, settings_recipe
from ..foreign.chosen import Spec
from ..sampling.noise import derive_seed
from ..training.devices import device_named
from ..training.settings import FitSettings
from .addresses import Addresses
from .cache import keep, prepare, recall
from .jobs import Fitted, Job, Simulation, run_job, run_job_away, run_jobs, stackable
from .overrides import fits_meant
from .progress import FitEvent, Listener, listening
from .report import FitRecord, FitSummary
from .training_rows import TrainingRows
from .unfitted import Unfitted, here


@dataclass(frozen=True, slots=True)
class FitOptions:
    """How a network is fitted.

    Args:
        settings: Settings of every generator; each gets its own seed, derived from this seed and from its fit.
        specs: Generators that the user chose, by fit.
        cache: Folder of finished generators, which is read and extended.
        simulated_rows: Number of rows to simulate for a refit; None leaves it to `simulated_rows`.
        exact_refits: Whether to compute a refit exactly, instead of simulating, if all its variables are finite and
            its tables small.
    """

    settings: FitSettings
    specs: Mapping[Fit, Spec]
    cache: Path | None = None
    simulated_rows: int | None = None
    exact_refits: bool = True


@public("cache")
def fit_options(
    specs: Mapping[Fit, Spec] | None = None,
    *,
    epochs: int | None = None,
    seed: int = 0,
    settings: FitSettings | None = None,
    device: str | torch.device | None = None,
    cache: str | Path | None = None,
    simulated_rows: int | None = None,
    exact_refits: bool = True,
) -> FitOptions:
    """The options that the arguments of `Sampler.fit` stand for.

    Args:
        specs: Generators that the user chose, as `choose` returns them.
        epochs: As for `Sampler.fit`.
        seed: As for `Sampler.fit`.
        settings: As for `Sampler.fit`.
        device: As for `Sampler.fit`.
        cache: As for `Sampler.fit`.
        simulated_rows: As for `Sampler.fit`.
        exact_refits: As for `Sampler.fit`.
    """
    chosen = replace(settings or FitSettings(), seed=seed)
    chosen = replace(chosen, epochs=epochs) if epochs is not None else chosen
    chosen = replace(chosen, device=str(device)) if device is not None else chosen
    folder = None if cache is None else path_of(cache)
    if chosen.sheets is not None:
        require_output(chosen.sheets, folder=True)
    return FitOptions(chosen, specs or {}, folder, simulated_rows, exact_refits)


def fit_settings(network: SamplingNetwork, fit: Fit, settings: FitSettings) -> FitSettings:
    """The settings of one fit: the common settings, with a separate seed."""
    return replace(settings, seed=derive_seed(settings.seed, "fit", fit_key(network, fit)))


def fit_network(
    network: SamplingNetwork,
    dataset: Dataset | Collection,
    options: FitOptions,
    progress: bool | Listener | None = None,
    engine: Engine | None = None,
    rows: TrainingRows | None = None,
) -> tuple[dict[Fit, nn.Module], FitSummary]:
    """Train a generator for each fit. Equal networks, data and options give equal generators, in any order.

    Args:
        network: The network to fit.
        dataset: Rows of every variable in the network, or those of each of its data sets.
        options: How it is fitted.
        progress: See `listening`.
        engine: Where the fits run; None trains in this process, small networks of equal shape together.
        rows: The rows of each fit, if they are known already.

    Returns:
        The generators, and the reports of their training.
    """
    plan = FitPlan(network, dataset, options, engine or Local(), rows)
    with listening(progress) as listener:
        records = {fit: plan.settle(fit, fitted, reused) for fit, fitted, reused in plan.run(listener)}
    modules = {fit: plan.modules[fit] for fit in plan.fits}
    return modules, FitSummary(tuple(records[fit] for fit in plan.fits))


class FitPlan:
    """The fits of a network. Each fit becomes a task, unless the cache has its generator."""

    def __init__(
        self,
        network: SamplingNetwork,
        dataset: Dataset | Collection,
        options: FitOptions,
        engine: Engine,
        rows: TrainingRows | None = None,
    ) -> None:
        self.network, self.dataset, self.options, self.engine = network, dataset, options, engine
        self.resources = _resources(network, engine)
        if engine.in_process:
            device_named(options.settings.device)
        self.fits = network.fits
        self.rows = rows or TrainingRows(network, dataset, options.settings)
        self._makes = Unfitted(network, dataset, self.rows, options.specs, options.simulated_rows)
        self.unfitted = {fit: self._makes.of(fit, self._settings(fit)) for fit in self.fits}
        self.modules: dict[Fit, nn.Module] = {}
        self.addresses = Addresses(network, self.rows_of, self._recipe)
        self._columns: dict[tuple[int, str], Any] = {}

    def run(self, listener: Listener) -> Iterator[tuple[Fit, Fitted, bool]]:
        """The generators in the order in which they finish, and whether each was in the cache."""
        fits, folder = self.fits, self.options.cache
        found_at = {fit: self.addresses[fit] for fit in fits} if folder else {}
        addresses = {fit: address for fit, address in found_at.items() if address is not None}
        events = {fit: FitEvent(fit_text(fit), i, len(fits)) for i, fit in enumerate(fits)}
        kept: dict[Fit, Any] = {}
        for fit, address in addresses.items():
            found = recall(folder, address, self.unfitted[fit]) if folder else None
            if found:
                kept[fit] = self.engine.share(found)
                listener(events[fit])
                yield fit, found, True
                listener(replace(events[fit], score=found[1].score, finished=True, reused=True))

        def together(calls: Sequence[tuple[Any, ...]]) -> list[Fitted]:
            for job, *_ in calls:
                listener(events[job.fit])
            return run_jobs(calls)

        if folder and not addresses.keys() <= kept.keys():
            prepare(folder)
        tasks = [self._task(fit, kept, events[fit], listener) for fit in fits if fit not in kept]
        if self.engine.in_process:
            tasks = [
                replace(task, together=together) if stackable(self.unfitted[task.key]) else task
                for task in tasks
            ]
        for fit, fitted in self.engine.run(tasks):
            if folder and fit in addresses:
                keep(folder, addresses[fit], *fitted)
            yield fit, fitted, False
            listener(replace(events[fit], score=fitted[1].score, finished=True))

    def rows_of(self, fit: Fit) -> Dataset:
        """The rows that train a fit: those of its own data set, and of these the ones that show what it reads."""
        return self.rows.of(fit)

    def settle(self, fit: Fit, fitted: Fitted, reused: bool) -> FitRecord:
        """Take over a fitted generator; returns its record."""
        module, report = fitted
        device = here(self.options.settings.device)
        module.eval().to(device)
        self.modules[fit] = self.assembled(fit, module)
        if isinstance(module, Fittable) and not isinstance(module, Configured):
            self._makes.check(fit, module, device)
        return FitRecord(fit_text(fit), family_name(module), source_text(fit), report, reused=reused)

    def assembled(self, fit: Fit, module: nn.Module) -> nn.Module:
        """The module of the draws of a fit, made from its trained generator."""
        return assembled(module, [self.dataset.types[name] for name in fit.targets])

    def _task(self, fit: Fit, kept: Mapping[Fit, Any], event: FitEvent, listener: Listener) -> Task:
        """The task of a fit."""
        job, call = self.job(fit), run_job_away
        address = self.addresses[fit] if self.options.cache else None
        if self.engine.in_process and self.options.cache and address:
            path = self.options.cache / f"{address}.part"
            job = replace(job, settings=replace(job.settings, checkpoint=path))
        if job.settings.sheets is not None:
            sheets = path_of(job.settings.sheets) / self._folder(fit)
            job = replace(job, settings=replace(job.settings, sheets=sheets))
        if self.engine.in_process:
            job, call = _reporting(job, event, listener)
        rows = self.rows_of(fit)
        design = self._shared(rows, "", rows.design)
        columns = [self._shared(rows, name, rows[name]) for name in job.columns]
        earlier = [kept[need] if need in kept else Result(need) for need in job.needs]
        resources = self._given(fit).on(job.settings.device)
        arguments = (job, design, *columns, *earlier)
        return Task(fit, call, arguments, f"fit {event.fit}", resources, kept=True)

    def _shared(self, rows: Dataset, name: str, value: Any) -> Any:
        """A column of some rows, or their design, shared with the engine once, however many fits read it."""
        place = id(rows), name
        if place not in self._columns:
            self._columns[place] = self.engine.share(value)
        return self._columns[place]

    def job(self, fit: Fit) -> Job:
        """The job of a fit: everything that training its generator needs."""
        simulation = None
        names = [*fit.variables]
        if fit.interim is not None:
            stage, options = self.network.stage(fit.interim), self.options
            seed = derive_seed(options.settings.seed, "simulate", source_key(self.network, fit.source))
            exact = options.exact_refits or fit.is_folded
            ran = (draw.fit for draw in stage.needed_for(names).draws)
            simulation = Simulation(stage, seed, options.simulated_rows, exact, tuple(dict.fromkeys(ran)))
            names += [*stage.input_variables, *(name for draw in stage.draws for name in draw.fit.variables)]
        settings = self._settings(fit)
        settings = replace(settings, device=self._given(fit).device(settings.device))
        types = {name: self.dataset.types[name] for name in names}
        return Job(fit, self.unfitted[fit], settings, types, simulation)

    def _given(self, fit: Fit) -> Resources:
        return self.resources.get(fit, self.engine.default)

    def _folder(self, fit: Fit) -> str:
        name = re.sub(r"\W", "_", "_".join(fit.targets))
        return f"{self.fits.index(fit) + 1}-{name}"

    def _settings(self, fit: Fit) -> FitSettings:
        return fit_settings(self.network, fit, self.options.settings)

    def _recipe(self, fit: Fit) -> Any:
        if isinstance(self.unfitted[fit], Borrowed):
            return None
        options, simulated = self.options, fit.interim is not None
        how = [options.simulated_rows, options.exact_refits] if simulated else []
        return [module_recipe(self.unfitted[fit]), settings_recipe(self._settings(fit)), how]


def _reporting(job: Job, event: FitEvent, listener: Listener) -> tuple[Job, Callable[..., Fitted]]:
    """The same job, and the call that does it, which report its start and its epochs to a listener."""

    def after_epoch(epoch: int, epochs: int, score: float) -> None:
        listener(replace(event, epoch=epoch, epochs=epochs, score=score))

    def run(*arguments: Any) -> Fitted:
        listener(event)
        return run_job(*arguments)

    return replace(job, settings=replace(job.settings, progress=after_epoch)), run


def _resources(network: SamplingNetwork, engine: Engine) -> dict[Fit, Resources]:
    """The resources of each fit that has its own; the more specific key wins."""
    asked = [(*fits_meant(network, key, "resources are"), given) for key, given in engine.resources.items()]
    return {fit: given for _, fits, given in sorted(asked, key=lambda entry: entry[0]) for fit in fits}
