"""What a person would write by hand, with a do(): one row, few and many rows, a folded sampler, a fit of tables.

    python benchmarks/sampling/by_hand.py            # writes benchmarks/results/by_hand.md; a minute

The query is P(y | do(x)) on z -> {x, y}; x -> y, all finite. Everything is measured by turns in processor time of one
thread, and ratios are medians over turns of the ratios within a turn, so a busy machine moves them little.
"""

from __future__ import annotations

import gc
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import torch
from torch import Tensor

import dofx
from dofx.runtime.sampler import Sampler
from dofx.runtime.sampling.noise import NoiseStream
from dofx.runtime.sampling.running import noise_laws

RESULTS = Path(__file__).parents[1] / "results" / "by_hand.md"
GRAPH = "z -> {x, y}; x -> y"
MANY = 1 << 20
CHUNK = 16_384
FIT_ROWS = 1_000_000


@dataclass(frozen=True)
class Case:
    """Something that dofx does, and the same by hand.

    Args:
        name: What it is.
        ours: By dofx.
        hand: By hand.
        what: What is written by hand.
        most: The target for their ratio, where there is one.
        calls: Calls in a turn.
    """

    name: str
    ours: Callable[[], object]
    hand: Callable[[], object]
    what: str
    most: float | None
    calls: int = 1


