"""One fit as a job: everything that training a generator needs, so that any process can do it, and repeat it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from ...compiler.network.ir import Fit, Stage
from ...compiler.printers.network.text import fit_text
from ..data.dataset import Dataset
from ..data.design import Design
from ..exact.distribution import exact_conditional
from ..families import Configured
from ..families.capabilities import Fittable, OfRows, Stackable, only_counted
from ..families.joint import assembled, stacked
from ..foreign.scoring import scored
from ..sampling.noise import derive_seed
from ..training.building import BORROWING
from ..training.ensemble import Plan, train_plans
from ..training.settings import FitReport, FitSettings
from ..training.team import team
from ..variables import VariableType
from .errors import no_report
from .simulation import simulate

MOST_EXACT_CELLS = 1 << 22
"""Largest intermediate table for which a finite refit is computed rather than trained on simulated rows."""

Fitted: TypeAlias = tuple[nn.Module, FitReport]
"""A generator and the report of its training."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """The simulation of the rows of a refit.

    Args:
        stage: The interim stage.
        seed: Seed of the simulation; equal seeds give equal rows.
        rows: Number of rows to simulate; None leaves it to `simulated_rows`.
        exact: Whether to compute the generator exactly, instead of simulating, if all variables are finite and the
            tables small.
        needs: The fits whose generators the stage runs.
    """

    stage: Stage
    seed: int
    rows: int | None
    exact: bool
    needs: tuple[Fit, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """One generator to train. The only other inputs are its columns and the earlier generators that it needs.

    Args:
        fit: The conditional that is fitted.
        module: The generator, not trained yet.
        settings: Settings with the seed of this fit.
        types: Types of all variables of the job.
        simulation: The simulation of a refit; None trains on the data.
    """

    fit: Fit
    module: nn.Module
    settings: FitSettings
    types: Mapping[str, VariableType]
    simulation: Simulation | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the data that it reads.

        A stage without inputs is simulated from nothing, and its targets are read only for their number of rows.
        """
        if self.simulation is None:
            return self.fit.variables
        return tuple(dict.fromkeys(self.simulation.stage.input_variables or self.fit.targets))

    @property
    def needs(self) -> tuple[Fit, ...]:
        """The fits of the generators from which it simulates."""
        return self.simulation.needs if self.simulation else ()


def run_job(job: Job, design: Design, *arguments: Any) -> Fitted:
    """Train a job's generator in place.

    Args:
        job: The job.
        design: How the rows count.
        arguments: The job's columns, encoded, ``(rows, *event)``; then the results of the jobs that it needs.

    Raises:
        Exception: Any error of training, with a note that names the fit.
    """
    try:
        report = _train(job, *_taken(job, design, arguments))
    except Exception as error:
        error.add_note(f"dofx: while fitting {fit_text(job.fit)}")
        raise
    return job.module.eval(), report


def stackable(module: nn.Module) -> bool:
    """Whether `run_jobs` may train the generator together with others."""
    return isinstance(module, Stackable)


def run_jobs(calls: Sequence[tuple[Any, ...]]) -> list[Fitted]:
    """Train the generators of several jobs together, with the same results as `run_job`.

    Args:
        calls: The arguments of `run_job` for each job. The generators are `stackable`.

    Raises:
        Exception: Any error of training, with a note that names the fits.
    """
    reports: dict[int, FitReport] = {}
    plans: dict[int, Plan] = {}
    try:
        for number, (job, design, *arguments) in enumerate(calls):
            dataset, modules = _taken(job, design, arguments)
            targets, given = _rows(job, dataset, modules)
            target = _stacked(job, targets)
            held_out, by_weight = _held_out(job, dataset), _by_weight(job, dataset)
            plan = job.module.training_plan(target, given, job.settings, held_out, **by_weight)
            if plan is None:
                reports[number] = job.module.fit(target, given, job.settings, **by_weight)
            else:
                plans[number] = plan
        reports |= dict(zip(plans, train_plans(list(plans.values())), strict=True))
    except Exception as error:
        error.add_note(f"dofx: while fitting {', '.join(fit_text(job.fit) for job, *_ in calls)}")
        raise
    return [(job.module.eval(), reports[number]) for number, (job, *_) in enumerate(calls)]


def run_job_away(job: Job, design: Design, *arguments: Any) -> Fitted:
    """`run_job` in a process other than the caller's. The trained generator is moved to the CPU for the transfer.

    A generator that this process would train in a stack is trained as a stack of one there, with the same result.
    """
    alike = stackable(job.module) and team().size == 1
    call = (job, design, *arguments)
    module, report = run_jobs([call])[0] if alike else run_job(*call)
    return module.cpu(), report


