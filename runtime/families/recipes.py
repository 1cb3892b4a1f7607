"""Recipes: what a generator learns from rows depends on its configuration and settings, told as JSON values."""

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
from .base import Family
from .protocol import Noise
from .rows import JointRows


def module_recipe(module: nn.Module) -> Any:
    """JSON values that identify an unfitted generator and how it learns.

    Of a family, its configuration and its training recipes. Of a custom module, all that can be seen of it: its class
    with the code of it, its weights and parts, and the plain values that it holds. Functions elsewhere that it calls
    are not seen.
    """
    if isinstance(module, JointRows):
        return module.config()
    if isinstance(module, Family):
        named = ((name, getattr(type(module), name)) for name in dir(type(module)))
        trained = {name: asdict(value) for name, value in named if isinstance(value, Recipe)}
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
    """Whether an attribute is an option, such as a number of steps, with a text that is the same tomorrow."""
    if isinstance(value, list | tuple):
        return all(_is_plain(name, each) for each in value)
    return not name.startswith("_") and isinstance(value, bool | int | float | str | Noise | None)


def _code(kind: type) -> Iterator[str]:
    """The source of a class and of those that it is made from, up to torch's, where there is any."""
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
