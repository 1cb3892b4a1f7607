"""`dofx new` writes a program that runs, with known answers, and overwrites nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from dofx.grammar.formatting.program import format_program
from dofx.grammar.parse import parse
from faces.shop import dofx


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_program_runs_as_it_says() -> None:
    said = dofx("new", "mine.cq")
    assert said.exit_code == 0
    assert "dofx run mine.cq --data mine.csv" in said.output
    text = Path("mine.cq").read_text(encoding="utf-8")
    assert format_program(parse(text)) == text
    ran = dofx("run", "mine.cq", "--data", "mine.csv")
    assert ran.exit_code == 0
    assert "benefit = 0.2 " in ran.output
    assert "0.4600" in ran.output  # seen: the treatment goes to the old, and hardly seems to help


def test_nothing_is_overwritten() -> None:
    Path("first.csv").write_text("mine", encoding="utf-8")
    said = dofx("new")
    assert said.exit_code == 2
    assert not Path("first.cq").exists()
    assert Path("first.csv").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("left", ["first.cq", "first.csv"])
def test_a_run_that_was_killed_between_its_files_is_finished_by_the_next(left: str) -> None:
    assert dofx("new").exit_code == 0
    files = {name: Path(name).read_bytes() for name in ("first.cq", "first.csv")}
    for name in files.keys() - {left}:
        Path(name).unlink()
        Path(f".{name}.0a1b2c3d.tmp").write_bytes(b"half")  # what a kill leaves while it is written
    assert dofx("new").exit_code == 0
    assert {path.name: path.read_bytes() for path in Path().iterdir()} == files
    assert dofx("new").exit_code == 2  # whole: nothing is overwritten
