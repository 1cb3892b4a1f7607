"""Recipes: what a generator learns from rows depends on its configuration and settings, told as JSON values."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from torch import nn

from ..files import weights_bytes
from .base import Family
from .protocol import FitSettings


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
