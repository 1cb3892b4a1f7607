"""Peak memory of a fit to Parquet that is read piece by piece: flat in the number of rows.

    python benchmarks/streaming.py                        # 10 and 100 million rows; 2 GB of disk
    python benchmarks/streaming.py 1000000 10000000       # other numbers of rows

The benchmark makes the rows, eight columns of which one is a real number, and fits the seven tables and the spline of
a query in a process of its own, whose peak resident memory the operating system reports. It writes
benchmarks/results/streaming.md.
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

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

RESULTS = Path(__file__).parent / "results" / "streaming.md"
ROWS = (10_000_000, 100_000_000)
GROUP = 1_000_000
MOST = 1.2
"""How much more memory the largest number of rows may take than the smallest."""

GRAPH = "a -> {x, y, w}; b -> {x, y}; c -> {x, w}; e -> {m, w}; x -> m; m -> {y, w}; x -> y; x -> w"

CHILD = """
import json, resource, sys, time
import dofx

path, graph, kind = sys.argv[1:]
sampler = dofx.compile("P(y, w | do(x))", graph, variables={"x": "bool", "w": "bool"})
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
sampler.fit(dofx.Stream(path) if kind == "stream" else path, progress=False)
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
fits = [[record.fit, record.family, record.report.rows, record.report.score] for record in sampler.report]
means = [float(sampler.sample(1_000_000, do={"x": x}, seed=0)["y"].mean()) for x in (False, True)]
print(json.dumps([before, peak, seconds, means, fits]))
"""


def world(rows: int, source: np.random.Generator) -> dict[str, np.ndarray]:
    """Rows of the world: the mean of y under do(x) is 0.35 + 1.15 x."""
    a, b = source.integers(0, 3, rows), source.integers(0, 4, rows)
    c, e = source.integers(0, 2, rows), source.integers(0, 5, rows)
    x = source.random(rows) < 0.15 + 0.15 * a + 0.05 * b + 0.1 * c
    m = (source.random(rows) < 0.1 + 0.15 * e + 0.15 * x).astype(int) + (source.random(rows) < 0.5)
    y = x + 0.4 * a - 0.5 * b + m - 0.2 + source.normal(size=rows) * (1 + 0.5 * x)
    w = source.random(rows) < 0.1 + 0.2 * x + 0.1 * a + 0.1 * c + 0.05 * e + 0.05 * m
    return {"a": a, "b": b, "c": c, "e": e, "x": x, "m": m, "y": y, "w": w}


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


def measure(path: Path, kind: str) -> tuple[float, float, float, list[float], list[list[object]]]:
    """Memory before and at the peak in MB, seconds, the two means, and what each fit reached."""
    shown = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), GRAPH, kind], capture_output=True, check=True, text=True
    ).stdout
    before, peak, seconds, means, fits = json.loads(shown)
    return before / 1024, peak / 1024, seconds, means, fits


def main() -> None:
    """Measure each number of rows, and the smallest in memory too."""
    numbers = sorted(int(each) for each in sys.argv[1:]) or list(ROWS)
    lines = [
        "# Memory of a fit to a stream",
        "",
        f"`python benchmarks/streaming.py {' '.join(map(str, numbers))}`, on {os.cpu_count()} cores, Python "
        f"{platform.python_version()}, torch {torch.__version__}, pyarrow {pa.__version__}.",
        "P(y, w | do(x)) with eight columns: a draw of real rows, tables, and a spline for y. *Start* is the peak "
        "before the fit, imports included. The true means of y are 0.35 and 1.5.",
        "",
        "| rows | fit | file, MB | start, MB | peak, MB | seconds | mean of y, x = 0 | x = 1 |",
        "|---:|---|---:|---:|---:|---:|---:|---:|",
    ]
    peaks, last = {}, []
    with tempfile.TemporaryDirectory() as folder:
        for rows in numbers:
            path = Path(folder) / "rows.parquet"
            started = time.perf_counter()
            write(path, rows)
            print(f"{rows:,} rows written in {time.perf_counter() - started:,.0f} s", flush=True)
            for kind in ("stream", "memory") if rows == numbers[0] else ("stream",):
                before, peak, seconds, means, fits = measure(path, kind)
                if kind == "stream":
                    peaks[rows], last = peak, fits
                size = path.stat().st_size / 1e6
                cells = f"{size:,.0f} | {before:,.0f} | {peak:,.0f} | {seconds:,.0f}"
                lines.append(f"| {rows:,} | {kind} | {cells} | {means[0]:.4f} | {means[1]:.4f} |")
                print(lines[-1], flush=True)
    ratio = peaks[numbers[-1]] / peaks[numbers[0]]
    verdict = "within" if ratio <= MOST else "not within"
    lines += [
        "",
        f"{numbers[-1]:,} rows take {ratio:.2f} times the peak memory of {numbers[0]:,}, {verdict} {MOST} times.",
        "",
        f"What was fitted to {numbers[-1]:,} rows:",
        "",
        "| draw | family | rows | score |",
        "|---|---|---:|---:|",
        *(f"| {fit} | {family} | {rows:,} | {score} |" for fit, family, rows, score in last),
    ]
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("\n".join(lines) + "\n")
    print(lines[-4 - len(last) - 2])


if __name__ == "__main__":
    main()
