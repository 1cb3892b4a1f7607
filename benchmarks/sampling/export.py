"""Exported samplers against the graph in eager mode, on the same noise: an AOTInductor package, and ONNX.

    python benchmarks/sampling/export.py            # writes benchmarks/results/export.md; five minutes, for compiling

All run on one thread, by turns. *Raw* is torch's own loader with tensors in order; `load_aoti` is what dofx gives
to call, which takes them by name and checks them, since a package answers wrong inputs with garbage.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import tempfile
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.runtime.export import load_aoti, signature_of
from dofx.runtime.sampler import Sampler
from dofx.runtime.sampling.noise import NoiseStream
from dofx.runtime.sampling.running import noise_laws

RESULTS = Path(__file__).parents[1] / "results" / "export.md"
CHUNK = 16_384
SECONDS = 4
NETWORKS = (("table", 3), ("table", 10), ("softmax", 4), ("spline", 4))
NAMES = {"table": "tables", "softmax": "softmax networks", "spline": "splines"}


def chain(draws: int) -> SamplingNetwork:
    """Each draw reads the two before it; the last is returned."""
    names = [f"v{k}" for k in range(draws)]
    made = tuple(Draw.of(n, n, tuple((p, p) for p in names[max(0, k - 2) : k])) for k, n in enumerate(names))
    return SamplingNetwork(Query.of((names[-1],)), (Stage("answer", (), made, ((names[-1],) * 2,)),))


def fitted(family: str, draws: int) -> Sampler:
    rng, data, before = np.random.default_rng(0), {}, np.zeros(5_000)
    for k in range(draws):
        value = 0.8 * before + rng.normal(size=5_000)
        data[f"v{k}"] = value if family == "spline" else np.digitize(value, [-0.7, 0, 0.7])
        before = value
    generators = dict.fromkeys(data, family)
    return Sampler(chain(draws)).fit(data, generators=generators, epochs=2, progress=False)


class Exported:
    """A sampler in both formats, and how long the files took to make."""

    def __init__(self, sampler: Sampler, folder: Path) -> None:
        import onnxruntime

        self.seconds: dict[str, float] = {}
        for name in ("model.aoti.pt2", "model.onnx"):
            self.seconds[name] = making_time(partial(sampler.export, folder / name))
        self.package = load_aoti(folder / "model.aoti.pt2")
        self.raw = torch._inductor.aoti_load_package(str(folder / "model.aoti.pt2")).loader
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(folder / "model.onnx", options)
        self.ports = signature_of(sampler).inputs

    def runs(self, noise: dict[str, Tensor]) -> dict[str, Callable[[], Any]]:
        """Each artefact's call on the same noise."""
        values = [noise[port.of] for port in self.ports]
        arrays = {port.name: noise[port.of].numpy() for port in self.ports}
        return {
            "raw": lambda: self.raw.boxed_run(list(values)),
            "load_aoti": lambda: self.package(noise),
            "onnx": lambda: self.session.run(None, arrays),
        }


def measure(sampler: Sampler, exported: Exported, rows: int) -> tuple[dict[str, float], float]:
    """Processor seconds of each way, and the largest share of rows in which an artefact differs by over 1e-5."""
    noise = NoiseStream(0, noise_laws(sampler.module)).take(rows)
    parts = [{name: value[at : at + CHUNK] for name, value in noise.items()} for at in range(0, rows, CHUNK)]
    runs: dict[str, Callable[[], Any]] = {"eager": partial(sampler.module, noise, {}, {})}
    if len(parts) > 1:
        runs["eager in chunks"] = lambda: [sampler.module(part, {}, {}) for part in parts]
    else:
        runs["sample"] = lambda: sampler.sample(rows, seed=0)
        runs["draw_noise and load_aoti"] = lambda: exported.package(exported.package.draw_noise(rows))
    runs |= exported.runs(noise)
    with torch.inference_mode():
        (outcome,) = sampler.network.query.outcomes
        expected = sampler.module(noise, {}, {})[outcome].numpy()
        found = (runs["raw"]()[0].numpy(), runs["load_aoti"]()[outcome].numpy(), runs["onnx"]()[0])
        off = max(float((np.abs(one - expected) > 1e-5 * (1 + np.abs(expected))).mean()) for one in found)
        return by_turns(runs), off


