"""Streams of several data sets: what is fitted and answered is that of the same rows in memory."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import dofx
from dofx import DataSet, DofxError, Stream

Rows = dict[str, dict[str, np.ndarray]]

GRAPH = "age -> {drug, well}; drug -> well; drug <-> well"
SETS = (
    DataSet("survey", measures=["age"], weights="w"),
    DataSet("trial", sets=["drug"], measures=["age", "well"], differs=["age"]),
    DataSet("late", sets=["drug"], measures=["age", "well"], differs=["age"]),
)


def binary(chance: Any, source: np.random.Generator) -> np.ndarray:
    return (source.random(len(chance)) < chance).astype(int)


@pytest.fixture(scope="module")
def rows() -> Rows:
    source = np.random.default_rng(0)
    made: Rows = {"survey": {"age": source.integers(0, 3, 7_000), "w": source.choice([0.0, 0.5, 2.0], 7_000)}}
    for name, number, old in (("trial", 5_000, 0.2), ("late", 3_000, 0.6)):
        age, drug = source.binomial(2, old, number), source.integers(0, 2, number)
        drug[0], age[0] = 2, 0  # an arm of a single row
        made[name] = {"age": age, "drug": drug, "well": binary(0.2 + 0.15 * age * (drug == 1), source)}
    return made


def streamed(rows: Rows, folder: Path, names: tuple[str, ...], sample: int = 200) -> dict[str, Any]:
    """The rows, those of some data sets as streams."""
    found: dict[str, Any] = dict(rows)
    for name in names:
        path = folder / f"{name}.parquet"
        pq.write_table(pa.table(rows[name]), path, row_group_size=1_000)
        found[name] = Stream(path, sample=sample)
    return found


@pytest.mark.parametrize("names", [("survey",), ("trial",), ("survey", "trial", "late")])
def test_fits_are_those_of_the_same_rows_in_memory(
    names: tuple[str, ...], rows: Rows, tmp_path: Path
) -> None:
    """The trials have one conditional, so both train it; one has an arm that a sample does not show."""
    whole, some = (
        dofx.compile("P(well | do(drug))", GRAPH, data=SETS).fit(each)
        for each in (rows, streamed(rows, tmp_path, names))
    )
    assert np.abs(whole.distribution().array() - some.distribution().array()).max() < 1e-12
    assert [(r.fit, r.family, r.report.rows) for r in whole.report or ()] == [
        (r.fit, r.family, r.report.rows) for r in some.report or ()
    ]
    assert [each.data for each in some.agreements] == [("trial", "late")]
    assert some.distribution(do={"drug": 2}).names == ("well",)


@pytest.mark.parametrize("hidden", [False, True])
def test_programs_answer_with_the_same_intervals(hidden: bool, rows: Rows, tmp_path: Path) -> None:
    """Values to 1e-12 and standard errors to 1e-9, with holes in one data set too."""
    made = {name: dict(columns) for name, columns in rows.items()}
    holes = "; age -> missing(well) in trial" if hidden else ""
    if hidden:
        lost = np.random.default_rng(1).random(5_000) < 0.2 + 0.2 * made["trial"]["age"]
        made["trial"]["well"] = np.where(lost, np.nan, made["trial"]["well"])
        del made["late"]
    text = f"""
    graph {{ {GRAPH}{holes} }}
    variables {{ well : bool }}
    data survey measures age weights w
    data trial sets drug measures age, well differs at age
    {"" if hidden else "data late sets drug measures age, well differs at age"}
    effect ate = E[well | do(drug = 1)] - E[well | do(drug = 0)]
    query all = P(well | do(drug))
    """
    found = []
    for data in (made, streamed(made, tmp_path, ("survey", "trial"))):
        program = dofx.compile(text)
        assert isinstance(program, dofx.CompiledProgram)
        found.append(program.fit(data).answer(data, intervals="influence"))
    one, other = found
    assert float(one["ate"]) == pytest.approx(float(other["ate"]), abs=1e-12)
    assert _untested(one) == _untested(other)
    assert "extrapolated: 66 %" in one.assumptions()  # the arm of a single row
    assert "this has not been checked" in other.assumptions()
    assert ("rows, those that show well" in other.assumptions()) == hidden
    errors = [[interval.standard_error for interval in each.intervals] for each in found]
    assert errors[0] == pytest.approx(errors[1], rel=1e-9)
    assert min(errors[0]) > 0


def test_a_network_goes_on_with_the_rows_of_its_own_stream(tmp_path: Path) -> None:
    """2,000 rows in memory for x, 30,000 of a stream for y, whose mean is known; the bound is five standard errors."""
    source = np.random.default_rng(2)
    m = source.normal(size=30_000)
    made: Rows = {
        "trial": {"x": source.integers(0, 2, 2_000)},
        "register": {"m": m, "y": m + source.normal(size=30_000)},
    }
    made["trial"]["m"] = made["trial"]["x"] + source.normal(size=2_000)
    sets = [DataSet("trial", sets=["x"], measures=["m"]), DataSet("register", measures=["m", "y"])]
    sampler = dofx.compile("P(y | do(x))", "x -> m -> y", data=sets)
    sampler.fit(streamed(made, tmp_path, ("register",), sample=500), epochs=1)
    assert [record.report.rows for record in sampler.report or ()] == [2_000, 30_000]
    assert float(sampler.sample(4_000, do={"x": 1}, seed=0)["y"].mean()) == pytest.approx(1, abs=0.2)


def _untested(answers: Any) -> list[str]:
    """What answers lean on, but for what is seen of rows alone: samples of streams agree, and are not looked up."""
    lines = answers.assumptions().splitlines()
    start, end = (next(n for n, line in enumerate(lines) if line.startswith(word)) for word in ("Pos", "Gen"))
    return [line for line in (*lines[:start], *lines[end:]) if "agree on" not in line.lower()]


FAULTS: dict[str, tuple[str, Callable[[dict[str, Any]], object]]] = {
    "an arm that never occurred": ("E0509", lambda data: fitted(data).sample(5, do={"drug": 1})),
    "no rows for a data set": ("E0508", lambda data: fitted({"survey": data["survey"]})),
    "clusters of one": (
        "E0520",
        lambda data: fitted(data, DataSet("trial", sets=["drug"], measures=["well"], cluster="age")),
    ),
    "a column that it is said to measure": (
        "E0504",
        lambda data: fitted(data, DataSet("trial", sets=["drug"], measures=["age", "well", "dose"])),
    ),
    "an engine": ("E0520", lambda data: fitted(data, engine="ray")),
}


def fitted(data: dict[str, Any], trial: DataSet = SETS[1], **options: Any) -> dofx.Sampler:
    variables = {"drug": "category(3)"}
    sampler = dofx.compile("P(well | do(drug))", f"{GRAPH}; dose", data=[SETS[0], trial], variables=variables)
    return sampler.fit(data, **options)


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_a_diagnostic(name: str, rows: Rows, tmp_path: Path) -> None:
    code, call = FAULTS[name]
    trial = {column: values[rows["trial"]["drug"] != 1] for column, values in rows["trial"].items()}
    with pytest.raises(DofxError, match=code):
        call(streamed({**rows, "trial": trial}, tmp_path, ("survey", "trial")))


def test_what_needs_every_row_is_refused(rows: Rows, tmp_path: Path) -> None:
    data = streamed(rows, tmp_path, ("trial",))
    program = dofx.compile("E[well | do(drug = 1)] - E[well | do(drug = 0)]", GRAPH, data=SETS)
    assert isinstance(program, dofx.CompiledProgram)
    program.fit(data)
    for ask in (lambda: program.influence(data), lambda: program.answer(data, intervals="bootstrap")):
        with pytest.raises(DofxError, match="E0520"):
            ask()
