"""Nothing but dofx's own exceptions leaves: a short run of the benchmark that anyone may run for longer."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

RUN = Path(__file__).parents[1] / "benchmarks" / "robustness" / "run.py"


CALLS = {"texts": 500, "frames": 250, "surveys": 125, "calls": 250, "commands": 75, "requests": 125}


@pytest.mark.parametrize(
    ("kind", "calls"),
    [*CALLS.items(), *(pytest.param(k, 8 * calls, marks=pytest.mark.long) for k, calls in CALLS.items())],
)
def test_nothing_foreign_leaves(kind: str, calls: int) -> None:
    command = (RUN, "--kinds", kind, "--calls", calls, "--batch", calls, "--traced", 0, "--no-doubling")
    run = subprocess.run(
        [sys.executable, *map(str, command)], capture_output=True, text=True, check=False, timeout=900
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"{calls:,} calls" in run.stdout


OWN_CHECKS = {
    "Compilation.explanation",
    "CompiledProgram.fit",
    "Estimand.from_json",
    "Sampler.fit",
    "dofx.export.read_signature",
    "dofx.generators.encode",
}
"""Calls that check what they take themselves, or take anything, or that this test sees through another function."""
MADE_BY_DOFX = {"dofx.Estimand", "dofx.Identification", "dofx.Program", "dofx.SamplingNetwork"}
"""Classes whose objects dofx makes."""


def test_every_public_call_checks_its_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(RUN.parent))
    targets: list[Any] = importlib.import_module("surface").targets(tmp_path)
    assert len(targets) >= 200
    unchecked = set()
    for target in targets:
        call = getattr(target.call, "__func__", target.call)
        call = call.__init__ if isinstance(call, type) else call
        operator = target.name.rpartition(".")[2].startswith("__")
        if target.parameters and not operator and not hasattr(call, "__edge__"):
            unchecked.add(target.name)
    assert unchecked - OWN_CHECKS - MADE_BY_DOFX == set(), "decorate it with @public()"
