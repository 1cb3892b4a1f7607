"""Faster ways to run a graph, of which measuring chooses: one call, `torch.compile`, machine code, a CUDA graph."""

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

from ..sampling.noise import NoiseStream
from ..sampling.running import device_of, noise_laws
from ..training.training import one_thread
from ..variables import default_dtype, event_shape
from .batching import batched
from .replay import Replayed, replayable

if TYPE_CHECKING:
    from ..network_sampler import NetworkSampler

Values: TypeAlias = Mapping[str, Tensor]
Run: TypeAlias = Callable[[Values, Values, Values], Any]
"""From noise, interventions and conditions to outcomes, like a graph."""

WORTH = 1.1
"""A way is taken if it is so many times as fast as the graph."""

OFF, MOST_OFF = 1e-3, 1e-3
"""A way is refused if more than this share of its values is off by more than this, relatively, or in another state.
Rounding moves a real value by a millionth, and one state in some millions."""

CPU = torch.device("cpu")

_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Faster:
    """How a sampler runs chunks of a certain number of rows, and what else was tried.

    Args:
        rows: Of the chunks that it is meant for; all others run as before.
        way: ``graph`` where nothing was faster, ``one call``, ``torch.compile``, ``aoti`` or ``cuda graph``.
        seconds: What a chunk took by each way.
        failed: Why the ways that are not among them did not work.
        run: The way taken; None for the graph itself.
        device: Where it runs.
    """

    rows: int
    way: str
    seconds: Mapping[str, float]
    failed: Mapping[str, str]
    run: Run | None = None
    device: torch.device = CPU

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


def fastest(sampler: NetworkSampler, rows: int) -> Faster:
    """Tries the ways, on one thread where they are the CPU's, and takes the fastest that is right and worth it.

    Args:
        sampler: Fitted. It is measured on the device on which it is.
        rows: Of a chunk.
    """
    module, network, device = sampler.module, sampler.network, device_of(sampler.module)
    noise = {id: value.to(device) for id, value in NoiseStream(0, noise_laws(module)).take(rows).items()}
    do, given = (
        _zeros(sampler, names, rows, device)
        for names in (network.query.interventions, network.query.conditions)
    )
    makers: dict[str, Callable[[], Run | None]] = {
        "one call": lambda: batched(module),
        "torch.compile": lambda: torch.compile(module, dynamic=False),
        "aoti": partial(packaged, sampler, runners=os.cpu_count() or 1),
    }
    if replayable(device):
        makers["cuda graph"] = partial(Replayed, module, noise, do, given, device)
    runs: dict[str, Run] = {"graph": module}
    failed: dict[str, str] = {}
    with one_thread():
        with torch.inference_mode():
            expected = module(noise, do, given)
        for way, make in makers.items():
            try:
                run = make()
                if run is not None:
                    with torch.inference_mode():
                        need_equal(run(noise, do, given), expected)
                    runs[way] = run
            except Exception as error:
                failed[way] = str(error).strip().partition("\n")[0]
        with torch.inference_mode():
            calls = {way: partial(run, noise, do, given) for way, run in runs.items()}
            seconds = _by_turns(calls, partial(wait_for, device))
    way = min(seconds, key=seconds.__getitem__)
    if way == "graph" or seconds["graph"] < WORTH * seconds[way]:
        return Faster(rows, "graph", seconds, failed, device=device)
    return Faster(rows, way, seconds, failed, _contiguous(runs[way]), device)


def need_equal(found: Values, expected: Values) -> None:
    """See that a way returns what the graph returns, up to rounding.

    Raises:
        ValueError: It says which outcome is how far off.
    """
    for name, value in expected.items():
        other = found[name]
        if other.shape != value.shape or other.dtype != value.dtype:
            raise ValueError(f"it returns {name} as {other.dtype} of shape {tuple(other.shape)}")
        real = value.is_floating_point()
        same = torch.isclose(other, value, OFF, OFF, equal_nan=True) if real else other == value
        off = 1 - float(same.double().mean())
        if off > MOST_OFF:
            raise ValueError(f"it returns another {name} than the graph, in {off:.1%} of the values")


def packaged(sampler: NetworkSampler, runners: int = 1) -> Run:
    """The graph as machine code, by AOTInductor: a call takes microseconds to start, whatever the rows.

    Args:
        sampler: Fitted. The package is for the device on which it is.
        runners: How many threads may call at once.

    Raises:
        DofxError: E0901 for a draw that cannot be exported, E0902 where there is no C++ compiler.
    """
    from torch._inductor.package.package import load_package

    from ..export import aoti
    from ..export.program import exported_program, quiet
    from ..export.signature import signature_of

    aoti.need_compiler()
    signature = signature_of(sampler)
    content = aoti.aoti_bytes(exported_program(sampler.module, signature, "aoti"), signature)
    with TemporaryDirectory() as folder, quiet():
        path = Path(folder) / "model.pt2"
        path.write_bytes(content)
        package: Any = load_package(str(path), num_runners=runners).loader
    ports = [(port.role, port.of) for port in signature.inputs]
    outcomes = [port.of for port in signature.outputs]

    def run(noise: Values, do: Values, given: Values) -> Any:
        passed = {"noise": noise, "do": do, "given": given}
        values = package.run([passed[role][of] for role, of in ports])
        return dict(zip(outcomes, values, strict=True))

    return run


def wait_for(device: torch.device) -> None:
    """Wait until a device has done what it was given; the CPU always has."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _by_turns(
    runs: Mapping[str, Callable[[], object]], wait: Callable[[], object] = lambda: None
) -> dict[str, float]:
    """The median time of each run, by turns, so that what else the machine does hits all alike."""
    times: dict[str, list[float]] = {way: [] for way in runs}
    end = time.perf_counter() + _SECONDS * len(runs)
    while time.perf_counter() < end or min(map(len, times.values())) < 3:
        for way, run in runs.items():
            wait()
            start = time.perf_counter()
            run()
            wait()
            times[way].append(time.perf_counter() - start)
    return {way: median(found) for way, found in times.items()}


def _contiguous(run: Run) -> Run:
    """A repeated value is one number in memory: a compiled graph is compiled again for it, or reads on."""

    def call(noise: Values, do: Values, given: Values) -> Any:
        flat = ({name: value.contiguous() for name, value in part.items()} for part in (do, given))
        return run(noise, *flat)

    return call


def _zeros(
    sampler: NetworkSampler, names: Iterable[str], rows: int, device: torch.device
) -> dict[str, Tensor]:
    types = {name: sampler.types[name] for name in names if name in sampler.types}
    return {
        name: torch.zeros(rows, *event_shape(type), dtype=default_dtype(type), device=device)
        for name, type in types.items()
    }