def data(rows: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    z = rng.integers(0, 3, rows)
    x = (rng.random(rows) < 0.2 + 0.15 * z).astype(int)
    return {"z": z, "x": x, "y": (rng.random(rows) < 0.1 + 0.2 * z + 0.3 * x).astype(int)}


def graph_with_noise(sampler: Sampler) -> Callable[[], object]:
    """The emitted graph, called on noise and the encoded intervention."""
    graph, laws = sampler.module, noise_laws(sampler.module)

    def run() -> dict[str, Tensor]:
        with torch.inference_mode():
            noise = NoiseStream(0, laws).take(1)
            rows: dict[str, Tensor] = graph(noise, {"x": torch.ones(1, dtype=torch.int64)}, {})
            return rows

    return run


def loop(sampler: Sampler, rows: int) -> Callable[[], Tensor]:
    """A loop over chunks: z by comparisons, then y by one comparison with the probability at z and x = 1."""
    tables = {fit.targets[0]: (fit.given, module) for fit, module in sampler.modules.items()}
    ends = tables["z"][1].table.cumsum(-1)[:-1].float()
    given, module = tables["y"]
    at_one = module.table.select(given.index("x"), 1)[:, 0].float()

    def run() -> Tensor:
        y = torch.empty(rows, dtype=torch.int64)
        for start in range(0, rows, CHUNK):
            size = min(CHUNK, rows - start)
            z = (torch.rand(size) >= ends[:, None]).sum(0)
            y[start : start + size] = torch.rand(size) >= at_one[z]
        return y

    return run


def by_row(sampler: Sampler, column: np.ndarray) -> Callable[[], Tensor]:
    """The same for a value of x for each row."""
    tables = {fit.targets[0]: (fit.given, module) for fit, module in sampler.modules.items()}
    ends = tables["z"][1].table.cumsum(-1)[:-1].float()
    given, module = tables["y"]
    table = module.table if given.index("x") else module.table.transpose(0, 1)
    first = table[..., 0].float().flatten()
    x = torch.from_numpy(column)

    def run() -> Tensor:
        z = (torch.rand(len(x)) >= ends[:, None]).sum(0)
        return (torch.rand(len(x)) >= first[z * 2 + x]).long()

    return run


def counting(rows: dict[str, np.ndarray]) -> Callable[[], object]:
    """The two tables that the query needs, by np.bincount."""

    def run() -> tuple[np.ndarray, np.ndarray]:
        z, x, y = rows["z"], rows["x"], rows["y"]
        marginal = np.bincount(z, minlength=3) / len(z)
        joint = np.bincount((z * 2 + x) * 2 + y, minlength=12).reshape(3, 2, 2)
        return marginal, joint / joint.sum(-1, keepdims=True)

    return run


def cases() -> list[Case]:
    sampler = dofx.compile("P(y | do(x))", GRAPH).fit(data(5_000), progress=False)
    folded, rows = sampler.folded(), data(FIT_ROWS)
    fresh = dofx.compile("P(y | do(x))", GRAPH)
    one, graph = {"x": 1}, graph_with_noise(sampler)
    column = np.arange(1_000) % 2
    single = lambda: sampler.sample(1, do=one, seed=0)  # noqa: E731
    return [
        Case("`sample(1, do=...)`", single, graph, "the graph, with its noise", 5, 200),
        Case(
            "`folded().sample(1, do=...)`",
            lambda: sampler.folded().sample(1, do=one, seed=0),
            single,
            "`sample(1, do=...)` of the sampler that is not folded",
            1,
            200,
        ),
        Case(
            "`sample(1_000, do=...)`",
            lambda: sampler.sample(1_000, do=one, seed=0),
            loop(sampler, 1_000),
            "a loop in torch with `torch.rand`",
            1.5,
            50,
        ),
        Case(
            "`sample(1_000, do=...)`, a value for each row",
            lambda: sampler.sample(1_000, do={"x": column}, seed=0),
            by_row(sampler, column),
            "the same operations, with a look-up by z and x",
            None,
            50,
        ),
        Case(
            f"`sample({MANY:_}, do=...)`",
            lambda: sampler.sample(MANY, do=one, seed=0),
            loop(sampler, MANY),
            "a loop in torch with `torch.rand`",
            1.5,
        ),
        Case(
            f"`folded().sample({MANY:_}, do=...)`",
            lambda: folded.sample(MANY, do=one, seed=0),
            loop(sampler, MANY),
            "the same loop",
            1.5,
        ),
        Case(
            f"`fit` on {FIT_ROWS:_} rows in memory",
            lambda: fresh.fit(rows, progress=False),
            counting(rows),
            "`np.bincount` of the two tables",
            10,
        ),
    ]


def seconds(run: Callable[[], object], calls: int) -> float:
    start = time.process_time()
    for _ in range(calls):
        run()
    return (time.process_time() - start) / calls


def measure(case: Case, turns: int = 15) -> tuple[float, float, float]:
    """Medians of our time, of the time by hand, and of their ratio within a turn."""
    for run in (case.ours, case.hand):
        run()
    found = []
    for turn in range(turns):
        gc.collect()
        pair = [case.ours, case.hand]
        times = [seconds(run, case.calls) for run in (pair if turn % 2 else reversed(pair))]
        ours, hand = times if turn % 2 else reversed(times)
        found.append((ours, hand, ours / hand))
    ours, hand, ratio = (median(column) for column in zip(*found, strict=True))
    return ours, hand, ratio


def shown(time: float) -> str:
    return f"{time * 1e6:,.0f} µs" if time < 1e-3 else f"{time * 1e3:,.1f} ms"


def main() -> None:
    torch.set_num_threads(1)
    lines = [
        "# dofx against what a person would write by hand",
        "",
        f"`python benchmarks/sampling/by_hand.py`, on {os.cpu_count()} cores with one thread, Python "
        f"{platform.python_version()}, torch {torch.__version__}, NumPy {np.__version__}.",
        f"P(y | do(x)) on `{GRAPH}`, all finite, asked with `do(x = 1)`. Processor times by turns; ratios are medians "
        "of the ratios within a turn. Up to 16,384 rows of tables are made by NumPy, whose operations start faster "
        "than torch's; their noise is keyed by row, where the loop takes whatever numbers come next.",
        "",
        "| | by hand | ratio | target | dofx | by hand |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for case in cases():
        ours, hand, ratio = measure(case)
        target = "" if case.most is None else f"{case.most:g}"
        lines.append(
            f"| {case.name} | {case.what} | {ratio:.2f} | {target} | {shown(ours)} | {shown(hand)} |"
        )
        print(lines[-1], flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
