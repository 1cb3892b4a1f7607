"""Peak memory of a fit to Parquet that is read piece by piece: flat in the number of rows.

    python benchmarks/fitting/streaming.py                        # 10 and 100 million rows; 0.9 GB of disk
    python benchmarks/fitting/streaming.py 1000000 10000000       # other numbers of rows

The benchmark makes the rows, eight columns of which one is a real number, and fits the seven tables and the spline of
a query in a process of its own, whose peak resident memory the operating system reports (Linux). It writes
benchmarks/results/streaming.md. Figures are kept in build/streaming.json: a run that was interrupted goes on with the
number of rows that it has not measured.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

HERE = Path(__file__).parents[1]
RESULTS = HERE / "results" / "streaming.md"
FIGURES = HERE.parent / "build" / "streaming.json"
ROWS = (10_000_000, 100_000_000)
GROUP = 1_000_000
BAR = r"\|"
MOST = 1.2
"""How much more memory the largest number of rows may take than the smallest."""

GRAPH = "a -> {x, y, w}; b -> {x, y}; c -> {x, w}; e -> {m, w}; x -> m; m -> {y, w}; x -> y; x -> w"

CHILD = """
import json, sys, time
from pathlib import Path
import dofx

def peak():
    # VmHWM begins anew with each program; ru_maxrss is also that of the process which started it
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024

path, graph = sys.argv[1:]
sampler = dofx.compile("P(y, w | do(x))", graph, variables={"x": "bool", "w": "bool"})
import torch
before, start = peak(), time.perf_counter()
sampler.fit(dofx.Stream(path), generators={"y": "spline"}, progress=False)
seconds, cpu, most = time.perf_counter() - start, time.process_time(), peak()
fits = [[record.fit, record.family, record.report.rows, record.report.score] for record in sampler.report]
means = [float(sampler.sample(200_000, do={"x": x}, seed=0)["y"].mean()) for x in (False, True)]
print(json.dumps({"before": before, "peak": most, "seconds": seconds, "cpu": cpu, "means": means, "fits": fits}))
"""


def world(rows: int, source: np.random.Generator) -> dict[str, np.ndarray]:
    """Rows of the world: the mean of y under do(x) is 0.35 + 1.15 x."""
    a, b = source.integers(0, 3, rows, np.int8), source.integers(0, 4, rows, np.int8)
    c, e = source.integers(0, 2, rows, np.int8), source.integers(0, 5, rows, np.int8)
    x = source.random(rows) < 0.15 + 0.15 * a + 0.05 * b + 0.1 * c
    m = (source.random(rows) < 0.1 + 0.15 * e + 0.15 * x).astype(np.int8) + (source.random(rows) < 0.5)
    y = x + 0.4 * a - 0.5 * b + m - 0.2 + source.normal(size=rows) * (1 + 0.5 * x)
    w = source.random(rows) < 0.1 + 0.2 * x + 0.1 * a + 0.1 * c + 0.05 * e + 0.05 * m
    return {"a": a, "b": b, "c": c, "e": e, "x": x, "m": m, "y": y.astype(np.float32), "w": w}


def write(path: Path, rows: int) -> None:
    """The rows as one Parquet file, in row groups of a million, which never stand in memory together."""
    source = np.random.default_rng(0)
    writer: pq.ParquetWriter | None = None
    for first in range(0, rows, GROUP):
        table = pa.table(world(min(GROUP, rows - first), source))
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    assert writer is not None
    writer.close()


def measured(rows: int) -> dict[str, Any]:
    """What a process that fits so many rows reports: memory in MB, seconds, means, and what each fit reached."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        started = time.perf_counter()
        write(path, rows)
        print(f"{rows:,} rows written in {time.perf_counter() - started:,.0f} s", flush=True)
        command = [sys.executable, "-c", CHILD, str(path), GRAPH]
        shown = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True).stdout
        return {**json.loads(shown), "size": path.stat().st_size / 1e6}


def main() -> None:
    """Measure each number of rows that was not measured yet, and write the page."""
    numbers = sorted(int(each) for each in sys.argv[1:]) or list(ROWS)
    kept: dict[str, Any] = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    for rows in numbers:
        if str(rows) not in kept:
            kept[str(rows)] = measured(rows)
            FIGURES.parent.mkdir(exist_ok=True)
            FIGURES.write_text(json.dumps(kept))
            print(f"{rows:,} rows: {kept[str(rows)]}", flush=True)
    RESULTS.write_text(page({rows: kept[str(rows)] for rows in numbers}))


def page(found: dict[int, dict[str, Any]]) -> str:
    """The page with the figures of some numbers of rows."""
    first, last = min(found), max(found)
    ratio = found[last]["peak"] / found[first]["peak"]
    lines = [
        "# Memory of a fit to a stream",
        "",
        f"`python benchmarks/fitting/streaming.py {' '.join(map(str, found))}`, "
        f"on {os.cpu_count()} shared cores, Python "
        f"{platform.python_version()}, torch {torch.__version__}, pyarrow {pa.__version__}.",
        "",
        "P(y, w | do(x)) with eight columns: tables, which count all rows, and a spline for y, which starts from a "
        "sample of 262,144 rows and goes on with 4,194,304 rows at most, as is the default. *Start* is the peak "
        "before the fit, imports included; other programs ran beside, so that processor seconds compare. "
        "The true means of y are 0.35 and 1.5.",
        "",
        "| rows | file, MB | start, MB | peak, MB | seconds | processor seconds | mean of y, x = 0 | x = 1 |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for rows, each in found.items():
        cells = [f"{each[name]:,.0f}" for name in ("size", "before", "peak", "seconds", "cpu")]
        lines.append(f"| {rows:,} | {' | '.join(cells)} | {each['means'][0]:.4f} | {each['means'][1]:.4f} |")
    lines += [
        "",
        f"{last:,} rows take {ratio:.2f} times the peak memory of {first:,}, "
        f"{'within' if ratio <= MOST else 'not within'} {MOST} times.",
        "",
        f"What was fitted to {last:,} rows:",
        "",
        "| draw | family | rows | score |",
        "|---|---|---:|---:|",
        *(
            f"| {fit.replace('|', BAR)} | {family} | {rows:,} | {score:.5f} |"
            for fit, family, rows, score in found[last]["fits"]
        ),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
