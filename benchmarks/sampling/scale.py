"""Unit costs of fitting and sampling, here and on Ray, and what a large program would cost by them.

    python benchmarks/sampling/scale.py            # writes benchmarks/results/scale.md; a few minutes

Work on one core is measured as processor time, which other programs on the machine do not lengthen. What Ray
adds is wall time, the best of several runs.
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import ray
import torch
from scale_costs import KINDS, ROWS, Units, fitting_time, report, sampling_time

from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.runtime.engines import Local, Task
from dofx.runtime.engines.ray import Ray
from dofx.runtime.sampler import Sampler
from dofx.runtime.sampling.rows import RowSettings
from dofx.runtime.sampling.running import Asked

RESULTS = Path(__file__).parents[1] / "results" / "scale.md"
FITS = 8


# ── networks ─────────────────────────────────────────────────────────────────────────────────────────────


def world(kind: str, draws: int) -> tuple[SamplingNetwork, dict[str, np.ndarray]]:
    """A chain in which each variable reads the two before it, and rows that it might have made.

    Finite variables have four states; a mixed world has bools that read real numbers.
    """
    source = np.random.default_rng(0)
    values: list[np.ndarray] = []
    for _ in range(draws):
        mean = 0.5 * sum((np.tanh(v) for v in values[-2:]), np.zeros(ROWS))
        values.append(mean + 0.7 * source.normal(size=ROWS))
    names = [f"v{k}" for k in range(draws)]
    made, rows = [], {}
    for k, name in enumerate(names):
        parents = names[max(0, k - 2) : k]
        if kind == "mixed":
            rows[f"x{name}"] = values[k]
            rows[name] = (values[k] > 0).astype(int)
            parents = [f"x{parent}" for parent in parents]
        else:
            rows[name] = np.digitize(values[k], [-0.7, 0, 0.7]) if kind == "finite" else values[k]
        made.append(Draw.of(name, name, tuple((p, p) for p in parents)))
    inputs = tuple(name for name in rows if name.startswith("x")) if kind == "mixed" else ()
    inputs = tuple(name for name in inputs if any(name in draw.reads for draw in made))
    stage = Stage("answer", inputs, tuple(made), ((names[-1],) * 2,))
    return SamplingNetwork(Query.of((names[-1],), inputs), (stage,)), rows


class Alone(Local):
    """The local engine without stacking."""

    def run(self, tasks, *, ahead=None):  # type: ignore[no-untyped-def]
        return super().run([replace(task, together=None) for task in tasks])


# ── units ────────────────────────────────────────────────────────────────────────────────────────────────


def best(run: Callable[[], object], clock: Callable[[], float], times: int = 3) -> float:
    taken = []
    for _ in range(times):
        start = clock()
        run()
        taken.append(clock() - start)
    return min(taken)


def fit_seconds(kind: str, engine: Local) -> float:
    """Processor seconds of a fit that reads two variables."""
    network, rows = world(kind, FITS + 2)
    read = tuple(name for name in rows if name.startswith("x")) if kind == "mixed" else ("v0", "v1")
    draws = network.draws[2:]
    outputs = tuple(pair for draw in draws for pair in draw.outputs)
    inputs = tuple(name for name in read if any(name in draw.reads for draw in draws))
    stage = Stage("answer", inputs, draws, outputs)
    network = SamplingNetwork(Query.of(tuple(v for v, _ in outputs), inputs), (stage,))
    taken = best(lambda: Sampler(network).fit(rows, engine=engine, progress=False), time.process_time)
    return taken / FITS


def plan_seconds() -> float:
    """What 500 fits of tables take beyond training."""
    network, rows = world("finite", 500)
    trained: list[float] = []

    def run() -> None:
        report = Sampler(network).fit(rows, progress=False).report
        trained.append(report.seconds if report else 0.0)

    whole = best(run, time.process_time)
    return (whole - min(trained)) / 500


def sampling(kind: str, folder: Path, *, folded: bool = False) -> tuple[float, float]:
    """Rows a second on one core into Parquet, and bytes a row, for ten draws whose last is written."""
    network, rows = world(kind, 10)
    sampler = Sampler(network).fit(rows, epochs=None if kind == "finite" else 2, progress=False)
    source = sampler.folded() if folded else sampler
    count = 1 << 21 if kind == "finite" else 1 << 17
    do = dict.fromkeys(network.inputs, 0.0)
    path = folder / f"{kind}.parquet"
    seconds = best(lambda: source.sample_to(path, count, do=do, seed=1, workers=1), time.process_time)
    return count / seconds, path.stat().st_size / count


def nothing() -> None:
    return None


def length(value: torch.Tensor) -> int:
    return len(value)


def on_ray(folder: Path) -> dict[str, float]:
    began = time.perf_counter()
    ray.init(
        num_cpus=os.cpu_count(), include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR
    )
    engine = Ray()
    list(engine.run(Task(i, torch.zeros, (1,)) for i in range(os.cpu_count() or 1)))
    found = {"start": time.perf_counter() - began}
    tasks = [Task(i, nothing) for i in range(1_000)]
    found["task"] = best(lambda: list(engine.run(tasks)), time.perf_counter, 5) / len(tasks)
    network, rows = world("finite", 500)
    run = best(lambda: Sampler(network).fit(rows, engine=engine, progress=False), time.perf_counter)
    found["ray_fit"] = run / 500
    value = torch.zeros(1 << 25)
    found["put"] = value.nbytes / best(lambda: engine.share(value), time.perf_counter, 5)
    shared = engine.share(value)
    found["get"] = value.nbytes / best(
        lambda: list(engine.run([Task("length", length, (shared,))])), time.perf_counter, 5
    )
    found["part"] = part_seconds(engine, folder)
    found["team"] = team_seconds()
    return found


def part_seconds(engine: Ray, folder: Path) -> float:
    """What a part of 1,000 rows takes through Ray, one after another on each core."""
    network, rows = world("finite", 10)
    sampler = Sampler(network).fit(rows, progress=False)
    parts = 400

    def run() -> None:
        shutil.rmtree(folder / "parts", ignore_errors=True)
        sampler.sample_to(folder / "parts", parts * 1_000, chunk=1_000, seed=1, engine=engine)

    run()
    whole = best(run, time.perf_counter) * (os.cpu_count() or 1)
    alone = best(lambda: sampler.rows(Asked(1_000), RowSettings(1)), time.process_time)
    return whole / parts - alone


def team_seconds() -> float:
    draw = Draw.of("y", "y", (("x", "x"),))
    network = SamplingNetwork(
        Query.of(("y",), ("x",)), (Stage("answer", (("x", "x"),), (draw,), (("y", "y"),)),)
    )
    source = np.random.default_rng(0)
    rows = {name: source.normal(size=200) for name in ("x", "y")}
    engine = Ray(data_parallel={"y": 2})
    start = time.perf_counter()
    Sampler(network).fit(rows, epochs=1, generators={"y": "spline"}, engine=engine, progress=False)
    return time.perf_counter() - start


def checked(units: Units, folder: Path) -> Units:
    """The units, with what they predict of two runs on this machine and what these took."""
    cores = os.cpu_count() or 1
    checks = []
    fits, rows = 200, 100_000_000
    network, data = world("real", fits)
    seconds, _ = fitting_time(units, "real", fits, cores)
    start = time.perf_counter()
    Sampler(network).fit(data, engine=Ray(), progress=False)
    checks.append((f"{fits} spline generators", seconds - units.start, time.perf_counter() - start))
    network, data = world("finite", 10)
    sampler = Sampler(network).fit(data, progress=False)
    seconds, _ = sampling_time(units, units.rows["finite"], rows, 1 << 21, cores)
    start = time.perf_counter()
    sampler.sample_to(folder / "check", rows, seed=1, engine=Ray())
    checks.append((f"{rows:,} rows of table draws", seconds - units.start, time.perf_counter() - start))
    return replace(units, checks=tuple(checks))


def measured() -> Units:
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        fit = {kind: fit_seconds(kind, Alone()) for kind in KINDS}
        stacked = {kind: fit_seconds(kind, Local()) for kind in KINDS}
        made = {kind: sampling(kind, folder) for kind in KINDS}
        units = Units(
            fit=fit,
            stacked=stacked,
            plan=plan_seconds(),
            rows={kind: rate for kind, (rate, _) in made.items()},
            size={kind: size for kind, (_, size) in made.items()},
            folded=sampling("finite", folder, folded=True)[0],
            **on_ray(folder),
        )
        units = checked(units, folder)
        ray.shutdown()
        return units


def main() -> None:
    text = report(measured())
    RESULTS.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
