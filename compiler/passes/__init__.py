"""Passes: each a pure function from sampling network to sampling network, in the module of the same name."""

from __future__ import annotations

from .blanket import blanket
from .context import Context, Pass
from .fold import fold
from .fuse import fuse
from .prune import prune
from .root import root
from .see import see
from .settle import settle
from .share import share
from .turn import turn

PASSES: tuple[Pass, ...] = (see, turn, blanket, fuse, fold, share, prune, settle, root)
"""Every pass, in the order run."""

__all__ = [
    "PASSES",
    "Context",
    "Pass",
    "blanket",
    "fold",
    "fuse",
    "prune",
    "root",
    "see",
    "settle",
    "share",
    "turn",
]
