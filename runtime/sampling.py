"""Running an emitted graph over many rows in bounded memory."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

import torch
from torch import Tensor

from ..compiler.emit import SamplingGraph
from .generators.protocol import Noise
from .noise import BLOCK, NoiseStream

CHUNK_VALUES = 1 << 21
"""Most values of one draw, noise and result together, held at once: 8 MB, before a network's activations."""


def noise_laws(module: SamplingGraph) -> dict[str, Noise]:
    """The base law of each draw of an emitted graph, by draw id."""
    return {origin.draw: module.get_submodule(origin.target).noise for origin in module.provenance}  # type: ignore[misc]


def chunk_rows(laws: Mapping[str, Noise]) -> int:
    """Rows to run at once: a power of two that divides a block of noise.

    >>> chunk_rows({"y": Noise((), "uniform")}), chunk_rows({"scan": Noise((3, 64, 64), "normal")})
    (16384, 64)
    """
    widest = max((2 * prod(law.shape) for law in laws.values()), default=1)
    rows = BLOCK
    while rows > 64 and rows * widest > CHUNK_VALUES:
        rows //= 2
    return rows


def run_rows(
    module: SamplingGraph,
    rows: int,
    seed: int,
    do: Mapping[str, Tensor],
    given: Mapping[str, Tensor],
    device: torch.device | str = "cpu",
    chunk: int | None = None,
) -> dict[str, Tensor]:
    """Sample rows from an emitted graph, chunk by chunk, without gradients.

    Args:
        module: On `device` already.
        rows: At least 1.
        seed: Of the noise; equal seeds give equal rows whatever the chunk and device.
        do: Encoded values, ``(rows, *event)``, on any device.
        given: Likewise.
        device: Where to run, and where the result lies.
        chunk: Rows at once; None chooses by the size of the draws.

    Returns:
        A tensor ``(rows, *event)`` for each output variable.
    """
    laws = noise_laws(module)
    chunk = chunk or chunk_rows(laws)
    stream = NoiseStream(seed, laws)
    whole: dict[str, Tensor] = {}
    while stream.row < rows:
        start = stream.row
        stop = min(rows, start + chunk)
        with torch.inference_mode():
            noise = {id: value.to(device) for id, value in stream.take(stop - start).items()}
            part = module(noise, _slice(do, start, stop, device), _slice(given, start, stop, device))
        for name, value in part.items():
            if name not in whole:
                whole[name] = value.new_empty(rows, *value.shape[1:])
            whole[name][start:stop] = value
    return whole


def _slice(
    values: Mapping[str, Tensor], start: int, stop: int, device: torch.device | str
) -> dict[str, Tensor]:
    return {name: value[start:stop].to(device) for name, value in values.items()}
