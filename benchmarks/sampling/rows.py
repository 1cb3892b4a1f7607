"""Rows a second: a finite query against the memory's own speed and against peers, networks against themselves.

    python benchmarks/sampling/rows.py            # writes benchmarks/results/rows.md; two minutes

The finite query is P(y | do(x)) on z -> {x, y}; x -> y, which every peer can draw from: they are given the graph
without z -> x, or their own form of do. Peers that are not installed are left out:
`pip install pgmpy pyagrum dowhy` brings them. Times are the best of several runs, in one process.
"""

from __future__ import annotations

import os
import platform
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import torch

import dofx
from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.runtime.sampler import Sampler
from dofx.runtime.sampling.noise import NoiseStream
from dofx.runtime.sampling.running import noise_laws

RESULTS = Path(__file__).parents[1] / "results" / "rows.md"
ROWS = 1 << 24
NETWORK_ROWS = 1 << 18
CHUNK = 16_384
GRAPH = "z -> {x, y}; x -> y"


def best(run: Callable[[], object], repeats: int = 5) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


# ── finite ───────────────────────────────────────────────────────────────────────────────────────────────


def rows() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    z = rng.integers(0, 3, 5_000)
    x = (rng.random(5_000) < 0.2 + 0.15 * z).astype(int)
    return {"z": z, "x": x, "y": (rng.random(5_000) < 0.1 + 0.2 * z + 0.3 * x).astype(int)}


def finite() -> list[str]:
    sampler = dofx.compile("P(y | do(x))", GRAPH).fit(rows(), progress=False)
    lines = []
    for dtype in (torch.int64, torch.uint8):
        folded = sampler.folded(dtype)
        folded.sample(10, do={"x": 1}, seed=0)
        name = f"`folded().sample`, {str(dtype).removeprefix('torch.')}"
        lines.append(_row(name, dtype, lambda f=folded: f.sample(ROWS, do={"x": 1}, seed=0)))
    draws = _row("`sample`, draw by draw", torch.int64, lambda: sampler.sample(ROWS, do={"x": 1}, seed=0))
    return [*lines, draws]


def _row(name: str, dtype: torch.dtype, run: Callable[[], object]) -> str:
    floor = best(lambda: torch.full((ROWS,), 1, dtype=dtype)) / ROWS * 1e9
    row = best(run) / ROWS * 1e9
    return f"| {name} | {1e3 / row:,.1f} | {row:.2f} | {floor:.2f} | {row / floor:.2f} |"


# ── peers ────────────────────────────────────────────────────────────────────────────────────────────────


def with_pgmpy(data: dict[str, np.ndarray]) -> tuple[float, int]:
    import pandas as pd
    from pgmpy.models import DiscreteBayesianNetwork

    model = DiscreteBayesianNetwork([("z", "x"), ("z", "y"), ("x", "y")])
    model.fit(pd.DataFrame(data))
    count = 1_000_000
    return best(lambda: model.simulate(count, do={"x": 1}, show_progress=False, seed=0), 2), count


def with_pyagrum(data: dict[str, np.ndarray]) -> tuple[float, int]:
    import pandas as pd
    import pyagrum

    template = pyagrum.fastBN("z[3]->x[2]->y[2]<-z")
    learner = pyagrum.BNLearner(pd.DataFrame(data), template)
    network = learner.useSmoothingPrior(1e-6).learnParameters(template.dag())
    network.eraseArc("z", "x")
    network.cpt("x").fillWith([0, 1])
    generator = pyagrum.BNDatabaseGenerator(network)
    count = 4_000_000
    return best(lambda: generator.drawSamples(count), 3), count


def with_dowhy(data: dict[str, np.ndarray]) -> tuple[float, int]:
    import networkx as nx
    import pandas as pd
    from dowhy import gcm

    gcm.config.disable_progress_bars()
    model = gcm.StructuralCausalModel(nx.DiGraph([("z", "x"), ("z", "y"), ("x", "y")]))
    states = pd.DataFrame({name: column.astype(str) for name, column in data.items()})
    gcm.auto.assign_causal_mechanisms(model, states)
    gcm.fit(model, states)
    count = 200_000
    return (
        best(lambda: gcm.interventional_samples(model, {"x": lambda _: "1"}, num_samples_to_draw=count), 2),
        count,
    )


PEERS: dict[str, Callable[[dict[str, np.ndarray]], tuple[float, int]]] = {
    "pgmpy": with_pgmpy,
    "pyagrum": with_pyagrum,
    "dowhy": with_dowhy,
}