def _taken(job: Job, design: Design, arguments: Sequence[Any]) -> tuple[Dataset, dict[Fit, nn.Module]]:
    """A job's rows that have a weight, and the generators from which it simulates."""
    columns: dict[str, Tensor] = dict(zip(job.columns, arguments, strict=False))
    earlier: Sequence[Fitted] = arguments[len(columns) :]
    modules: dict[Fit, nn.Module] = {}
    for fit, (module, _) in zip(job.needs, earlier, strict=True):
        modules[fit] = assembled(module, [job.types[name] for name in fit.targets])
    return Dataset(columns, job.types, design=design).counted, modules


def _held_out(job: Job, dataset: Dataset) -> Tensor | None:
    """The rows that the design holds out, if some rows remain for training; None leaves the choice to the settings."""
    held_out = dataset.design.held_out
    if held_out is None or job.simulation is not None:
        return None
    return held_out if 0 < int(held_out.sum()) < len(held_out) else None


def _by_weight(job: Job, dataset: Dataset) -> dict[str, Tensor]:
    """The weights of the rows as an argument of a generator's `fit`; empty if the rows have none.

    Every simulated row counts the same: the weights of the data already shaped the inputs and the generators.
    """
    weights = dataset.design.relative
    return {} if weights is None or job.simulation is not None else {"weights": weights}


def _train(job: Job, dataset: Dataset, modules: Mapping[Fit, nn.Module]) -> FitReport:
    started = time.perf_counter()
    exact = _exact(job, dataset, modules)
    if exact:
        return replace(exact, seconds=time.perf_counter() - started)
    module = job.module
    targets, given = _rows(job, dataset, modules)
    if isinstance(module, OfRows):
        return module.keep(targets, given, job.settings, **_by_weight(job, dataset))
    target = _stacked(job, targets)
    with nullcontext() if isinstance(module, Configured) else seeded(job.settings, team().rank):
        if not isinstance(module, Fittable):
            return scored(module, target, given, job.settings, **_by_weight(job, dataset))
        report: Any = module.fit(target, given, job.settings, **_by_weight(job, dataset))
    if report is None:
        return FitReport(None, epochs=1, rows=len(target), seconds=time.perf_counter() - started)
    if not isinstance(report, FitReport):
        name, kind = type(job.module).__name__, type(report).__name__
        raise no_report(name, fit_text(job.fit), kind)
    return report


def _rows(job: Job, dataset: Dataset, modules: Mapping[Fit, nn.Module]) -> tuple[list[Tensor], list[Tensor]]:
    """The targets and the conditions for training: rows of the data, or rows simulated from an earlier stage."""
    fit = job.fit
    rows = [dataset[name] for name in fit.variables] if job.simulation is None else []
    if job.simulation is not None:
        rows = simulate(
            job.simulation.stage,
            job.fit.variables,
            modules,
            dataset,
            job.simulation.seed,
            job.simulation.rows,
            job.settings.device,
        )
    return rows[: len(fit.targets)], rows[len(fit.targets) :]


def _stacked(job: Job, targets: Sequence[Tensor]) -> Tensor:
    return stacked(targets, [job.types[name] for name in job.fit.targets])


def _exact(job: Job, dataset: Dataset, modules: Mapping[Fit, nn.Module]) -> FitReport | None:
    """Set a table to its limit for infinitely many simulated rows, if that can be computed."""
    simulation, counted = job.simulation, only_counted(job.module)
    if simulation is None or not simulation.exact or counted is None:
        return None
    found = exact_conditional(simulation.stage, job.fit, modules, dataset, MOST_EXACT_CELLS)
    if found is None:
        return None
    table, score = found
    counted.set_table(torch.from_numpy(table))
    return FitReport(score, epochs=0, rows=dataset.rows, seconds=0.0)


@contextmanager
def seeded(settings: FitSettings, rank: int = 0) -> Iterator[None]:
    """A scope for custom code, in which torch's global generators start from the fit's seed.

    Afterwards their states are restored. Fits in several threads take turns.

    Args:
        settings: The settings, with the seed.
        rank: The rank in a team, whose members draw different noise for their rows.
    """
    device = torch.device(settings.device)
    with BORROWING, torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        seed = derive_seed(settings.seed, rank) if rank else settings.seed
        torch.default_generator.manual_seed(seed)  # without CUDA, torch.manual_seed takes half a millisecond
        if device.type == "cuda":
            torch.cuda.manual_seed(seed)
        yield
