"""Packages of tables of several sizes, drawn from by look-ups and by selection: where each is faster.

python benchmarks/sampling/selection.py         # writes benchmarks/results/selection.md; ten minutes, for compiling
"""

from __future__ import annotations

import os
import platform
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from export import by_turns, keep_memory, making_time

from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.runtime.export import load_aoti, selection
from dofx.runtime.sampler import Sampler
from dofx.runtime.sampling.noise import NoiseStream
from dofx.runtime.sampling.running import noise_laws
from dofx.runtime.variables import Finite

RESULTS = Path(__file__).parents[1] / "results" / "selection.md"
ROWS = 100_000
SIZES = ((2, 2), (2, 4), (2, 6), (2, 8), (4, 1), (4, 2), (4, 3), (8, 1), (8, 2), (16, 1))
NEVER, ALWAYS = (-1, -1), (1 << 20, 1 << 20)


def chain(states: int, conditions: int) -> Sampler:
    """Each draw reads so many before it; three draws have all their conditions."""
    names = [f"v{k}" for k in range(conditions + 3)]
    made = [
        Draw.of(n, n, tuple((p, p) for p in names[max(0, k - conditions) : k])) for k, n in enumerate(names)
    ]
    stage = Stage("answer", (), tuple(made), ((names[-1],) * 2,))
    types = dict.fromkeys(names, Finite(tuple(range(states))))
    sampler = Sampler(SamplingNetwork(Query.of((names[-1],)), (stage,)), types=types)
    rng = np.random.default_rng(0)
    data = {name: rng.integers(0, states, 5_000) for name in names}
    return sampler.fit(data, generators=dict.fromkeys(names, "table"), progress=False)


def measured(states: int, conditions: int) -> str:
    sampler = chain(states, conditions)
    noise = NoiseStream(0, noise_laws(sampler.module)).take(ROWS)
    runs: dict[str, Callable[[], Any]] = {"eager": partial(sampler.module, noise, {}, {})}
    made = []
    with tempfile.TemporaryDirectory() as folder:
        for way, limits in (("look-ups", NEVER), ("selection", ALWAYS)):
            selection.MOST_IN_TABLE, selection.MOST_IN_GRAPH = limits
            path = Path(folder) / f"{way}.aoti.pt2"
            made.append(making_time(partial(sampler.export, path)))
            runs[way] = partial(load_aoti(path), noise)
        with torch.inference_mode():
            (expected,) = runs["eager"]().values()
            for way, run in runs.items():
                assert torch.equal(*run().values(), expected), way
            found = by_turns(runs)
    thresholds = sum(table.cdf.numel() for table in sampler.modules.values())
    cells = [states, conditions, states**conditions, (states - 1) * states**conditions, thresholds]
    cells += [f"{seconds / ROWS * 1e9:.1f}" for seconds in found.values()]
    return f"| {' | '.join(map(str, cells))} | {made[0]:.0f} s | {made[1]:.0f} s |"


def main() -> None:
    keep_memory()
    torch.set_num_threads(1)
    limits = selection.MOST_IN_TABLE, selection.MOST_IN_GRAPH
    lines = [
        "# Small tables in a package: look-ups or selection",
        "",
        f"`python benchmarks/sampling/selection.py`, on one of {os.cpu_count()} cores of a server, Python "
        f"{platform.python_version()}, torch {torch.__version__}.",
        f"Chains of tables in which three draws have all their conditions, {ROWS:,} rows, the same noise for all "
        "ways, equal states. *Cells* are combinations of conditions, *thresholds* those of the largest table, and of "
        "all. Times are nanoseconds of the processor for a row of the whole graph, medians by turns; *made* is what "
        f"writing the package takes the processor. A package selects up to {limits[0]} thresholds in a table and "
        f"{limits[1]:,} in a graph.",
        "",
        "| states | conditions | cells | thresholds | in all | eager | look-ups | selection | look-ups made "
        "| selection made |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for states, conditions in SIZES:
        lines.append(measured(states, conditions))
        print(lines[-1], flush=True)
    RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
