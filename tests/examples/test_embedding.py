"""The examples of embedding, each on fewer rows and steps than it shows."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest
import torch

torch.set_num_threads(1)
EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str) -> Any:
    """The main function of an example."""
    return runpy.run_path(str(EXAMPLES / f"{name}.py"))["main"]


def test_the_best_dose_is_found_by_ascent(capsys: pytest.CaptureFixture[str]) -> None:
    found, naive = example("embed_best_dose")(rows=3_000, epochs=25)
    assert found == pytest.approx(2.0, abs=0.15)
    assert naive < 1.7
    assert "truth: 2.00" in capsys.readouterr().out


def test_the_shortcut_is_unlearned() -> None:
    found = example("embed_shortcut")(rows=3_000, epochs=25, steps=150)
    observed, intervened = found["observed"], found["intervened"]
    assert observed[0] > 0.9
    assert observed[1] < 0.6
    assert min(intervened) > 0.75
    assert abs(intervened[0] - intervened[1]) < 0.05


def test_a_network_learns_from_the_sampler_alone() -> None:
    assert example("embed_data_source")(rows=3_000, epochs=25, steps=300) < 0.4
