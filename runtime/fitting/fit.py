"""Fitting: one generator for each fit of a network, as soon as those that it simulates from are there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ...compiler.emit import fit_text, joint_text, source_text
from ...compiler.network.ir import Data, Fit, Folded, SamplingNetwork
from ...compiler.network.keys import fit_key, source_key
from ...grammar.arguments import public
from ...grammar.files import path_of
from ...grammar.outputs import require_output
from ..data.dataset import Dataset
from ..engines import Engine, Local, Resources, Result, Task
from ..families import Family, default_generator, make_generator
from ..families.capabilities import Fittable, family_name
from ..families.recipes import module_recipe, settings_recipe
from ..families.table import TableGenerator
from ..foreign.filled import ROWS, check_filled
from ..foreign.foreign import Filling, Foreign, Place
from ..sampling.noise import derive_seed
from ..training.building import building
from ..training.devices import device_named
from ..training.settings import FitSettings
from .addresses import Addresses
from .cache import keep, prepare, recall
from .jobs import Fitted, Job, Simulation, run_job, run_job_away, run_jobs, seeded, stackable
from .joint import Chain, filled, joint_generator
from .overrides import Key, Overrides, Spec, fits_meant
from .progress import FitEvent, Listener, listening
from .report import FitRecord, FitSummary
from .roots import roots_of
from .simulation import simulated_rows


@dataclass(frozen=True, slots=True)
class FitOptions:
    """How a network is to be fitted.

    Args:
        settings: For every generator; each gets its own seed, derived from this one and from what it fits.
        overrides: Generators asked for by name.
        cache: Folder of finished generators, to take from and to add to.
        simulated_rows: Rows for generators that train on simulated ones; None leaves it to `simulated_rows`.
        exact_refits: Compute such a generator exactly where all is finite and small, instead of simulating.
    """

    settings: FitSettings
    overrides: Overrides
    cache: Path | None = None
    simulated_rows: int | None = None
    exact_refits: bool = True


@public("cache")
def fit_options(
    network: SamplingNetwork,
    *,
    generators: Mapping[Key, Spec] | None = None,
    epochs: int | None = None,
    seed: int = 0,
    settings: FitSettings | None = None,
    device: str | torch.device | None = None,
    cache: str | Path | None = None,
    simulated_rows: int | None = None,
    exact_refits: bool = True,
) -> FitOptions:
    """The options that the arguments of `Sampler.fit` stand for.

    Raises:
        DofxError: E0426 for an unknown key of `generators`, E0414 for draws that no block can be of.
    """
    chosen = replace(settings or FitSettings(), seed=seed)
    chosen = replace(chosen, epochs=epochs) if epochs is not None else chosen
    chosen = replace(chosen, device=str(device)) if device is not None else chosen
    folder = None if cache is None else path_of(cache)
    if chosen.sheets is not None:
        require_output(chosen.sheets, folder=True)
    return FitOptions(chosen, Overrides(network, generators), folder, simulated_rows, exact_refits)


def fit_settings(network: SamplingNetwork, fit: Fit, settings: FitSettings) -> FitSettings:
    """The settings of one fit: those of all, under a seed of its own."""
    return replace(settings, seed=derive_seed(settings.seed, "fit", fit_key(network, fit)))


def fit_network(
    network: SamplingNetwork,
    dataset: Dataset,
    options: FitOptions,
    progress: bool | Listener | None = None,
    engine: Engine | None = None,
) -> tuple[dict[Fit, nn.Module], FitSummary]:
    """Train a generator for each fit. Equal networks, data and options give equal generators, in any order.

    Args:
        network: What to fit.
        dataset: Rows of every variable that it mentions.
        options: How.
        progress: See `listening`.
        engine: Where; None trains in this process, small networks of equal shape together.

    Returns:
        The generators, and what training reached.
    """
    plan = FitPlan(network, dataset, options, engine or Local())
    with listening(progress) as listener:
        records = {chain: plan.settle(chain, fitted, reused) for chain, fitted, reused in plan.run(listener)}
    modules = {fit: plan.modules[fit] for fit in network.fits}
    return modules, FitSummary(tuple(records[chain] for chain in plan.chains))


class FitPlan:
    """What is to be fitted. Each fit, or chain that one generator serves, becomes a task, unless the cache has it."""

    def __init__(
        self, network: SamplingNetwork, dataset: Dataset, options: FitOptions, engine: Engine
    ) -> None:
        self.network, self.dataset, self.options, self.engine = network, dataset, options, engine
        self.resources = _resources(network, engine)
        if engine.in_process:
            device_named(options.settings.device)
        self.roots = roots_of(network, dataset.types, options.overrides.get)
        self.chains = tuple(dict.fromkeys(options.overrides.chain(fit) for fit in network.fits))
        self.unfitted = {chain: self._make(chain) for chain in self.chains}
        self.modules: dict[Fit, nn.Module] = {}
        self.addresses = Addresses(network, dataset, options.overrides.chain, self._recipe)
        self._columns: dict[str, Any] = {}

    def run(self, listener: Listener) -> Iterator[tuple[Chain, Fitted, bool]]:
        """The generators as they come, and whether they were in the cache."""
        chains, folder = self.chains, self.options.cache
        found_at = {chain: self.addresses[chain] for chain in chains} if folder else {}
        addresses = {chain: address for chain, address in found_at.items() if address is not None}
        events = {chain: FitEvent(joint_text(chain), i, len(chains)) for i, chain in enumerate(chains)}
        kept: dict[Chain, Any] = {}
        for chain, address in addresses.items():
            found = recall(folder, address, self.unfitted[chain]) if folder else None
            if found:
                kept[chain] = self.engine.share(found)
                listener(events[chain])
                yield chain, found, True
                listener(replace(events[chain], score=found[1].score, finished=True, reused=True))

        def together(calls: Sequence[tuple[Any, ...]]) -> list[Fitted]:
            for job, *_ in calls:
                listener(events[job.chain])
            return run_jobs(calls)

        if folder and not addresses.keys() <= kept.keys():
            prepare(folder)
        tasks = [self._task(chain, kept, events[chain], listener) for chain in chains if chain not in kept]
        if self.engine.in_process:
            tasks = [
                replace(task, together=together) if stackable(self.unfitted[task.key]) else task
                for task in tasks
            ]
        for chain, fitted in self.engine.run(tasks):
            if folder and chain in addresses:
                keep(folder, addresses[chain], *fitted)
            yield chain, fitted, False
            listener(replace(events[chain], score=fitted[1].score, finished=True))

    def settle(self, chain: Chain, fitted: Fitted, reused: bool) -> FitRecord:
        """Take a generator over."""
        module, report = fitted
        module.eval().to(_here(self.options.settings.device))
        self.modules |= self.filled(chain, module)
        if isinstance(module, Fittable) and not isinstance(module, Family):
            self._check(chain[0], module)
        return FitRecord(joint_text(chain), family_name(module), source_text(chain[0]), report, reused=reused)

    def filled(self, chain: Chain, module: nn.Module) -> dict[Fit, nn.Module]:
        """What fills each fit of a chain, once its generator is trained."""
        return filled(chain, module, self.dataset.types)

    def _task(self, chain: Chain, kept: Mapping[Chain, Any], event: FitEvent, listener: Listener) -> Task:
        """Columns are shared once, however many fits take them."""
        job, call = self.job(chain), run_job_away
        address = self.addresses[chain] if self.options.cache else None
        if self.engine.in_process and self.options.cache and address:
            path = self.options.cache / f"{address}.part"
            job = replace(job, settings=replace(job.settings, checkpoint=path))
        if job.settings.sheets is not None:
            sheets = path_of(job.settings.sheets) / self._folder(chain)
            job = replace(job, settings=replace(job.settings, sheets=sheets))
        if self.engine.in_process:
            job, call = _telling(job, event, listener)
        for name in job.columns:
            if name not in self._columns:
                self._columns[name] = self.engine.share(self.dataset[name])
        columns = [self._columns[name] for name in job.columns]
        earlier = [kept[need] if need in kept else Result(need) for need in job.needs]
        resources = self._given(chain).on(job.settings.device)
        arguments = (job, *columns, *earlier)
        return Task(chain, call, arguments, f"fit {event.fit}", resources, kept=True)

    def job(self, chain: Chain) -> Job:
        """All that training a generator needs."""
        fit, simulation = chain[0], None
        names = [*(each.target for each in chain), *fit.given]
        if not isinstance(fit.source, Data):
            stage, options = self.network.stage(fit.source.stage), self.options
            seed = derive_seed(options.settings.seed, "simulate", source_key(self.network, fit.source))
            exact = options.exact_refits or isinstance(fit.source, Folded)
            ran = (options.overrides.chain(draw.fit) for draw in stage.needed_for(names).draws)
            simulation = Simulation(stage, seed, options.simulated_rows, exact, tuple(dict.fromkeys(ran)))
            names += [*stage.inputs, *(draw.variable for draw in stage.draws)]
            names += [each.target for needed in simulation.needs for each in needed]
        settings = self._settings(fit)
        settings = replace(settings, device=self._given(chain).device(settings.device))
        types = {name: self.dataset.types[name] for name in names}
        return Job(chain, self.unfitted[chain], settings, types, simulation)

    def _given(self, chain: Chain) -> Resources:
        return next((self.resources[fit] for fit in chain if fit in self.resources), self.engine.default)

    def _folder(self, chain: Chain) -> str:
        name = re.sub(r"\W", "_", "_".join(fit.target for fit in chain))
        return f"{self.network.fits.index(chain[0]) + 1}-{name}"

    def _make(self, chain: Chain) -> nn.Module:
        fit, types = chain[0], self.dataset.types
        target, given = types[fit.target], [types[name] for name in fit.given]
        asked, settings = self.options.overrides.get(fit), self._settings(fit)
        ours = asked is None or isinstance(asked, str)
        with building(settings.seed) if ours else seeded(settings):
            if len(chain) > 1:
                return joint_generator(asked, chain, types)
            if fit in self.roots.fits:
                return self.roots.generator(target, given)
            if asked is None and isinstance(fit.source, Folded):
                return TableGenerator(target, given)
            if asked is None:
                return default_generator(target, given, self._row_count(fit))
            if isinstance(asked, Filling):
                module: nn.Module = asked.fill(self._place(fit))
            else:
                module = make_generator(asked, target, given)
            if not isinstance(module, Fittable):
                self._check(fit, module)
            return module

    def _place(self, fit: Fit) -> Place:
        types = self.dataset.types
        return Place(fit_text(fit), fit.target, types[fit.target], {name: types[name] for name in fit.given})

    def _check(self, fit: Fit, module: nn.Module) -> None:
        """Call a generator of one's own on a few real rows."""
        device = _here(self.options.settings.device)
        given = [self.dataset[name][:ROWS] for name in fit.given]
        check_filled(module.eval().to(device), self._place(fit), given, device)

    def _row_count(self, fit: Fit) -> int:
        if isinstance(fit.source, Data):
            return self.dataset.rows
        part = self.network.stage(fit.source.stage).needed_for((fit.target, *fit.given))
        return self.options.simulated_rows or simulated_rows(part, self.dataset.types, self.dataset.rows)

    def _settings(self, fit: Fit) -> FitSettings:
        return fit_settings(self.network, fit, self.options.settings)

    def _recipe(self, chain: Chain) -> Any:
        if isinstance(self.unfitted[chain], Foreign):
            return None
        options, simulated = self.options, not isinstance(chain[0].source, Data)
        how = [options.simulated_rows, options.exact_refits] if simulated else []
        return [module_recipe(self.unfitted[chain]), settings_recipe(self._settings(chain[0])), how]


def _telling(job: Job, event: FitEvent, listener: Listener) -> tuple[Job, Callable[..., Fitted]]:
    """The same job, and the call that does it, with a listener who hears of its start and its epochs."""

    def after_epoch(epoch: int, epochs: int, score: float) -> None:
        listener(replace(event, epoch=epoch, epochs=epochs, score=score))

    def run(*arguments: Any) -> Fitted:
        listener(event)
        return run_job(*arguments)

    return replace(job, settings=replace(job.settings, progress=after_epoch)), run


def _resources(network: SamplingNetwork, engine: Engine) -> dict[Fit, Resources]:
    """What each fit is given that has resources of its own; the more specific key wins."""
    asked = [(*fits_meant(network, key, "resources are"), given) for key, given in engine.resources.items()]
    return {fit: given for _, fits, given in sorted(asked, key=lambda entry: entry[0]) for fit in fits}


def _here(device: str) -> str:
    """The device, or the CPU where another machine had the GPU."""
    return "cpu" if device.startswith("cuda") and not torch.cuda.is_available() else device