def by_turns(runs: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """The median processor time of a call of each, by turns, so that what else the machine does hits all alike."""
    times: dict[str, list[float]] = {way: [] for way in runs}
    calls = {way: max(1, round(2e-4 / processor_time(run, 1))) for way, run in runs.items()}
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end or min(map(len, times.values())) < 5:
        for way, run in runs.items():
            times[way].append(processor_time(run, calls[way]))
    return {way: median(found) for way, found in times.items()}


def making_time(make: Callable[[], Any]) -> float:
    """The processor time that a call takes, that of the compilers it waits for included."""

    def now() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + children.ru_utime + children.ru_stime

    start = now()
    make()
    return now() - start


def processor_time(run: Callable[[], Any], calls: int) -> float:
    start = time.process_time()
    for _ in range(calls):
        run()
    return (time.process_time() - start) / calls


def keep_memory() -> None:
    """Freed memory stays with the process, as far as the C library is asked.

    Else it comes and goes at the allocator's whim, and with it the pages that eager mode's values lie in: the same
    three tables took 0.9 ms or 3.4 ms, with some twelve or a thousand page faults a call.
    """
    trim_beyond, map_beyond = -1, -3
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(trim_beyond, 1 << 30)
        libc.mallopt(map_beyond, 1 << 25)  # the most that it takes


def time_text(seconds: float) -> str:
    return f"{seconds * 1e6:,.1f} µs" if seconds < 1e-3 else f"{seconds * 1e3:,.1f} ms"


def main() -> None:
    keep_memory()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    one, many, made = [], [], []
    for family, draws in NETWORKS:
        sampler, name = fitted(family, draws), f"{draws} {NAMES[family]}"
        with tempfile.TemporaryDirectory() as folder:
            exported = Exported(sampler, Path(folder))
            made.append(f"| {name} | {' | '.join(f'{s:.0f} s' for s in exported.seconds.values())} |")
            s, off = measure(sampler, exported, 1)
            ways = (s["eager"] / s[way] for way in ("raw", "load_aoti", "onnx"))
            drawn = s["sample"] / s["draw_noise and load_aoti"]
            cells = [time_text(s["eager"]), *(f"{ratio:.1f}×" for ratio in ways)]
            cells += [time_text(s["sample"]), f"{drawn:.1f}×"]
            one.append(f"| {name} | {' | '.join(cells)} |")
            s, off = measure(sampler, exported, 100_000)
            ways = (s["eager"] / s[way] for way in ("eager in chunks", "raw", "load_aoti", "onnx"))
            cells = [time_text(s["eager"]), *(f"{ratio:.1f}×" for ratio in ways), f"{off:.1g}"]
            many.append(f"| {name} | {' | '.join(cells)} |")
        print(one[-1], many[-1], made[-1], sep="\n", flush=True)
    RESULTS.write_text("\n".join([*HEADER, *one, *BETWEEN, *many, *BEFORE_MADE, *made]) + "\n")


HEADER = (
    "# Exported samplers against the graph in eager mode",
    "",
    f"`python benchmarks/sampling/export.py`, on one of {os.cpu_count()} cores of a server, Python "
    f"{platform.python_version()}, torch {torch.__version__}.",
    "Chains in which each draw reads the two before it; four states, or a real value. Same noise for all. *Eager* is "
    "`sampler.module(noise, do, given)`; entries are times its speed. *Raw* is the AOTInductor package by torch's "
    "own loader, `load_aoti` is the same behind dofx's check of names, dtypes, shapes and states. Times are the "
    "processor's, of one thread, medians by turns; the C library keeps freed memory, so that no call waits for pages.",
    "",
    "## One row",
    "",
    "The target is at least 5×. *With noise*: `sampler.sample(1)` against `package(package.draw_noise(1))`.",
    "",
    "| | eager | raw | `load_aoti` | ONNX | `sample(1)` | with noise |",
    "|---|---:|---:|---:|---:|---:|---:|",
)
BETWEEN = (
    "",
    "## 100,000 rows",
    "",
    f"The target is at least 5× for tables. *In chunks*: eager mode, {CHUNK:,} rows at a time, which stay in the "
    "processor's cache. *Off*: the share of rows that differ by more than 1e-5, at most.",
    "",
    "| | eager | eager in chunks | raw | `load_aoti` | ONNX | off |",
    "|---|---:|---:|---:|---:|---:|---:|",
)
BEFORE_MADE = (
    "",
    "## To make the files",
    "",
    "Time of the processor, the C++ compiler's included.",
    "",
    "| | package | ONNX |",
    "|---|---:|---:|",
)

if __name__ == "__main__":
    main()
