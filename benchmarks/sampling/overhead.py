"""What the emitted graph costs over a loop written by hand that calls the same generators.

    python benchmarks/sampling/overhead.py            # writes benchmarks/results/overhead.md; four minutes

Tables are the cheapest generators there are, so they show the overhead at its largest. Each network is a
chain behind an intervention, in which every draw reads the two before it. All is measured by turns, in processor
time of one thread, and ratios are medians over turns.
"""

from __future__ import annotations

import os
import platform
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn

from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.runtime.families import Noise
from dofx.runtime.faster.ways import Run, packaged
from dofx.runtime.sampler import Sampler
from dofx.runtime.sampling.noise import NoiseStream
from dofx.runtime.sampling.running import noise_laws

RESULTS = Path(__file__).parents[1] / "results" / "overhead.md"
SIZES = ((100_000, 31), (1_000, 201), (1, 201))
CHUNK = 16_384
DRAWS = (3, 10, 50)
STATES = 4


def chain(draws: int) -> SamplingNetwork:
    """do(x) → V1 → V2 → …, each also a parent of the one after next."""
    names = ["x", *(f"V{k}" for k in range(1, draws + 1))]
    made = []
    for k, name in enumerate(names[1:], 1):
        made.append(Draw.of(name, name, tuple((p, p) for p in names[max(0, k - 2) : k])))
    stage = Stage("answer", (("x", "x"),), tuple(made), ((names[-1],) * 2,))
    return SamplingNetwork(Query.of([names[-1]], ["x"]), (stage,))


def fitted(network: SamplingNetwork) -> Sampler:
    source = torch.Generator().manual_seed(0)
    names = ["x", *(draw.id for draw in network.draws)]
    return Sampler(network).fit(
        {name: torch.randint(STATES, (5_000,), generator=source) for name in names}, progress=False
    )


def by_hand(sampler: Sampler, names: list[str]) -> Callable[[dict[str, Tensor], Tensor], Tensor]:
    """The loop that a person would write for a chain."""
    modules: list[nn.Module] = list(sampler.modules.values())

    def run(noise: dict[str, Tensor], x: Tensor) -> Tensor:
        before = [x]
        for name, module in zip(names, modules, strict=True):
            before.append(module(noise[name], *before))
            del before[:-2]
        return before[-1]

    return run


def seconds(run: Callable[[], object], calls: int = 1) -> float:
    start = time.process_time()
    for _ in range(calls):
        run()
    return (time.process_time() - start) / calls


def measure(sampler: Sampler, compiled: Run, rows: int, repeats: int) -> dict[str, float]:
    network, graph = sampler.network, sampler.module
    loop = by_hand(sampler, [draw.id for draw in network.draws])
    (outcome,), laws = network.query.outcomes, noise_laws(graph)
    stream = NoiseStream(0, laws)
    sizes = [min(CHUNK, rows - start) for start in range(0, rows, CHUNK)]
    chunks = [(stream.take(size), torch.ones(size, dtype=torch.int64)) for size in sizes]
    runs: dict[str, Callable[[], object]] = {
        "graph": lambda: [graph(noise, {"x": x}, {})[outcome] for noise, x in chunks],
        "loop": lambda: [loop(noise, x) for noise, x in chunks],
        "compiled": lambda: [compiled(noise, {"x": x}, {})[outcome] for noise, x in chunks],
        "noise": lambda: _drain(laws, rows),
        "sample": lambda: sampler.sample(rows, do={"x": 1}, seed=0),
    }
    with torch.inference_mode():
        expected: Any = runs["loop"]()
        for way in ("graph", "compiled"):
            found: Any = runs[way]()
            assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))
        calls = {way: max(1, round(2e-4 / seconds(run))) for way, run in runs.items()}
        turns = []
        for number in range(repeats):
            order = list(runs) if number % 2 else list(reversed(runs))
            turns.append({way: seconds(runs[way], calls[way]) for way in order})
    return {
        **{way: median(turn[way] for turn in turns) for way in runs},
        "graph / loop": median(turn["graph"] / turn["loop"] for turn in turns),
        "loop / compiled": median(turn["loop"] / turn["compiled"] for turn in turns),
        "sample / (loop + noise)": median(t["sample"] / (t["loop"] + t["noise"]) for t in turns),
    }


def _drain(laws: dict[str, Noise], rows: int) -> None:
    stream = NoiseStream(0, laws)
    while stream.row < rows:
        stream.take(min(CHUNK, rows - stream.row))


def main() -> None:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    lines = [
        "# The emitted graph against a loop written by hand",
        "",
        f"`python benchmarks/sampling/overhead.py`, on {os.cpu_count()} cores with one thread, Python "
        f"{platform.python_version()}, torch {torch.__version__}.",
        f"Tables of {STATES} states given two parents, behind an intervention `do(x = 1)`, in chunks of {CHUNK:,} "
        "rows; processor times of one thread, by turns. *graph / loop*: the emitted graph over a loop that calls the "
        "same generators on the same noise; the target is at most 1.05 at 100,000 rows. *loop / compiled*: the loop "
        "over the graph as machine code, the way "
        "that `Sampler.speed_up` finds fastest here; above 1 it is faster than what a person would write. "
        "*sample / (loop + noise)*: `Sampler.sample`, checks and encoding of the intervention included, over "
        "the loop and its noise.",
        "",
        "| rows | draws | graph / loop | loop / compiled | sample / (loop + noise) "
        "| graph | loop | compiled | noise | sample |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    ratios = ("graph / loop", "loop / compiled", "sample / (loop + noise)")
    found: dict[int, list[str]] = {rows: [] for rows, _ in SIZES}
    for draws in DRAWS:
        sampler = fitted(chain(draws))
        compiled = packaged(sampler)
        for rows, repeats in SIZES:
            m = measure(sampler, compiled, rows, repeats)
            times = (f"{m[way] * 1e3:,.3f} ms" for way in ("graph", "loop", "compiled", "noise", "sample"))
            cells = [f"{rows:,}", str(draws), *(f"{m[ratio]:.2f}" for ratio in ratios), *times]
            found[rows].append(f"| {' | '.join(cells)} |")
            print(found[rows][-1], flush=True)
    lines += [line for block in found.values() for line in block]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
