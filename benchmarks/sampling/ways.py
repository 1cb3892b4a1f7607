"""Ways to run a graph faster on a CPU: one call for draws that are alike, torch.compile, AOTInductor, bfloat16.

    python benchmarks/sampling/ways.py            # writes benchmarks/results/ways.md; ten minutes, for compiling

`Sampler.speed_up` measures all but the last by turns on one thread; bfloat16 is measured the same way.
"""

from __future__ import annotations

import os
import platform
import warnings
from functools import cache, partial
from pathlib import Path

import numpy as np
import torch

from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.runtime.faster import ways
from dofx.runtime.faster.ways import _by_turns
from dofx.runtime.sampler import Sampler
from dofx.runtime.sampling.noise import NoiseStream
from dofx.runtime.sampling.running import noise_laws
from dofx.runtime.training.training import one_thread

RESULTS = Path(__file__).parents[1] / "results" / "ways.md"
CHUNK = 16_384
DRAWS = 4


def chain() -> SamplingNetwork:
    """Each draw reads the two before it."""
    names = [f"v{k}" for k in range(DRAWS)]
    draws = tuple(Draw.of(n, n, tuple((p, p) for p in names[max(0, k - 2) : k])) for k, n in enumerate(names))
    return SamplingNetwork(Query.of((names[-1],)), (Stage("answer", (), draws, ((names[-1],) * 2,)),))


def star() -> SamplingNetwork:
    """All but the first draw read the first, and not one another."""
    names = [f"v{k}" for k in range(DRAWS)]
    draws = (Draw.of("v0", "v0"), *(Draw.of(n, n, (("v0", "v0"),)) for n in names[1:]))
    outputs = tuple((n, n) for n in names)
    return SamplingNetwork(Query.of(tuple(names)), (Stage("answer", (), draws, outputs),))


def fitted(network: SamplingNetwork, family: str) -> Sampler:
    rng, data, before = np.random.default_rng(0), {}, np.zeros(5_000)
    for k in range(DRAWS):
        value = 0.8 * before + rng.normal(size=5_000)
        data[f"v{k}"] = value if family == "spline" else np.digitize(value, [-0.7, 0, 0.7])
        before = value
    generators = dict.fromkeys(data, family)
    return Sampler(network).fit(data, generators=generators, epochs=20, progress=False)


def rough(sampler: Sampler) -> tuple[float, float]:
    """How many times as fast bfloat16 is on a chunk, and how far it moves the last outcome."""
    noise = NoiseStream(0, noise_laws(sampler.module)).take(CHUNK)
    run = partial(sampler.module, noise, {}, {})

    def cast() -> None:
        with torch.autocast("cpu", torch.bfloat16):
            run()

    with one_thread(), torch.inference_mode():
        seconds = _by_turns({"float32": run, "bf16": cast})
    error = sampler.precision_error("bf16")[sampler.network.query.outcomes[-1]]
    return seconds["float32"] / seconds["bf16"], error


def main() -> None:
    warnings.simplefilter("ignore")
    ways.packaged = cache(ways.packaged)  # a package serves any number of rows
    lines = [
        "# Ways to run a graph faster",
        "",
        f"`python benchmarks/sampling/ways.py`, on one of {os.cpu_count()} cores "
        f"({platform.processor() or platform.machine()}), "
        f"Python {platform.python_version()}, torch {torch.__version__}.",
        f"{DRAWS} generators of one family: in a chain, each given the two before, or in a star, all but one given "
        "the first. Entries are times the speed of the graph. The error of bf16 is the share of rows whose last "
        "outcome changes its state, or the root mean square change in standard deviations.",
        "",
        "| | rows | graph | one call | torch.compile | aoti | bf16 | error of bf16 |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for name, network in (("chain", chain()), ("star", star())):
        for family in ("table", "softmax", "spline"):
            sampler = fitted(network, family)
            for rows in (1, 1_000, CHUNK):
                torch._dynamo.reset()
                found = sampler.speed_up(rows)
                base = found.seconds["graph"]
                cells = [
                    f"{base / found.seconds[w]:.2f}" if w in found.seconds else ""
                    for w in ("one call", "torch.compile", "aoti")
                ]
                error = ["", ""]
                if rows == CHUNK and family != "table":
                    speed, moved = rough(sampler)
                    error = [f"{speed:.2f}", f"{moved:.2g}"]
                row = [
                    f"{name} of {family}s" if family != "softmax" else f"{name} of softmax networks",
                    f"{rows:,}",
                ]
                lines.append(f"| {' | '.join([*row, f'{base * 1e3:.3g} ms', *cells, *error])} |")
                print(lines[-1], flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
