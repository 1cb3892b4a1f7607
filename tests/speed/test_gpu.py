"""The benchmark of a GPU runs, so that whoever has one only has to start it."""

from __future__ import annotations

import runpy
from pathlib import Path

import torch

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
