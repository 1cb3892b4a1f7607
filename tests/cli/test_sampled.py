"""Programs that name their file and how its rows were sampled, on the command line."""

import json
from pathlib import Path

import numpy as np
import pytest

from faces.shop import dofx

PROGRAM = """graph { z -> {x, y}; x -> y }
data P from "survey.csv" weights w cluster home
effect ate = E[y | do(x = 1)] - E[y | do(x = 0)]
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    home = np.repeat(np.arange(60), 3)
    z, x = rng.integers(0, 2, 180), rng.integers(0, 2, 180)
    y = (rng.random(180) < 0.2 + 0.3 * x + 0.3 * z).astype(int)
    rows = np.stack([z, x, y, 1 + 2 * z, home, home], axis=1)
    np.savetxt(tmp_path / "survey.csv", rows, fmt="%d", delimiter=",", header="z,x,y,w,home,row", comments="")
    path = tmp_path / "survey.cq"
    path.write_text(PROGRAM)
    return path


def test_the_file_of_the_program_is_read_and_its_columns_are_not_left_over(program: Path) -> None:
    result = dofx("run", str(program), "--intervals", "influence")
    assert result.exit_code == 0
    assert "180 rows weighted by w, worth" in result.stdout
    assert "60 clusters of home" in result.stdout
    assert result.stderr.splitlines()[-1] == "note: 1 column not in the graph, left unread: row"


@pytest.mark.parametrize("prefix", ["", "P="])
def test_another_file_may_be_given(program: Path, prefix: str) -> None:
    other = program.with_name("other.csv")
    program.with_name("survey.csv").rename(other)
    result = dofx("run", str(program), "--data", f"{prefix}{other}", "--json")
    assert result.exit_code == 0
    (sampling,) = json.loads(result.stdout)["sampling"]
    assert (sampling["weights"], sampling["clusters"]) == ("w", 60)
    assert dofx("run", str(program), "--data", "a.csv", "--data", "b.csv").exit_code == 2
