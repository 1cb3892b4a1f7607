"""Recipes: JSON values that identify the configuration and the settings on which a generator's training depends."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from hashlib import blake2b
from typing import Any

from torch import nn

from ..files import weights_bytes
from ..training.course import Recipe
from ..training.settings import FitSettings
from .base import Configured
from .protocol import Noise


def module_recipe(module: nn.Module) -> Any:
    """JSON values that identify an unfitted generator and how it learns.

    For a generator of dofx's own they are its configuration and its training recipes. For a custom module they are the
    source of its class, its weights, its submodules and its plain attributes. Other functions that the module calls are
    not included.
    """
    if isinstance(module, Configured):
        named = inspect.getmembers_static(type(module), lambda value: isinstance(value, Recipe))
        trained = {name: asdict(value) for name, value in named}
        return {**module.config(), "recipes": trained} if trained else module.config()
    weights = blake2b(weights_bytes(module.state_dict()), digest_size=16).hexdigest()
    return {
        "module": f"{type(module).__module__}.{type(module).__qualname__}",
        "weights": weights,
        "parts": repr(module),
        "holds": {name: repr(value) for name, value in vars(module).items() if _is_plain(name, value)},
        "code": blake2b("".join(_code(type(module))).encode(), digest_size=16).hexdigest(),
    }


def _is_plain(name: str, value: Any) -> bool:
    """Whether an attribute is an option, such as a number of steps, whose text is the same in every process."""
    if isinstance(value, list | tuple):
        return all(_is_plain(name, each) for each in value)
    return not name.startswith("_") and isinstance(value, bool | int | float | str | Noise | None)


def _code(kind: type) -> Iterator[str]:
    """The available source of a class and of its base classes, except the classes of torch."""
    for base in kind.__mro__[: kind.__mro__.index(nn.Module)]:
        with suppress(OSError, TypeError):  # typed into a shell
            yield inspect.getsource(base)


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
