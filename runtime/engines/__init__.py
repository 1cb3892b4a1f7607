"""Engines: where fits and blocks of rows run. The local engine is always available; Ray's needs an extra."""

from __future__ import annotations

from typing import TypeAlias

from .local import Local
from .protocol import Engine, Key, Resources, Result, Task

__all__ = ["Engine", "EngineSource", "Key", "Local", "Resources", "Result", "Task", "engine_of"]

EngineSource: TypeAlias = Engine | str | None
"""An engine, or its name: ``local`` or ``ray``. None means the local engine."""


def engine_of(source: EngineSource) -> Engine:
    """The engine that a source names.

    Raises:
        DofxError: E0440 for an unknown engine, E0429 if Ray is not installed.

    >>> engine_of("local")
    Local()
    """
    if source is None or source == "local":
        return Local()
    if source == "ray":
        from .ray import Ray

        return Ray()
    if isinstance(source, Engine):
        return source
    from ..variables import nearest
    from .errors import unknown_engine

    raise unknown_engine(source, nearest(source, ("local", "ray")))
