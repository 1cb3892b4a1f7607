"""The demonstration runs from end to end in its small setting, and says what it should."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import hidden
import numpy as np
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
    rows = {" ".join(line.split()) for line in text.splitlines()}
    assert "naive: the trained less the others 6,349 14,847 -8,498 ± 583" in rows
    assert "truth: the randomised experiment 6,349 4,555 +1,794 ± 671" in rows
    assert "dofx: the effect on the trained" in text


def test_front_door_and_napkin_are_distinguished(shown: tuple[str, Path]) -> None:
    text, _ = shown
    assert text.count("compiled  to 3 generators, 0 on simulated rows, and 1 computed from them:") == 2
    assert "EXPCO2 ~ F₁(EXPCO2 | VENTALV) folded" in text
    assert "ins_dep_util_1 ~ Q₁(ins_dep_util_1 | bg_1) folded" in text
    assert "VENTALV <-> EXPCO2" in text
    assert "Q₁(ins_dep_util_1 | bg_1)    for any tot_bal_0" in text


def test_the_front_door_finds_what_seeing_misses() -> None:
    case = hidden.FRONT_DOOR
    network = hidden.load(case)
    answer = hidden.answer(case, network, hidden.compiled(case, network), rows=20_000)
    assert answer.distance(answer.estimate) < 0.03
    assert answer.distance(answer.seen) > 0.25


def test_the_truth_is_that_of_the_truncated_factorisation() -> None:
    """The whole alarm network, forced by hand: its cells summed out one variable at a time."""
    network = hidden.load(hidden.FRONT_DOOR)
    truth = network.truth(("EXPCO2",), ("VENTALV",))
    lung = network.truth(("VENTLUNG",))
    carbon = network.tables["ARTCO2"]
    breathed = network.tables["EXPCO2"]
    assert network.parents["EXPCO2"] == ("ARTCO2", "VENTLUNG")
    np.testing.assert_allclose(truth, np.einsum("l,va,ale->ve", lung, carbon, breathed), atol=1e-12)


def test_the_picture_is_drawn(shown: tuple[str, Path]) -> None:
    _, folder = shown
    assert (folder / "out" / "lalonde.png").read_bytes().startswith(b"\x89PNG")
