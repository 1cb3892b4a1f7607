"""Files of the same people become one row a person; each way to get that wrong is a diagnostic."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from dofx import DataSet, DofxError
from dofx.runtime.data.dataset import read_data
from dofx.runtime.data.opened import Opened
from dofx.runtime.data.shaped.dates import counted
from dofx.runtime.data.shaped.shape import shaped

PEOPLE = {"id": [3, 1, 2], "age": [44.5, 61.0, 20.25], "town": ["b", "a", "b"]}
VISITS = {
    "id": [1, 1, 3, 2, 3],
    "visit": [0, 2, 0, 0, 1],
    "pain": [3, 5, 4, 1, 7],
    "sex": ["f", "f", "m", "f", "m"],
}
PANEL = DataSet(person="id", time="visit")


def as_kind(kind: str, columns: dict[str, Any], folder: Path) -> Any:
    match kind:
        case "pandas":
            return pd.DataFrame(columns)
        case "polars":
            return pl.DataFrame(columns)
        case "arrow":
            return pa.table(columns)
        case "csv":
            path = folder / f"{len(columns)}.csv"
            pd.DataFrame(columns).to_csv(path, index=False)
            return str(path)
        case "parquet":
            path = folder / f"{len(columns)}.parquet"
            pd.DataFrame(columns).to_parquet(path)
            return path
        case _:
            return columns


@pytest.mark.parametrize("kind", ["dict", "pandas", "polars", "arrow", "csv", "parquet"])
def test_a_panel_and_a_file_of_people(kind: str, tmp_path: Path) -> None:
    """By hand: person 1 was seen at 0 and 2, person 2 at 0, person 3 at 0 and 1."""
    files = [as_kind(kind, each, tmp_path) for each in (PEOPLE, VISITS)]
    names = ["age", "town", "sex", "pain_0", "pain_1", "pain_2"]
    rows = read_data(shaped(files, PANEL), names, holes=True)
    assert rows["age"].tolist() == [61.0, 20.25, 44.5]
    assert [rows.types["sex"].states[i] for i in rows["sex"].tolist()] == ["f", "f", "m"]  # type: ignore[union-attr]
    assert [rows.types["town"].states[i] for i in rows["town"].tolist()] == ["a", "b", "b"]  # type: ignore[union-attr]
    assert rows.partial["pain_1"].shown.tolist() == [False, False, True]
    assert rows.partial["pain_2"].shown.tolist() == [True, False, False]
    assert rows["pain_0"].tolist() == [3, 1, 4]


def test_against_pandas_on_random_panels() -> None:
    for seed in range(20):
        source = np.random.default_rng(seed)
        pairs = source.permutation(60)[: source.integers(5, 60)]
        frame = pd.DataFrame({"who": pairs // 6, "when": pairs % 6, "v": source.normal(size=len(pairs))})
        made = shaped(frame, DataSet(person="who", time="when"))
        wide = frame.pivot(index="who", columns="when", values="v")
        for when in wide.columns:
            found = made.read([f"v_{when}"])[f"v_{when}"].to_numpy(zero_copy_only=False)
            assert np.array_equal(found, wide[when].to_numpy(), equal_nan=True)


def test_people_without_a_row_in_a_file_have_holes() -> None:
    labs = {"id": [2, 9], "sugar": [1.5, 2.5]}
    made = shaped([PEOPLE, labs], DataSet(person="id"))
    assert made.read(["id", "age", "sugar"])["id"].tolist() == [1, 2, 3, 9]
    assert made.read(["age"])["age"].to_pylist() == [61.0, 20.25, 44.5, None]
    assert made.read(["sugar"])["sugar"].to_pylist() == [None, 1.5, None, 2.5]


def test_one_file_of_people_is_read_by_person_and_as_it_is_otherwise() -> None:
    assert shaped(PEOPLE, DataSet()) is PEOPLE
    assert shaped(PEOPLE, DataSet(person="id")).read(["age"])["age"].to_pylist() == [61.0, 20.25, 44.5]
    once = shaped(Opened(PEOPLE), DataSet(person="id"))
    assert shaped(once, DataSet(person="id")) is once
    texts = {"id": ["x", "w"], "v": [1, 2]}
    assert shaped(texts, DataSet(person="id")).read(["v"])["v"].to_pylist() == [2, 1]


DAY = datetime(2000, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "array",
    [
        pa.array([DAY, None]),
        pa.array([DAY.replace(tzinfo=None), None]),
        pa.array(["2000-03-01 12:00", None]),
        pa.array(["2000-03-01T14:00+02:00", ""]),
        pa.array(["2000-03-01T12:00:00", "NA"]),
        pa.array(["2000-03-01 12:00", None]).dictionary_encode(),
        pa.array(pd.Series(["2000-03-01 12:00", None]).astype("datetime64[us]")),
    ],
)
def test_each_form_of_a_date_is_the_same_number(array: Any) -> None:
    since = DAY - datetime(2000, 1, 1, tzinfo=UTC)
    units = {"days": 60.5, "hours": 1_452.0, "weeks": 60.5 / 7, "years": 60.5 / 365.2425}
    assert since == timedelta(days=60.5)
    for unit, number in units.items():
        found = counted(array, f"{unit} since 2000-01-01", "c", ["NA"]).to_pylist()
        assert found[0] == pytest.approx(number, rel=1e-12)
        assert found[1] is None


def test_days_are_whole_and_count_from_1970() -> None:
    found = counted(pa.array([date(1970, 1, 1), date(1969, 12, 30), date(2026, 2, 28)]), "days", "c")
    assert found.to_pylist() == [0.0, -2.0, float((date(2026, 2, 28) - date(1970, 1, 1)).days)]


def test_dates_in_a_panel_and_as_the_time() -> None:
    rows = {
        "id": [1, 1, 2],
        "day": ["2000-01-01", "2000-01-03", "2000-01-01"],
        "seen": ["1999-12-31", None, "2000-01-02"],
    }
    data = DataSet(
        person="id", time="day", dates={"day": "days since 2000-01-01", "seen": "days since 2000-01-01"}
    )
    made = shaped(rows, data)
    assert made.columns[-2:] == ("seen_0", "seen_2")
    assert made.read(["seen_0", "seen_2"])["seen_0"].to_pylist() == [-1.0, 1.0]


FAULTS: dict[str, tuple[str, str, Any, DataSet]] = {
    "a person twice": (
        "E0512",
        "person 1 has several rows",
        {"id": [1, 1], "v": [1, 2]},
        DataSet(person="id"),
    ),
    "a person and a time twice": (
        "E0512",
        "person 1 has several rows at time 0",
        {"id": [1, 1, 2], "t": [0, 0, 0], "v": [1, 2, 3]},
        DataSet(person="id", time="t"),
    ),
    "a plain name of a column that changes": (
        "E0512",
        "`v_0`, `v_1`",
        {"id": [1, 1], "t": [0, 1], "v": [1, 2]},
        DataSet(person="id", time="t"),
    ),
    "nobody in common": (
        "E0513",
        "no person in common",
        [{"id": [1, 2], "v": [1, 2]}, {"id": [7], "u": [1]}],
        DataSet(person="id"),
    ),
    "numbers and text": (
        "E0513",
        "'007'",
        [{"id": [7], "v": [1]}, {"id": ["007"], "u": [1]}],
        DataSet(person="id"),
    ),
    "a row of nobody": ("E0513", "missing in row 1", {"id": [1, None], "v": [1, 2]}, DataSet(person="id")),
    "a fraction of a person": (
        "E0513",
        "neither whole numbers",
        {"id": [1.5], "v": [1]},
        DataSet(person="id"),
    ),
    "no column of persons": ("E0504", "no column `who`", {"id": [1], "v": [1]}, DataSet(person="who")),
    "no column of times": (
        "E0504",
        "no column `when`",
        {"id": [1], "v": [1]},
        DataSet(person="id", time="when"),
    ),
    "a column in two files": (
        "E0505",
        "stands in",
        [{"id": [1], "v": [1]}, {"id": [1], "v": [2]}],
        DataSet(person="id"),
    ),
    "a list for one data set": ("E0502", "of several tables", [{"v": [1]}, {"v": [2]}], DataSet()),
    "no date": ("E0514", "'soon'", {"v": ["2000-01-01", "soon"]}, DataSet(dates={"v": "days"})),
    "a date that is a number": ("E0514", "holds numbers", {"v": [1, 2]}, DataSet(dates={"v": "days"})),
    "no column of dates": ("E0504", "no column `born`", {"v": [1]}, DataSet(dates={"born": "days"})),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_a_diagnostic(name: str) -> None:
    code, said, source, data = FAULTS[name]
    with pytest.raises(DofxError) as error:
        shaped(source, data).read(["v"])
    assert error.value.diagnostics[0].code == code
    assert said in str(error.value)


REFUSED: dict[str, Callable[[], DataSet]] = {
    "a unit": lambda: DataSet(dates={"v": "fortnights"}),
    "a start": lambda: DataSet(dates={"v": "days since yesterday"}),
    "a time of nobody": lambda: DataSet(time="t"),
    "an empty name": lambda: DataSet(person=""),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_data_set_cannot_declare(name: str) -> None:
    with pytest.raises(DofxError, match="E1002"):
        REFUSED[name]()
