"""Fitting: one generator for each fit of a network, in dependency order."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..compiler.emit import fit_text, source_text
from ..compiler.network.ir import Data, Fit, SamplingNetwork, Simulated, Stage
from .addresses import Addresses, fit_key, module_recipe, settings_recipe, source_key
from .checkpoint import keep, recall
from .data import Dataset
from .distribution import exact_conditional
from .generators import FitReport, FitSettings, default_generator, make_generator
from .generators.table import TableGenerator
from .noise import derive_seed
from .overrides import Overrides
from .progress import FitEvent, Listener, listening
from .report import FitRecord, FitSummary
from .simulation import needed_draws, simulate, simulated_rows

MOST_EXACT_CELLS = 1 << 22
"""Largest table, on the way, for which a finite refit is computed rather than trained on simulated rows."""


@dataclass(frozen=True, slots=True)
class FitOptions:
    """How a network is to be fitted.

    Args:
        settings: For every generator; each gets its own seed, derived from this one and from what it fits.
        overrides: Generators asked for by name.
        checkpoint: Folder of finished generators to resume from and to add to.
        simulated_rows: Rows for generators that train on simulated ones; None leaves it to `simulated_rows`.
        exact_refits: Compute such a generator exactly where all is finite and small, instead of simulating.
    """

    settings: FitSettings
    overrides: Overrides
    checkpoint: Path | None = None
    simulated_rows: int | None = None
    exact_refits: bool = True


def fit_network(
    network: SamplingNetwork, dataset: Dataset, options: FitOptions, progress: bool | Listener | None = None
) -> tuple[dict[Fit, nn.Module], FitSummary]:
    """Train a generator for each fit. Equal networks, data and options give equal generators, in any order.

    Args:
        network: What to fit.
        dataset: Rows of every variable that it mentions.
        options: How.
        progress: See `listening`.

    Returns:
        The generators, and what training reached.
    """
    fitter = _Fitter(network, dataset, options)
    with listening(progress) as listener:
        records = [fitter.run(fit, index, listener) for index, fit in enumerate(network.fits)]
    return fitter.modules, FitSummary(tuple(records))


class _Fitter:
    def __init__(self, network: SamplingNetwork, dataset: Dataset, options: FitOptions) -> None:
        self.network, self.dataset, self.options = network, dataset, options
        self.unfitted = {fit: self._make(fit) for fit in network.fits}
        self.modules: dict[Fit, nn.Module] = {}
        self.addresses = Addresses(network, dataset, self._recipe)

    def run(self, fit: Fit, index: int, listener: Listener) -> FitRecord:
        """Take a generator from the checkpoint, or train it and keep it there."""
        event = FitEvent(fit_text(fit), index, len(self.network.fits))
        listener(event)
        folder, module = self.options.checkpoint, self.unfitted[fit]
        address = self.addresses[fit] if folder else ""
        kept = recall(folder, address, module) if folder else None
        if kept:
            self.modules[fit], report = kept
        else:
            report = self._train(fit, module, event, listener)
            self.modules[fit] = module
            if folder:
                keep(folder, address, module, report)
        self.modules[fit].eval().to(self.options.settings.device)
        listener(replace(event, score=report.score, finished=True, reused=kept is not None))
        return FitRecord(
            fit_text(fit), _family(self.modules[fit]), source_text(fit), report, reused=kept is not None
        )

    def _train(self, fit: Fit, module: nn.Module, event: FitEvent, listener: Listener) -> FitReport:
        started = time.perf_counter()

        def after_epoch(epoch: int, epochs: int, score: float) -> None:
            listener(replace(event, epoch=epoch, epochs=epochs, score=score))

        settings = replace(self._settings(fit), progress=after_epoch)
        try:
            exact = self._exact(fit, module)
            if exact:
                return replace(exact, seconds=time.perf_counter() - started)
            train: Any = getattr(module, "fit", None)
            if train is None:
                return FitReport(None, epochs=0, rows=0, seconds=0.0)
            rows = self._rows(fit)
            with _seeded(settings):
                report: FitReport = train(rows[fit.target], [rows[name] for name in fit.given], settings)
            return report
        except Exception as error:
            error.add_note(f"dofx: while fitting {fit_text(fit)}")
            raise

    def _rows(self, fit: Fit) -> Mapping[str, Tensor]:
        """The rows to train on: of the data, or simulated from an earlier stage."""
        if isinstance(fit.source, Data):
            return self.dataset.tensors
        return simulate(
            self._stage(fit.source),
            (fit.target, *fit.given),
            self.modules,
            self.dataset,
            derive_seed(self.options.settings.seed, "simulate", source_key(self.network, fit.source)),
            self.options.simulated_rows,
            self.options.settings.device,
        )

    def _exact(self, fit: Fit, module: nn.Module) -> FitReport | None:
        """Set a table to what infinitely many simulated rows would teach it, where that can be computed."""
        if (
            isinstance(fit.source, Data)
            or not self.options.exact_refits
            or not isinstance(module, TableGenerator)
        ):
            return None
        found = exact_conditional(self._stage(fit.source), fit, self.modules, self.dataset, MOST_EXACT_CELLS)
        if found is None:
            return None
        table, score = found
        module.set_table(torch.from_numpy(table))
        return FitReport(score, epochs=0, rows=self.dataset.rows, seconds=0.0)

    def _make(self, fit: Fit) -> nn.Module:
        types = self.dataset.types
        target, given = types[fit.target], [types[name] for name in fit.given]
        asked = self.options.overrides.get(fit)
        with _seeded(self._settings(fit)):
            if asked is not None:
                return make_generator(asked, target, given)
            return default_generator(target, given, self._row_count(fit))

    def _row_count(self, fit: Fit) -> int:
        if isinstance(fit.source, Data):
            return self.dataset.rows
        part = needed_draws(self._stage(fit.source), (fit.target, *fit.given))
        return self.options.simulated_rows or simulated_rows(part, self.dataset.types, self.dataset.rows)

    def _settings(self, fit: Fit) -> FitSettings:
        seed = derive_seed(self.options.settings.seed, "fit", fit_key(self.network, fit))
        return replace(self.options.settings, seed=seed)

    def _recipe(self, fit: Fit) -> Any:
        simulated = isinstance(fit.source, Simulated)
        how = [self.options.simulated_rows, self.options.exact_refits] if simulated else []
        return [module_recipe(self.unfitted[fit]), settings_recipe(self._settings(fit)), how]

    def _stage(self, source: Simulated) -> Stage:
        return self.network.stage(source.stage)


def _family(module: nn.Module) -> str:
    return str(getattr(module, "family", type(module).__name__))


@contextmanager
def _seeded(settings: FitSettings) -> Iterator[None]:
    """A scope in which torch's global generators start from the fit's seed; then they are as before."""
    device = torch.device(settings.device)
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(settings.seed)
        yield
