"""Content addresses: what a fit is, whatever its stage is called and in whatever order fits are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any

from torch import nn

from ..compiler.network.ir import Data, Fit, SamplingNetwork
from ..compiler.network.keys import content_hash, fit_key
from .data import Dataset
from .files import weights_bytes
from .generators import Family, FitSettings
from .simulation import needed_draws

FORMAT = 2
"""Part of every address: raise it when the same inputs no longer lead to the same generator."""


class Addresses:
    """The address of each generator of a network: equal addresses mean that fitting would give equal weights.

    A generator whose content no file can tell, and what is trained on rows that it simulates, has none.

    Args:
        network: The network being fitted.
        dataset: Its rows.
        recipe: For each fit, JSON values that say how it is trained; None where they cannot.
    """

    def __init__(self, network: SamplingNetwork, dataset: Dataset, recipe: Callable[[Fit], Any]) -> None:
        self._network, self._dataset, self._recipe = network, dataset, recipe
        self._columns: dict[str, str] = {}
        self._known: dict[Fit, str | None] = {}

    def __getitem__(self, fit: Fit) -> str | None:
        if fit not in self._known:
            key, recipe, rows = fit_key(self._network, fit), self._recipe(fit), self._rows(fit)
            unknown = recipe is None or rows is None
            self._known[fit] = None if unknown else content_hash([FORMAT, key, recipe, rows])
        return self._known[fit]

    def _rows(self, fit: Fit) -> Any:
        """What the rows of a fit depend on: columns of the data, and the generators of an interim stage."""
        if isinstance(fit.source, Data):
            return [self._column(name) for name in (fit.target, *fit.given)]
        stage = self._network.stage(fit.source.stage)
        inner = needed_draws(stage, (fit.target, *fit.given))
        earlier = [self[draw.fit] for draw in inner.draws]
        return None if None in earlier else [[self._column(name) for name in stage.inputs], earlier]

    def _column(self, name: str) -> str:
        if name not in self._columns:
            column = Dataset({name: self._dataset[name]}, {name: self._dataset.types[name]})
            self._columns[name] = column.fingerprint
        return self._columns[name]


def module_recipe(module: nn.Module) -> Any:
    """JSON values that identify an unfitted generator: its configuration, or its class and weights."""
    if isinstance(module, Family):
        return module.config()
    weights = blake2b(weights_bytes(module.state_dict()), digest_size=16).hexdigest()
    return {"module": f"{type(module).__module__}.{type(module).__qualname__}", "weights": weights}


def settings_recipe(settings: FitSettings) -> Sequence[Any]:
    """The settings that change what is learned; the device and the progress bar do not."""
    return [
        settings.seed,
        settings.epochs,
        settings.batch_size,
        settings.learning_rate,
        settings.held_out,
        settings.patience,
        *([] if settings.minutes is None else ["minutes", settings.minutes]),
        *([] if settings.precision == "float32" else [settings.precision]),
    ]
