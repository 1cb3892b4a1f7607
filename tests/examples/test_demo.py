"""The demonstration runs from end to end in its small setting, and says what it should."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, str(EXAMPLES / "demo.py"), "--quick"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, folder


def test_both_estimates_stand_beside_the_truth(shown: tuple[str, Path]) -> None:
    text, _ = shown
    assert "naive: the trained less the others       -8,498" in text
    assert "truth: the randomised experiment         +1,794" in text
    assert "dofx, people like the trained" in text


def test_front_door_and_napkin_are_told_apart(shown: tuple[str, Path]) -> None:
    text, _ = shown
    assert "compiled  to 3 generators, 0 on simulated rows" in text
    assert "compiled  to 4 generators, 1 on simulated rows" in text
    assert "VENTALV <-> EXPCO2" in text


def test_the_picture_is_drawn(shown: tuple[str, Path]) -> None:
    _, folder = shown
    assert (folder / "out" / "lalonde.png").read_bytes().startswith(b"\x89PNG")
