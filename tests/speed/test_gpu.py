"""The benchmark of a GPU runs, so that whoever has one only has to start it."""

from __future__ import annotations

import runpy
from pathlib import Path
from types import SimpleNamespace

import torch

from dofx.runtime.faster.ways import Faster

torch.set_num_threads(1)
SCRIPT = Path(__file__).parents[2] / "benchmarks" / "gpu.py"


def test_the_benchmark_of_a_device_runs_on_a_cpu() -> None:
    lines = runpy.run_path(str(SCRIPT))["main"](["--device", "cpu", "--small"])
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert [row[0] for row in rows] == ["float32", "bf16"]
    for _, images, work, _, share in rows:
        assert float(images) > 0
        assert float(work) > 0.01
        assert 0 <= float(share) < 10


def test_ways_stand_side_by_side() -> None:
    found = Faster(
        16, "cuda graph", {"graph": 4e-3, "one call": 2e-3, "cuda graph": 1e-3}, {"aoti": "no nvcc"}
    )
    line = runpy.run_path(str(SCRIPT))["ways"](SimpleNamespace(speed_up=lambda rows: found), 16)
    assert line == "| 16 | 4 ms | 2.00 |  | no nvcc | 4.00 |"
