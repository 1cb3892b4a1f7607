"""Nothing but dofx's own exceptions leaves: a short run of the benchmark that anyone may run for longer."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

RUN = Path(__file__).parents[1] / "benchmarks" / "robustness" / "run.py"


CALLS = {
    "texts": 4_000,
    "frames": 2_000,
    "surveys": 1_000,
    "calls": 2_000,
    "commands": 600,
    "requests": 1_000,
}


def test_nothing_foreign_leaves_where_all_kinds_take_turns() -> None:
    """In a process of its own, because a crash of the interpreter is a find too."""
    command = [sys.executable, str(RUN.parent / "worker.py"), ",".join(CALLS), "1", "300"]
    environment = {**os.environ, "PYTHONPATH": str(RUN.parents[2] / "src"), "PYTHONHASHSEED": "0"}
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900, env=environment)
    assert run.returncode == 0, run.stderr
    made = json.loads(run.stdout.splitlines()[-1])
    assert made["found"] == {}
    assert sum(made["ends"].values()) == 300
    assert len(made["names"]) >= 60


@pytest.mark.long
@pytest.mark.parametrize(("kind", "calls"), CALLS.items())
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
