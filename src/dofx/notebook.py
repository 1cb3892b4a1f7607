"""The studio in a notebook: `Studio` is the page of `dofx studio` as the output of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazily import lazily

if TYPE_CHECKING:
    from .desk.widget import Studio as Studio

_HOMES = {"Studio": ".desk.widget"}
"""Where each name lives."""

__all__ = [*_HOMES]

__getattr__, __dir__ = lazily(globals(), _HOMES)
