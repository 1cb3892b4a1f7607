"""Passes: each a pure function from sampling network to sampling network, in a module of its own name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ..graph.admg import ADMG
from ..network.ir import SamplingNetwork
from .blanket import blanket
from .fold import fold
from .fuse import fuse
from .prune import prune
from .root import root
from .see import see
from .share import share

Pass: TypeAlias = Callable[[SamplingNetwork, ADMG], SamplingNetwork]
"""Takes a network and the causal graph it answers about; returns one with the same exact denotation."""

PASSES: tuple[Pass, ...] = (see, blanket, fuse, fold, share, prune, root)
"""Every pass, in the order run."""

__all__ = ["PASSES", "Pass", "blanket", "fold", "fuse", "prune", "root", "see", "share"]
