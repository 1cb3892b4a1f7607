"""Faster ways to run a graph, of which measuring chooses: draws in one call, `torch.compile`, machine code."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from torch import Tensor

from .batching import batched
from .generators.training import one_thread
from .noise import NoiseStream
from .sampling import noise_laws
from .variables import default_dtype, event_shape

if TYPE_CHECKING:
    from .sampler import Sampler

Run: TypeAlias = Callable[[Mapping[str, Tensor], Mapping[str, Tensor], Mapping[str, Tensor]], Any]
"""From noise, interventions and conditions to outcomes, like a graph."""

WORTH = 1.1
"""A way is taken if it is so many times as fast as the graph."""

_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Faster:
    """How a sampler runs chunks of a certain number of rows, and what else was tried.

    Args:
        rows: Of the chunks that it is meant for; all others run as before.
        way: ``graph`` where nothing was faster, ``one call``, ``torch.compile`` or ``aoti``.
        seconds: What a chunk took by each way.
        failed: Why the ways that are not among them did not work.
        run: The way taken; None for the graph itself.
    """

    rows: int
    way: str
    seconds: Mapping[str, float]
    failed: Mapping[str, str]
    run: Run | None = None

    def at(self, rows: int) -> Run | None:
        """The way for chunks of so many rows; None for the graph."""
        return self.run if rows == self.rows else None

    def __str__(self) -> str:
        base = self.seconds["graph"]
        lines = [f"{self.rows:,} rows: {self.way}"]
        lines += [
            f"  {way}: {s * 1e3:.3g} ms, {base / s:.2f} times the graph" for way, s in self.seconds.items()
        ]
        return "\n".join([*lines, *(f"  {way}: {reason}" for way, reason in self.failed.items())])


def fastest(sampler: Sampler, rows: int) -> Faster:
    """Tries the ways on one thread, and takes the fastest that is worth it.

    Args:
        sampler: Fitted, on the CPU.
        rows: Of a chunk.
    """
    module, network = sampler.module, sampler.network
    noise = NoiseStream(0, noise_laws(module)).take(rows)
    do, given = (_zeros(sampler, names, rows) for names in (network.interventions, network.conditions))
    makers: dict[str, Callable[[], Run | None]] = {
        "graph": lambda: module,
        "one call": lambda: batched(module),
        "torch.compile": lambda: torch.compile(module, dynamic=False),
        "aoti": partial(packaged, sampler, runners=os.cpu_count() or 1),
    }
    runs: dict[str, Run] = {}
    failed: dict[str, str] = {}
    with one_thread():
        for way, make in makers.items():
            try:
                run = make()
                if run is not None:
                    with torch.inference_mode():
                        run(noise, do, given)
                    runs[way] = run
            except Exception as error:
                if way == "graph":
                    raise
                failed[way] = str(error).strip().partition("\n")[0]
        with torch.inference_mode():
            seconds = _by_turns({way: partial(run, noise, do, given) for way, run in runs.items()})
    way = min(seconds, key=seconds.__getitem__)
    if way == "graph" or seconds["graph"] < WORTH * seconds[way]:
        return Faster(rows, "graph", seconds, failed)
    return Faster(rows, way, seconds, failed, _contiguous(runs[way]))


def packaged(sampler: Sampler, runners: int = 1) -> Run:
    """The graph as machine code, by AOTInductor: a call takes microseconds to start, whatever the rows.

    Args:
        sampler: Fitted, on the CPU.
        runners: How many threads may call at once.

    Raises:
        DofxError: E0901 for a draw that cannot be exported, E0902 where there is no C++ compiler.
    """
    from torch._inductor.package.package import load_package

    from .export import aoti
    from .export.program import exported_program, quiet
    from .export.signature import signature_of

    aoti.need_compiler()
    signature = signature_of(sampler)
    content = aoti.aoti_bytes(exported_program(sampler.module, signature, "aoti"), signature)
    with TemporaryDirectory() as folder, quiet():
        path = Path(folder) / "model.pt2"
        path.write_bytes(content)
        package: Any = load_package(str(path), num_runners=runners).loader
    ports = [(port.role, port.of) for port in signature.inputs]
    outcomes = [port.of for port in signature.outputs]

    def run(noise: Mapping[str, Tensor], do: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> Any:
        passed = {"noise": noise, "do": do, "given": given}
        values = package.run([passed[role][of] for role, of in ports])
        return dict(zip(outcomes, values, strict=True))

    return run


def _by_turns(runs: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """The median time of each run, by turns, so that what else the machine does hits all alike."""
    times: dict[str, list[float]] = {way: [] for way in runs}
    end = time.perf_counter() + _SECONDS * len(runs)
    while time.perf_counter() < end or min(map(len, times.values())) < 3:
        for way, run in runs.items():
            start = time.perf_counter()
            run()
            times[way].append(time.perf_counter() - start)
    return {way: median(found) for way, found in times.items()}


def _contiguous(run: Run) -> Run:
    """A repeated value is one number in memory: a compiled graph is compiled again for it, or reads on."""

    def call(noise: Mapping[str, Tensor], do: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> Any:
        flat = ({name: value.contiguous() for name, value in part.items()} for part in (do, given))
        return run(noise, *flat)

    return call


def _zeros(sampler: Sampler, names: Iterable[str], rows: int) -> dict[str, Tensor]:
    types = {name: sampler.types[name] for name in names if name in sampler.types}
    return {
        name: torch.zeros(rows, *event_shape(type), dtype=default_dtype(type)) for name, type in types.items()
    }
