"""What the emitted graph costs over a loop written by hand that calls the same generators.

    python benchmarks/overhead.py            # writes benchmarks/results/overhead.md

Tables are the cheapest generators there are, so they show the overhead at its largest. Each network is a
chain in which every draw reads the two before it. Runs of graph and loop alternate, and the ratio is the
median over pairs.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch
from torch import Tensor, nn

from dofx.compiler.emit import emit
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.runtime.generators import Noise
from dofx.runtime.noise import NoiseStream
from dofx.runtime.sampler import Sampler
from dofx.runtime.sampling import noise_laws

RESULTS = Path(__file__).parent / "results" / "overhead.md"
ROWS = 100_000
CHUNK = 16_384
DRAWS = (3, 10, 50)
STATES = 4


def chain(draws: int) -> SamplingNetwork:
    """V1 → V2 → …, each also a parent of the one after next."""
    names = [f"V{k}" for k in range(1, draws + 1)]
    made = []
    for k, name in enumerate(names):
        made.append(Draw(name, name, tuple((p, p) for p in names[max(0, k - 2) : k])))
    return SamplingNetwork((names[-1],), (), (), (Stage("answer", (), tuple(made), ((names[-1],) * 2,)),))


def fitted(network: SamplingNetwork) -> Sampler:
    source = torch.Generator().manual_seed(0)
    names = [draw.variable for draw in network.draws]
    return Sampler(network).fit(
        {name: torch.randint(STATES, (5_000,), generator=source) for name in names}, progress=False
    )


def by_hand(sampler: Sampler, names: list[str]) -> Callable[[dict[str, Tensor]], Tensor]:
    """The loop that a person would write for a chain."""
    modules: list[nn.Module] = list(sampler.modules.values())

    def run(noise: dict[str, Tensor]) -> Tensor:
        before: list[Tensor] = []
        for name, module in zip(names, modules, strict=True):
            before.append(module(noise[name], *before))
            del before[:-2]
        return before[-1]

    return run


def seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def measure(draws: int, rows: int, repeats: int) -> dict[str, float]:
    network = chain(draws)
    sampler = fitted(network)
    graph = emit(network, sampler.modules)
    loop = by_hand(sampler, [draw.id for draw in network.draws])
    laws = noise_laws(graph)
    stream = NoiseStream(0, laws)
    chunks = [stream.take(min(CHUNK, rows - start)) for start in range(0, rows, CHUNK)]

    def run_graph() -> list[Tensor]:
        return [graph(noise, {}, {})[network.outcomes[0]] for noise in chunks]

    def run_loop() -> list[Tensor]:
        return [loop(noise) for noise in chunks]

    with torch.inference_mode():
        assert all(torch.equal(a, b) for a, b in zip(run_graph(), run_loop(), strict=True))
        pairs = []
        for _ in range(repeats):
            pairs.append((seconds(run_graph), seconds(run_loop)))
            loop_first, graph_second = seconds(run_loop), seconds(run_graph)
            pairs.append((graph_second, loop_first))
    noise = median(seconds(lambda: _drain(laws, rows)) for _ in range(max(3, repeats // 5)))
    whole = median(seconds(lambda: sampler.sample(rows, seed=0)) for _ in range(max(3, repeats // 5)))
    graphs, loops = median(a for a, _ in pairs), median(b for _, b in pairs)
    return {
        "ratio": median(a / b for a, b in pairs),
        "sampler": whole / (loops + noise),
        "graph": graphs,
        "loop": loops,
        "noise": noise,
        "sample": whole,
    }


def _drain(laws: dict[str, Noise], rows: int) -> None:
    stream = NoiseStream(0, laws)
    while stream.row < rows:
        stream.take(min(CHUNK, rows - stream.row))


def main() -> None:
    torch.set_num_threads(1)
    lines = [
        "# The emitted graph against a loop written by hand",
        "",
        f"`python benchmarks/overhead.py`, on {os.cpu_count()} cores with one thread, Python "
        f"{platform.python_version()}, torch {torch.__version__}.",
        f"Tables of {STATES} states given two parents, in chunks of {CHUNK:,} rows. "
        "*graph / loop*: the emitted graph over a loop that calls the same generators on the same noise, "
        "median of alternating pairs; the target is at most 1.05 at 100,000 rows. *sample / (loop + noise)*: "
        "`Sampler.sample`, checks and decoding included, over the loop and its noise.",
        "",
        "| rows | draws | graph / loop | sample / (loop + noise) | graph | loop | noise | sample |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for rows, repeats in ((ROWS, 31), (1_000, 201), (1, 501)):
        for draws in DRAWS:
            m = measure(draws, rows, repeats)
            times = " | ".join(f"{m[key] * 1e3:,.2f} ms" for key in ("graph", "loop", "noise", "sample"))
            lines.append(f"| {rows:,} | {draws} | {m['ratio']:.3f} | {m['sampler']:.3f} | {times} |")
            print(lines[-1], flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
