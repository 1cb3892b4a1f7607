"""Exported samplers: reading what an artefact takes and returns, and running it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazily import lazily

if TYPE_CHECKING:
    from .runtime.export.artefact import read_signature as read_signature
    from .runtime.export.loaded import LoadedSampler as LoadedSampler
    from .runtime.export.loaded import load_aoti as load_aoti
    from .runtime.export.signature import Port as Port
    from .runtime.export.signature import Signature as Signature

_HOMES = {
    "LoadedSampler": ".runtime.export.loaded",
    "Port": ".runtime.export.signature",
    "Signature": ".runtime.export.signature",
    "load_aoti": ".runtime.export.loaded",
    "read_signature": ".runtime.export.artefact",
}
"""Where each name lives."""

__all__ = [*_HOMES]

__getattr__, __dir__ = lazily(globals(), _HOMES)
