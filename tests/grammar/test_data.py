"""The `data` lines of programs: read, written, checked, and what they mean for a query."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from dofx import DataSet, DofxError, parse
from dofx.cli.app import cli
from dofx.compiler.declarations import data_of
from dofx.compiler.graph.read import graph_from_program
from dofx.compiler.model.data import ALONE
from dofx.compiler.program import program_of, questions
from dofx.grammar.formatting.program import format_program

PROGRAM = """graph {
  age -> {x, y}
  x -> m -> y
  latent u
  u -> {x, y}
}

data survey from "survey.csv"
data "my trial" from "trial.csv" sets x measures m, y differs at age, u keeps by age
data lab
query q = P(y | do(x))
"""


def test_what_is_declared() -> None:
    asked = questions(program_of(PROGRAM))
    assert asked.data == (
        DataSet("survey"),
        DataSet("my trial", sets=["x"], measures=["m", "y"], differs=["age", "x", "y"], keeps=["age"]),
        DataSet("lab"),
    )
    assert asked.files == (("survey", "survey.csv"), ("my trial", "trial.csv"))


def test_a_file_says_what_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "survey.csv").write_text("AGE,x,elsewhere\n1,2,3\n")
    (tmp_path / "q.cq").write_text(PROGRAM)
    assert questions(program_of(tmp_path / "q.cq")).data[0] == DataSet("survey", measures=["age", "x"])
    monkeypatch.chdir(tmp_path)
    assert questions(program_of(PROGRAM)).data[0].measures == ("age", "x")
    (tmp_path / "survey.csv").write_bytes(b"\xff\xfe")
    assert questions(program_of(PROGRAM)).data[0].measures is None


def test_a_file_of_all_variables_is_the_observational_data_set(tmp_path: Path) -> None:
    """Indicators of holes are no columns. One data set is compared with ways that leave variables out."""
    (tmp_path / "rows.csv").write_text("z,v,x,y\n1,,0,1\n")
    (tmp_path / "q.cq").write_text(
        "graph { z -> {x, v}; v -> y; x -> y; missing(z); z -> missing(v) }\n"
        'data P from "rows.csv"\nquery q = P(y | do(x))\n'
    )
    assert questions(program_of(tmp_path / "q.cq")).data == ALONE
    (tmp_path / "rows.csv").write_text("z,x,y\n1,0,1\n")
    assert questions(program_of(tmp_path / "q.cq")).data[0].measures == ("z", "x", "y")


def test_the_formatter_keeps_each_on_a_line() -> None:
    assert format_program(parse(PROGRAM)) == PROGRAM
    torn = PROGRAM.replace(" measures", "\n   measures").replace("differs at", "differs   at")
    assert format_program(parse(torn)) == PROGRAM


def test_words_are_names_where_a_name_stands() -> None:
    program = parse("graph { sets -> data -> from }  data measures sets sets measures data, from")
    (data,) = data_of(program, graph_from_program(program))
    assert data == DataSet("measures", sets=["sets"], measures=["data", "from"])


@pytest.mark.parametrize(
    ("line", "code", "title"),
    [
        ("data lab sets w", "E0301", "unknown variable `w`"),
        ("data lab measures u", "E0306", "`u` is latent, but the data set `lab` declares it"),
        ("data lab sets x sets m", "E0305", "`sets` occurs twice in the data set `lab`"),
        ("data survey", "E0307", "there are two declarations of the data set `survey`"),
    ],
)
def test_faults(line: str, code: str, title: str) -> None:
    with pytest.raises(DofxError) as error:
        program_of(PROGRAM.replace("data lab", line))
    (fault,) = error.value.diagnostics
    assert (fault.code, fault.title) == (code, title)
    assert fault.primary is not None


def test_all_faults_of_syntax_are_reported_at_once() -> None:
    with pytest.raises(DofxError) as error:
        parse(PROGRAM.replace('from "survey.csv"', "from survey").replace("P(y |", "P(y | |"))
    assert len(error.value.diagnostics) == 2


def test_identify_on_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "q.cq"
    file.write_text(
        "graph { x -> y; z -> y; x <-> y }\n"
        "data trial sets x differs at z\ndata survey measures z\nquery q = P(y | do(x))\n"
    )
    found = CliRunner().invoke(cli, ["identify", str(file)])
    assert found.exit_code == 0
    assert "Σ_z survey(z) trial(y | do(x), z)" in found.output
    file.write_text(file.read_text().replace("data survey measures z\n", ""))
    refused = CliRunner().invoke(cli, ["identify", str(file), "--json"])
    assert refused.exit_code == 1
    assert "it differs at z" in refused.output
    assert "What would help" in CliRunner().invoke(cli, ["identify", str(file)]).output
