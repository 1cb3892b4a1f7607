"""Nothing but dofx's own exceptions leaves: a short run of the benchmark that anyone may run for longer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RUN = Path(__file__).parents[1] / "benchmarks" / "robustness" / "run.py"


@pytest.mark.parametrize(
    ("kind", "calls"), [("texts", 4_000), ("frames", 2_000), ("calls", 2_000), ("commands", 600)]
)
def test_nothing_foreign_leaves(kind: str, calls: int) -> None:
    command = (RUN, "--kinds", kind, "--calls", calls, "--batch", calls, "--traced", 0, "--no-doubling")
    run = subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, text=True, check=False, timeout=900
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"{calls:,} calls" in run.stdout
