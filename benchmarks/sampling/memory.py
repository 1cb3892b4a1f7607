"""Peak memory and speed of writing rows to Parquet: flat in the number of rows.

    python benchmarks/sampling/memory.py            # writes benchmarks/results/memory.md; three minutes

Each number of rows is written by a process of its own, whose peak resident memory the operating system reports.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow
import torch

RESULTS = Path(__file__).parents[1] / "results" / "memory.md"
ROWS = (1_000_000, 10_000_000, 100_000_000, 300_000_000)

CHILD = """
import json, resource, sys, time
import numpy as np
import dofx

path, n, folded = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "folded"
rng = np.random.default_rng(0)
z = rng.integers(0, 3, 5_000)
x = (rng.random(5_000) < 0.2 + 0.15 * z).astype(int)
rows = {"z": z, "x": x, "y": (rng.random(5_000) < 0.1 + 0.2 * z + 0.3 * x).astype(int)}
sampler = dofx.compile("P(y | do(x))", "z -> {x, y}; x -> y").fit(rows, progress=False)
source = sampler.folded() if folded else sampler
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
start = time.perf_counter()
source.sample_to(path, n, do={"x": 1}, seed=0)
seconds = time.perf_counter() - start
print(json.dumps([before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, seconds]))
"""


def measure(rows: int, kind: str) -> tuple[float, float, float, float]:
    """Memory before and at the peak in MB, seconds, and the file's size in MB."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        command = [sys.executable, "-c", CHILD, str(path), str(rows), kind]
        shown = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        before, peak, seconds = json.loads(shown)
        return before / 1024, peak / 1024, seconds, path.stat().st_size / 1e6


def main() -> None:
    lines = [
        "# Memory of a sample that is written to Parquet",
        "",
        f"`python benchmarks/sampling/memory.py`, on {os.cpu_count()} cores, Python {platform.python_version()}, torch "
        f"{torch.__version__}, pyarrow {pyarrow.__version__}.",
        "`sample_to` of P(y | do(x)) on `z -> {x, y}; x -> y`: in memory, the rows alone would take 8 bytes each. "
        "*Start* is the peak before the first row is made, imports and fit included.",
        "",
        "| | rows | start, MB | peak, MB | rows alone, MB | million rows/s | file, MB |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for kind in ("draw by draw", "folded"):
        for rows in ROWS:
            before, peak, seconds, size = measure(rows, kind)
            speed = rows / seconds / 1e6
            memory = f"{before:,.0f} | {peak:,.0f} | {rows * 8 / 1e6:,.0f}"
            lines.append(f"| {kind} | {rows:,} | {memory} | {speed:,.1f} | {size:,.1f} |")
            print(lines[-1], flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
