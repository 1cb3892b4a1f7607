"""Running a graph over many rows: chunk by chunk in bounded memory, on several threads if that is faster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any, Protocol, cast

import torch
from torch import Tensor, nn

from ...compiler.emit import SamplingGraph
from ..families.protocol import Generator, Noise
from ..training.precision import Precision, computing
from .noise import BLOCK, NoiseStream

CHUNK_VALUES = 1 << 21
"""Largest number of values of one draw held at once, noise and result together: 8 MB, without activations."""

LEAST_CHUNK = 64
"""Least number of rows that are made at once, however large they are."""

TABLE_CHUNK = 1 << 16
"""Number of rows that tables draw at once. Networks are fastest with a quarter of it, because of their activations."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The requested rows.

    Args:
        rows: Number of rows, at least 1.
        start: The number of the first row; rows are numbered from 0.
        do: Encoded values of interventions for each of these rows, ``(rows, *event)``.
        given: Encoded values of conditions for each of these rows, ``(rows, *event)``.
    """

    rows: int
    start: int = 0
    do: Mapping[str, Tensor] = field(default_factory=dict)
    given: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def stop(self) -> int:
        """The row after the last."""
        return self.start + self.rows

    def part(self, start: int, stop: int) -> Asked:
        """Rows `start` to `stop` of these."""
        if start == self.start and stop == self.stop:
            return self
        inside = slice(start - self.start, stop - self.start)
        do = {name: value[inside] for name, value in self.do.items()}
        return Asked(stop - start, start, do, {name: value[inside] for name, value in self.given.items()})

    def to(self, device: torch.device) -> Asked:
        """The same rows, with values on a device."""
        values = (*self.do.values(), *self.given.values())
        if all(value.device == device for value in values):
            return self
        do = {name: value.to(device) for name, value in self.do.items()}
        given = {name: value.to(device) for name, value in self.given.items()}
        return Asked(self.rows, self.start, do, given)


class Faster(Protocol):
    """A faster way to run a graph."""

    def at(self, rows: int) -> Callable[..., Any] | None:
        """The function for chunks of this number of rows, called like the graph; None means the graph itself."""
        ...


class Runner(Protocol):
    """Makes rows. Equal row numbers give equal rows, whichever other rows are requested."""

    @property
    def chunk(self) -> int:
        """The default number of rows to make at once."""
        ...

    @property
    def device(self) -> torch.device:
        """The device on which it runs and on which the rows are."""
        ...

    @property
    def dtypes(self) -> Mapping[str, torch.dtype]:
        """The dtypes of outputs that the caller converts to; outputs that are missing here keep their dtype."""
        ...

    def run(self, asked: Iterable[Asked]) -> Iterator[dict[str, Tensor]]:
        """The rows of consecutive chunks, ``(rows, *event)`` by output variable, without gradients.

        Threads call this side by side.
        """
        ...


@dataclass(frozen=True)
class GraphRunner:
    """Makes rows by an emitted graph.

    Args:
        module: The graph, on `device` already.
        seed: Seed of the noise.
        device: The device on which it runs.
        precision: Precision of matrix products.
        faster: A faster way for chunks of certain sizes.
    """

    module: SamplingGraph
    seed: int
    device: torch.device
    precision: Precision = "float32"
    faster: Faster | None = None

    @property
    def chunk(self) -> int:
        """The number of rows to make at once, by the size of the draws; it is larger if all of them are tables."""
        rows = chunk_rows(self.laws)
        networks = any(part._parameters for part in self.module.modules())
        return rows if networks or rows < BLOCK else TABLE_CHUNK

    @cached_property
    def laws(self) -> dict[str, Noise]:
        """The distribution of each draw's noise."""
        return noise_laws(self.module)

    @property
    def dtypes(self) -> Mapping[str, torch.dtype]:
        """None: outputs keep the dtypes of the graph."""
        return {}

    def run(self, asked: Iterable[Asked]) -> Iterator[dict[str, Tensor]]:
        """The rows of consecutive chunks."""
        stream: NoiseStream | None = None
        for chunk in asked:
            stream = stream or NoiseStream(self.seed, self.laws, chunk.start)
            with torch.inference_mode(), computing(self.precision, self.device):
                noise = {id: value.to(self.device) for id, value in stream.take(chunk.rows).items()}
                here = chunk.to(self.device)
                run = self.module if self.faster is None else self.faster.at(chunk.rows) or self.module
                rows: dict[str, Tensor] = run(noise, here.do, here.given)
            yield rows


