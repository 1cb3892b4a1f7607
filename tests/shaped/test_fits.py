"""What is fitted to files of the same people is what is fitted to the one table that they make, in every call."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import dofx
from dofx import DataSet, DofxError
from dofx.cli.app import cli

PROGRAM = """
graph { born -> {pain_0, drug};  pain_0 -> {drug, pain_1};  drug -> pain_1 }
data P from "people.csv", "visits.csv" person id time visit dates born in years since "1950-01-01"
effect helped = E[pain_1 | do(drug = 1)] - E[pain_1 | do(drug = 0)]
"""
WIDE = "\n".join(line for line in PROGRAM.splitlines() if not line.startswith("data"))


def compiled(text: str) -> dofx.CompiledProgram:
    program = dofx.compile(text)
    assert isinstance(program, dofx.CompiledProgram)
    return program


@pytest.fixture(scope="module")
def wide() -> pd.DataFrame:
    source = np.random.default_rng(0)
    n = 400
    born = source.integers(0, 3, n)
    before = (source.random(n) < 0.2 + 0.2 * born).astype(int)
    drug = (source.random(n) < 0.2 + 0.4 * before).astype(int)
    after = (source.random(n) < 0.1 + 0.5 * before + 0.2 * drug).astype(int)
    return pd.DataFrame({"born": born, "pain_0": before, "drug": drug, "pain_1": after})


@pytest.fixture
def files(wide: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Dates that are 0, 1 and 2 years of 365.2425 days after 1950, to the microsecond, and a shuffled panel."""
    who = np.random.default_rng(1).permutation(len(wide)) + 100
    years = pd.to_timedelta(wide["born"].to_numpy() * 31_556_952, "s")
    people = pd.DataFrame({"id": who, "born": pd.Timestamp("1950-01-01") + years})
    visits = [
        pd.DataFrame({"id": who, "visit": when, "pain": wide[f"pain_{when}"], "drug": wide["drug"]})
        for when in (0, 1)
    ]
    return people, pd.concat(visits).sample(frac=1, random_state=0)


def test_a_sampler_and_a_program(wide: pd.DataFrame, files: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    made = compiled(PROGRAM).fit(list(files))
    plain = compiled(WIDE).fit(wide)
    for program, rows in ((made, list(files)), (plain, wide)):
        assert program.asked.data[0].person == ("id" if program is made else None)
        assert rows is not None
    answers = [
        program.answer(rows, intervals=intervals, replicates=20)["helped"]
        for intervals in ("influence", "bootstrap")
        for program, rows in ((made, list(files)), (plain, wide))
    ]
    assert float(answers[0]) == pytest.approx(float(answers[1]), abs=1e-12)
    assert answers[0].standard_error == pytest.approx(answers[1].standard_error, rel=1e-9)
    assert answers[2].standard_error == pytest.approx(answers[3].standard_error, rel=0.5)
    assert made.positivity(list(files)).to_json() is not None


def test_one_of_several_data_sets(wide: pd.DataFrame, files: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    graph = "pain_0 -> {drug, pain_1}; drug -> pain_1; drug <-> pain_1"
    survey = DataSet("survey", measures=["pain_0"], person="id", time="visit")
    trial = DataSet("trial", sets=["drug"], measures=["pain_0", "pain_1"])
    plain = DataSet("survey", measures=["pain_0"])
    found = [
        dofx.compile("P(pain_1 | do(drug))", graph, data=[each, trial]).fit({"survey": rows, "trial": wide})
        for each, rows in ((survey, files[1]), (plain, wide))
    ]
    assert np.abs(found[0].distribution().array() - found[1].distribution().array()).max() < 1e-12


def test_the_command_line_reads_the_files_that_the_program_names(
    files: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path, wide: pd.DataFrame
) -> None:
    (tmp_path / "program.cq").write_text(PROGRAM)
    files[0].to_csv(tmp_path / "people.csv", index=False)
    files[1].to_csv(tmp_path / "visits.csv", index=False)
    expected = float(compiled(WIDE).fit(wide).answer()["helped"])
    for named in ([], ["--data", str(tmp_path / "people.csv"), "--data", f"P={tmp_path / 'visits.csv'}"]):
        shown = CliRunner().invoke(cli, ["run", str(tmp_path / "program.cq"), *named])
        assert shown.exit_code == 0, shown.output
        assert f"helped = {expected:.6g}" in shown.output


def test_a_hole_of_a_panel_needs_a_statement(files: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    away = (files[1]["visit"] == 1) & (files[1]["id"] < 103)
    fewer = files[1][~away]
    with pytest.raises(DofxError, match="E0515"):
        compiled(PROGRAM).fit([files[0], fewer])
    said = PROGRAM.replace("drug -> pain_1 }", "drug -> pain_1;  drug -> missing(pain_1) }")
    assert compiled(said).fit([files[0], fewer]).report is not None


def test_a_list_of_tables_needs_a_person(wide: pd.DataFrame) -> None:
    with pytest.raises(DofxError, match="E0502"):
        compiled(WIDE).fit([wide, wide])
