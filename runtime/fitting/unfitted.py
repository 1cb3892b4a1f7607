"""The generator of each fit before it is trained: the one that the user chose, or a family that suits its types."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

from ...compiler.network.ir import Fit, SamplingNetwork
from ...compiler.printers.network.text import fit_text
from ..data.collection import Collection
from ..data.dataset import Dataset
from ..families import default_generator
from ..families.capabilities import Fittable
from ..families.table import TableGenerator
from ..foreign.chosen import Spec, generator_at, place_of
from ..foreign.filled import ROWS, check_filled, require_weights
from ..training.building import building
from ..training.settings import FitSettings
from .jobs import seeded
from .joint_generators import filled_by_rows, joint_generator, most_rows, rows_generator
from .simulation import simulated_rows
from .training_rows import TrainingRows


class Unfitted:
    """Makes the unfitted generators of a network.

    Args:
        network: The network.
        dataset: The rows, or those of each data set.
        rows: The rows that train each fit.
        specs: Generators that the user chose, by fit.
        simulated: The number of rows that a refit simulates; None leaves it to `simulated_rows`.
    """

    def __init__(
        self,
        network: SamplingNetwork,
        dataset: Dataset | Collection,
        rows: TrainingRows,
        specs: Mapping[Fit, Spec],
        simulated: int | None,
    ) -> None:
        self.network, self.dataset, self.rows, self.specs = network, dataset, rows, specs
        self.simulated = simulated
        self._most_rows = most_rows(network, dataset.types)

    def of(self, fit: Fit, settings: FitSettings) -> nn.Module:
        """The generator of a fit, with new weights that depend on the settings' seed.

        Raises:
            DofxError: What is wrong with a module that the user chose.
        """
        module = self._made(fit, settings)
        if fit.interim is None and self.rows.of(fit).design.weights is not None:
            require_weights(fit_text(fit), module)
        return module

    def check(self, fit: Fit, module: nn.Module, device: str) -> None:
        """Check a custom generator by calling it on a few real rows."""
        rows = self.rows.of(fit)
        if isinstance(self.dataset, Dataset) and self.dataset.partial:
            rows = self.dataset.showing(fit.given, fit.given)
        given = [rows[name][:ROWS] for name in fit.given]
        check_filled(module.eval().to(device), place_of(fit, self.dataset.types), given, device)

    def _made(self, fit: Fit, settings: FitSettings) -> nn.Module:
        types, asked = self.dataset.types, self.specs.get(fit)
        target, given = types[fit.targets[0]], [types[name] for name in fit.given]
        ours = asked is None or isinstance(asked, str)
        with building(settings.seed) if ours else seeded(settings):
            if filled_by_rows(fit, asked, types):
                return rows_generator(fit, types, self._most_rows)
            if len(fit.targets) > 1:
                return joint_generator(asked, fit, types, self._count(fit))
            if asked is None and fit.is_folded:
                return TableGenerator(target, given)
            if asked is None:
                return default_generator(target, given, self._count(fit))
            module = generator_at(place_of(fit, types), asked)
            if not isinstance(module, Fittable):
                self.check(fit, module, here(settings.device))
            return module

    def _count(self, fit: Fit) -> int:
        """The number of rows that train a fit, real or simulated."""
        rows = self.rows.of(fit).rows
        if fit.interim is None:
            return rows
        part = self.network.stage(fit.interim).needed_for(fit.variables)
        return self.simulated or simulated_rows(part, self.dataset.types, rows)


def here(device: str) -> str:
    """The device, or the CPU if only the remote machine has the GPU."""
    return "cpu" if device.startswith("cuda") and not torch.cuda.is_available() else device