def noise_laws(module: SamplingGraph) -> dict[str, Noise]:
    """The distribution of the noise of each draw of an emitted graph, by draw id."""
    made = {origin.draw: module.get_submodule(origin.target) for origin in module.provenance}
    return {draw: cast("Generator", generator).noise for draw, generator in made.items()}


def device_of(module: nn.Module) -> torch.device:
    """The device of a module's tensors; the CPU if it has none."""
    for part in module.modules():
        for tensor in (*part._parameters.values(), *part._buffers.values()):
            if tensor is not None:
                return tensor.device
    return torch.device("cpu")


def chunk_rows(laws: Mapping[str, Noise]) -> int:
    """Rows to run at once: a power of two, so that chunks and blocks of noise border on one another.

    >>> chunk_rows({"y": Noise((), "uniform")}), chunk_rows({"scan": Noise((3, 64, 64), "normal")})
    (16384, 64)
    """
    widest = max((2 * prod(law.shape) for law in laws.values()), default=1)
    rows = BLOCK
    while rows > LEAST_CHUNK and rows * widest > CHUNK_VALUES:
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
    """Sample rows from an emitted graph, without gradients.

    Args:
        module: The graph, on `device` already.
        rows: Number of rows, at least 1.
        seed: Seed of the noise; equal seeds give equal rows for any chunk and device.
        do: Encoded values of interventions, ``(rows, *event)``, on any device.
        given: Encoded values of conditions, ``(rows, *event)``, on any device.
        device: The device on which it runs, and of the result.
        chunk: Number of rows at once; None chooses by the size of the draws.

    Returns:
        A tensor ``(rows, *event)`` for each output variable.
    """
    runner = GraphRunner(module, seed, torch.device(device))
    return run(runner, Asked(rows, 0, do, given), chunk=chunk)


def run(
    runner: Runner, asked: Asked, workers: int | None = None, chunk: int | None = None
) -> dict[str, Tensor]:
    """All requested rows.

    Chunks start at multiples of their size, so the share of a thread starts at the start of a block of noise.
    The rows of a chunk do not depend on the thread that makes it.

    Args:
        runner: It makes the rows.
        asked: The requested rows.
        workers: Number of threads; None takes torch's number of threads on a CPU, and one elsewhere. Each
            thread runs torch's operations without further threads.
        chunk: Number of rows to make at once; None leaves it to the runner.

    Returns:
        A tensor ``(rows, *event)`` for each output variable.
    """
    few = chunk is None and asked.rows <= LEAST_CHUNK
    shares = [[(asked.start, asked.stop)]] if few else _shares(asked, chunk or runner.chunk)
    if workers is None:
        workers = torch.get_num_threads() if runner.device.type == "cpu" else 1
    whole: dict[str, Tensor] = {}
    first = shares.pop(0)
    _fill(runner, asked, first, whole)
    if not shares:
        return whole
    if workers == 1 or len(shares) < 2:
        _fill(runner, asked, [chunk for share in shares for chunk in share], whole)
    else:
        with _pool(min(workers, len(shares))) as pool:
            for done in [pool.submit(_fill, runner, asked, share, whole) for share in shares]:
                done.result()
    return whole


def _shares(asked: Asked, chunk: int) -> list[list[tuple[int, int]]]:
    """Chunks as pairs of first and last row, in shares that are large enough for a separate stream of noise."""
    borders = [*range(asked.start - asked.start % chunk + chunk, asked.stop, chunk), asked.stop]
    chunks = list(zip([asked.start, *borders], borders, strict=False))
    size = 1 if BLOCK % chunk == 0 or chunk % BLOCK == 0 else -(-BLOCK // chunk)
    return [chunks[i : i + size] for i in range(0, len(chunks), size)]


def _fill(runner: Runner, asked: Asked, chunks: list[tuple[int, int]], whole: dict[str, Tensor]) -> None:
    """Write a thread's share into the result."""
    for (start, stop), rows in zip(chunks, runner.run(asked.part(*chunk) for chunk in chunks), strict=True):
        for name, value in rows.items():
            if name not in whole:
                shape, dtype = (asked.rows, *value.shape[1:]), runner.dtypes.get(name, value.dtype)
                whole[name] = value.new_empty(shape, dtype=dtype)
            whole[name][start - asked.start : stop - asked.start] = value


@contextmanager
def _pool(workers: int) -> Iterator[ThreadPoolExecutor]:
    """Threads on which torch's operations do not start threads of their own."""
    before = torch.get_num_threads()
    pool = ThreadPoolExecutor(workers, "dofx", initializer=torch.set_num_threads, initargs=(1,))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(before)
