"""How rows are made, as a worker in another process needs to know it."""

from __future__ import annotations

from dataclasses import dataclass

from ..training.precision import Precision


@dataclass(frozen=True, slots=True)
class RowSettings:
    """How rows are made; see `RowSampler.sample`.

    Args:
        seed: Seed of the noise.
        device: Where to run; None means the device of the sampler.
        precision: Precision of matrix products.
        workers: Number of threads.
        chunk: Number of rows at once.
    """

    seed: int
    device: str | None = None
    precision: Precision = "float32"
    workers: int | None = None
    chunk: int | None = None
