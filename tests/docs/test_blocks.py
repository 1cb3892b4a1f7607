"""Blocks of pages that do not stand on their own: they run with rows and a sampler that a test brings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dofx

DOCS = Path(__file__).parents[2] / "docs"


def blocks(page: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


def scope(n: int = 200) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, n)
    rows = {"x": x, "m": (rng.random(n) < 0.2 + 0.6 * x).astype(int), "y": rng.integers(0, 2, n)}
    sampler = dofx.compile("P(y | do(x))", "x -> m -> y; x <-> y").fit(rows)
    return {"dofx": dofx, "rows": rows, "data": rows, "sampler": sampler}


def test_speed(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = blocks("speed.md", "python")
    exec(block, scope())
    assert len(capsys.readouterr().out.splitlines()) >= 3


def test_scale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The calls without the cluster, with as many rows as fit a test; `tests/engines` has the cluster."""
    monkeypatch.chdir(tmp_path)
    calls, engine = blocks("scale.md", "python")
    exec(calls.replace('engine="ray"', "engine=None").replace("1_000_000_000", "1_000"), scope())
    assert list((tmp_path / "rows").iterdir())
    pytest.importorskip("ray", reason="the engine needs the extra `ray`")
    exec(engine, {})