def peers(folded: float, plain: float) -> list[str]:
    lines = []
    for name, run in PEERS.items():
        try:
            version = import_module(name).__version__
        except ImportError:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            seconds, count = run(rows())
        rate = count / seconds
        lines.append(
            f"| {name} {version} | {rate / 1e6:.3f} | {plain / rate:,.1f}× | {folded / rate:,.0f}× |"
        )
    return lines


# ── networks ─────────────────────────────────────────────────────────────────────────────────────────────


def chain(names: str) -> SamplingNetwork:
    draws = tuple(Draw.of(n, n, tuple((p, p) for p in names[max(0, k - 2) : k])) for k, n in enumerate(names))
    return SamplingNetwork(Query.of((names[-1],)), (Stage("answer", (), draws, ((names[-1],) * 2,)),))


def networks() -> list[str]:
    rng = np.random.default_rng(0)
    reals = {name: rng.normal(size=3_000) for name in "abcd"}
    states = {name: rng.integers(0, 4, 3_000) for name in "abcd"}
    lines = []
    for family, data in (("spline", reals), ("softmax", states)):
        generators = dict.fromkeys("abcd", family)
        sampler = Sampler(chain("abcd")).fit(data, generators=generators, epochs=2, progress=False)
        alone = _forwards(sampler)
        sampler.sample(NETWORK_ROWS, seed=0)
        own, whole = float("inf"), float("inf")
        for _ in range(5):  # by turns, so that a busy moment hits both
            own = min(own, best(alone, 1))
            whole = min(whole, best(lambda s=sampler: s.sample(NETWORK_ROWS, seed=0), 1))
        rates = [NETWORK_ROWS / seconds / 1e6 for seconds in (own, whole)]
        lines.append(f"| 4 {family} networks | {rates[0]:.3f} | {rates[1]:.3f} | {own / whole:.2f} |")
    return lines


def _forwards(sampler: Sampler) -> Callable[[], None]:
    """Each generator's forward pass, over all rows, in the chunks that are fastest for it."""
    module = sampler.module
    noise = NoiseStream(0, noise_laws(module)).take(NETWORK_ROWS)
    calls: list[tuple[Any, list[torch.Tensor]]] = []
    values: dict[str, torch.Tensor] = {}
    with torch.inference_mode():
        for draw in sampler.network.draws:
            generator = sampler.modules[draw.fit]
            arguments = [noise[draw.id], *(values[id] for id in draw.reads)]
            parts = zip(*(torch.split(argument, CHUNK) for argument in arguments), strict=True)
            values[draw.id] = torch.cat([generator(*part) for part in parts])
            calls.append((generator, arguments))

    def run() -> None:
        with torch.inference_mode():
            for generator, arguments in calls:
                for part in zip(*(torch.split(argument, CHUNK) for argument in arguments), strict=True):
                    generator(*part)

    return run


def main() -> None:
    lines = finite()
    folded, plain = (float(line.split("|")[2].replace(",", "")) * 1e6 for line in (lines[0], lines[2]))
    table = [
        "# Rows a second",
        "",
        f"`python benchmarks/sampling/rows.py`, on {os.cpu_count()} cores, Python {platform.python_version()}, torch "
        f"{torch.__version__}, NumPy {np.__version__}.",
        "",
        f"## A finite query against memory: P(y | do(x)) on `{GRAPH}`, {ROWS:,} rows",
        "",
        "The floor is filling a new tensor of the result's size by `torch.full`; the target is at most 3 floors.",
        "",
        "| | million rows/s | ns a row | floor, ns | floors |",
        "|---|---:|---:|---:|---:|",
        *lines,
        "",
        "## The same query against peers",
        "",
        "Ratios are of dofx to the peer, int64. Like for like is *draw by draw*: peers draw each variable too. "
        "`folded()` draws from the joint table of the answer, which none of them offers.",
        "",
        "| | million rows/s | draw by draw | folded |",
        "|---|---:|---:|---:|",
        *peers(folded, plain),
        "",
        f"## A query of networks against its generators, {NETWORK_ROWS:,} rows",
        "",
        "Four networks in a chain, each given the two before. *Alone*: the sum of the four forward passes over the "
        f"same rows, on noise made beforehand, in chunks of {CHUNK:,}. The target is at least 0.9.",
        "",
        "| | alone, million rows/s | `sample`, million rows/s | sample / alone |",
        "|---|---:|---:|---:|",
        *networks(),
    ]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("\n".join(table) + "\n")
    print("\n".join(table))


if __name__ == "__main__":
    main()
