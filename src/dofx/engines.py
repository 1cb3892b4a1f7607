"""Engines: where fits and blocks of rows run. `Ray` needs an extra: ``pip install -e '.[ray]'``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazily import lazily

if TYPE_CHECKING:
    from .runtime.engines.local import Local as Local
    from .runtime.engines.protocol import Engine as Engine
    from .runtime.engines.protocol import Resources as Resources
    from .runtime.engines.protocol import Result as Result
    from .runtime.engines.protocol import Task as Task
    from .runtime.engines.ray import Ray as Ray

_HOMES = {
    "Engine": ".runtime.engines.protocol",
    "Local": ".runtime.engines.local",
    "Ray": ".runtime.engines.ray",
    "Resources": ".runtime.engines.protocol",
    "Result": ".runtime.engines.protocol",
    "Task": ".runtime.engines.protocol",
}
"""Where each name lives."""

__all__ = [*_HOMES]

__getattr__, __dir__ = lazily(globals(), _HOMES)
