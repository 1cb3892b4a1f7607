"""What the bootstrap of finite queries costs: all replicates at once, beside one after another.

    python benchmarks/intervals/bootstrap.py          # writes benchmarks/results/bootstrap.md; two minutes

Both ways have the same numbers. Times are processor times of one thread, medians over turns.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import torch

import dofx
from dofx.runtime.answers.bootstrap import replicates as answers_of_replicates

RESULTS = Path(__file__).parents[1] / "results" / "bootstrap.md"
ROWS = 2_000
REPLICATES = 200
EFFECT = "E[y | do(x = 1)] - E[y | do(x = 0)]"
GRAPHS = {
    "front door": "x -> z; z -> y; x <-> y",
    "back door, 1 covariate": "a -> {x, y}; x -> y",
    "back door, 4 covariates": "a -> {x, y}; b -> {x, y}; c -> {x, y}; d -> {x, y}; x -> y",
    "napkin": "w -> r; r -> x; x -> y; x <-> w; w <-> y",
}


def data() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)

    def coin(p: np.ndarray | float) -> np.ndarray:
        return (rng.random(ROWS) < p).astype(int)

    rows = {name: coin(0.3) for name in "abcdwu"}
    rows["r"] = coin(0.2 + 0.5 * rows["w"])
    rows["x"] = coin(0.1 + 0.2 * rows["a"] + 0.2 * rows["b"] + 0.3 * rows["r"])
    rows["z"] = coin(0.2 + 0.6 * rows["x"])
    rows["y"] = coin(0.1 + 0.2 * rows["a"] + 0.3 * rows["z"] + 0.2 * rows["c"])
    return rows


def milliseconds(run: Callable[[], object], turns: int) -> float:
    times = []
    for _ in range(turns):
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return 1e3 * median(times)


def main() -> None:
    torch.set_num_threads(1)
    rows, at_once = data(), answers_of_replicates.fit_at_once
    lines = [
        "# The bootstrap of finite queries",
        "",
        f"`python benchmarks/intervals/bootstrap.py`, on {os.cpu_count()} cores with one thread, Python "
        f"{platform.python_version()}, torch {torch.__version__}, NumPy {np.__version__}.",
        f'`bootstrap(rows, {REPLICATES})` of P(y | do(x)) on {ROWS:,} rows, then `effect("{EFFECT}")` of them. '
        "Processor times in milliseconds for all replicates together.",
        "",
        "| graph | bootstrap at once | effect at once | bootstrap one by one | effect one by one | ratio |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, graph in GRAPHS.items():
        sampler = dofx.compile("P(y | do(x))", graph).fit(rows, progress=False)
        times = []
        for turns, way in ((15, at_once), (1, lambda *_: None)):
            answers_of_replicates.fit_at_once = way
            made = sampler.bootstrap(rows, REPLICATES)
            made.effect(EFFECT)
            times += [
                milliseconds(lambda: sampler.bootstrap(rows, REPLICATES), turns),  # noqa: B023 - run at once
                milliseconds(lambda: made.effect(EFFECT), turns),  # noqa: B023 - run at once
            ]
        ratio = (times[2] + times[3]) / (times[0] + times[1])
        shown = " | ".join(f"{each:,.1f}" for each in times)
        lines.append(f"| {name} | {shown} | {ratio:,.0f} |")
        print(lines[-1], flush=True)
    RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
