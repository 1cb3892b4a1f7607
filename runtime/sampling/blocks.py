"""Blocks of rows as tasks of an engine. A row depends on its number, so blocks may be made anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ..engines import Engine, Task
from .running import Asked

if TYPE_CHECKING:
    from .rows import RowSampler
    from .settings import RowSettings

AHEAD = 64
"""Largest number of finished blocks that wait in memory at once."""


def gather(
    engine: Engine, sampler: RowSampler, asked: Asked, settings: RowSettings, size: int
) -> dict[str, Tensor]:
    """All requested rows, made by an engine.

    Args:
        engine: The engine that makes them.
        sampler: A fitted sampler.
        asked: The requested rows.
        settings: How they are made.
        size: Number of rows per block.

    Returns:
        A tensor ``(rows, *event)`` for each outcome, on the CPU unless the engine is in this process.
    """
    whole: dict[str, Tensor] = {}
    shared, settings = engine.share(sampler, cached=True), placed(engine, settings)
    tasks = (
        Task(block.start, make_block, (shared, sent(block), settings), f"rows {block.start:,}")
        for block in blocks(asked, size)
    )
    for start, rows in engine.run(tasks, ahead=AHEAD):
        for name, value in rows.items():
            if name not in whole:
                whole[name] = value.new_empty(asked.rows, *value.shape[1:])
            first = start - asked.start
            whole[name][first : first + len(value)] = value
    return {name: whole[name] for name in sampler.network.query.outcomes}


def make_block(sampler: RowSampler, asked: Asked, settings: RowSettings) -> dict[str, Tensor]:
    """The encoded rows of a block."""
    return dict(sampler.rows(asked, settings).encoded)


def blocks(asked: Asked, size: int) -> Iterator[Asked]:
    """The rows in blocks of `size`, the last of which may be smaller.

    >>> [(block.start, block.rows) for block in blocks(Asked(5, 10), 2)]
    [(10, 2), (12, 2), (14, 1)]
    """
    for first in range(asked.start, asked.stop, size):
        yield asked.part(first, min(asked.stop, first + size))


def placed(engine: Engine, settings: RowSettings) -> RowSettings:
    """The settings with the device that the engine's workers run on."""
    if engine.in_process:
        return settings
    return replace(settings, device=engine.default.device(settings.device or "cpu"))


def sent(block: Asked) -> Asked:
    """The block with copied values: a slice of a tensor would be sent with the whole tensor."""
    do, given = (
        {name: value if _repeats(value) else value.clone() for name, value in values.items()}
        for values in (block.do, block.given)
    )
    return Asked(block.rows, block.start, do, given)


def _repeats(value: Tensor) -> bool:
    """Whether all rows share the same memory, as after `expand`."""
    return (
        value.stride(0) == 0 and torch.numel(value[0]) == value.untyped_storage().nbytes() // value.itemsize
    )
