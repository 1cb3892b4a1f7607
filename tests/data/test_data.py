"""Data sets: every kind of source gives the same rows, and what is wrong with one is said."""

import gzip
import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.data.dataset import extra_columns, read_data
from dofx.runtime.variables import Real
from values.unread import faults_of

ROWS = {
    "smoking": [True, False, True, True],
    "Age": [31.5, 40.25, 28.0, 28.0],
    "city": ["Oslo", "Lima", "Oslo", "Oslo"],
    "visits": [0, 2, 2, 0],
}
NAMES = ["age", "smoking", "city", "visits"]


def written(kind: str, folder: Path) -> Path:
    path, frame = folder / f"rows.{kind}", pd.DataFrame(ROWS)
    if kind == "parquet":
        frame.to_parquet(path)
    else:
        frame.to_csv(path, index=False, sep="\t" if kind == "tsv" else ",")
    return path


def test_every_source_gives_the_same_rows(tmp_path: Path) -> None:
    sources = [
        pd.DataFrame(ROWS),
        pl.DataFrame(ROWS),
        pl.DataFrame(ROWS).lazy(),
        pa.table(ROWS),
        ROWS,
        {name: np.array(values) for name, values in ROWS.items()},
        {**ROWS, "Age": torch.tensor(ROWS["Age"]), "visits": torch.tensor(ROWS["visits"])},
        *(written(kind, tmp_path) for kind in ("csv", "tsv", "parquet")),
        str(tmp_path / "rows.csv"),
    ]
    read = [read_data(source, NAMES) for source in sources]
    assert {data.fingerprint for data in read} == {read[0].fingerprint}
    assert read[0].names == tuple(NAMES)
    assert [str(type) for type in read[0].types.values()] == [
        "real",
        "bool",
        "category('Lima', 'Oslo')",
        "category(0, 2)",
    ]
    assert read[0]["visits"].tolist() == [0, 1, 1, 0]
    assert read[0].rows == len(read[0]) == 4


def test_the_fingerprint_is_that_of_names_types_and_values() -> None:
    def fingerprint(rows: Any, types: Any = None) -> str:
        return read_data(rows, list(rows), types).fingerprint

    first = fingerprint({"x": [0, 1], "y": [0.5, 1.5]})
    assert first == fingerprint({"x": [0, 1], "y": [0.5, 1.5]})
    assert first != fingerprint({"x": [1, 0], "y": [0.5, 1.5]})
    assert first != fingerprint({"z": [0, 1], "y": [0.5, 1.5]})
    assert first != fingerprint({"x": [0, 1], "y": [0.5, 1.5]}, {"x": "real"})


def test_declared_types_win() -> None:
    data = read_data(ROWS, ["visits", "Age"], {"visits": "real", "Age": Real()})
    assert data.types["visits"] == Real()
    assert data["visits"].dtype is torch.float32
    assert read_data(ROWS, ["city"], {"city": "category('Rome', 'Oslo', 'Lima')"})["city"].tolist() == [
        1,
        2,
        1,
        1,
    ]


def test_other_columns_are_not_looked_at(tmp_path: Path) -> None:
    assert read_data({**ROWS, "note": [None, object(), 1, "a"]}, ["visits"]).rows == 4
    assert extra_columns(ROWS, ["age", "city"]) == ("smoking", "visits")
    (tmp_path / "rows.csv").write_text("x,note\n1,\n2,a\n1,3\n")
    assert read_data(tmp_path / "rows.csv", ["x"]).rows == 3


def test_rows_can_be_taken() -> None:
    assert read_data(ROWS, ["visits"]).take(torch.tensor([1, 0]))["visits"].tolist() == [1, 0]


def test_a_name_in_another_case_must_be_the_only_one() -> None:
    assert read_data({"X": [0, 1]}, ["x"]).names == ("x",)
    assert read_data({"X": [0, 1], "x": [1, 1]}, ["x"])["x"].tolist() == [0, 0]
    (fault,) = faults_of({"Xy": [0, 1], "xY": [1, 1]}, ["xy"])
    assert fault.code == "E0504"


def test_missing_columns_are_all_named() -> None:
    faults = faults_of(ROWS, ["smokng", "age", "income"])
    assert [fault.code for fault in faults] == ["E0504", "E0504"]
    assert faults[0].title == "the data has no column `smokng`"
    assert faults[0].help == ("did you mean `smoking`?",)


def test_missing_values_are_counted_and_placed(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"x": [1.0, None, 3.0, None, None, None], "s": ["a", None, "b", "a", "a", "b"], "y": range(6)}
    )
    frame.to_csv(tmp_path / "rows.csv", index=False)
    for source in (frame, pl.from_pandas(frame), tmp_path / "rows.csv"):
        x, s = faults_of(source, ["x", "s", "y"])
        assert (x.code, s.code) == ("E0405", "E0405")
        assert x.title == "column `x` has 4 missing values"
        assert x.notes == ("missing (null, nan or inf) in rows 1, 3, 4 and 1 more",)
        assert s.title == "column `s` has 1 missing value"
        assert "what makes the holes" in s.help[0]


def test_values_outside_a_declared_type() -> None:
    strange, number = faults_of(
        ROWS, ["city", "Age"], {"city": "category('Oslo', 'Rome')", "Age": "category(2)"}
    )
    assert (strange.code, number.code) == ("E0403", "E0403")
    assert strange.title == '"Lima" is not a state of column `city`'
    (text,) = faults_of(ROWS, ["city"], {"city": "real"})
    assert text.code == "E0404"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ({"x": []}, "E0506"),
        (pd.DataFrame({"x": []}), "E0506"),
        (7, "E0502"),
        ([1, 2, 3], "E0502"),
        (pd.DataFrame([[1, 2]], columns=["x", "x"]), "E0505"),
        (pa.table([[1], [2]], names=["x", "x"]), "E0505"),
    ],
)
def test_sources_that_do_not_do(source: Any, code: str) -> None:
    assert [fault.code for fault in faults_of(source, ["x"])] == [code]


def test_unequal_columns() -> None:
    (fault,) = faults_of({"x": [1, 2], "y": [1, 2, 3]}, ["x", "y"])
    assert fault.code == "E0507"
    assert fault.notes == ("`x` has 2, `y` has 3",)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("rows.csv", b"x,y\n1,2\n1\n", "E0503"),
        ("rows.csv", b"", "E0503"),
        ("rows.csv", b"\xff\xfe\x00\x01", "E0503"),
        ("rows.parquet", b"not parquet", "E0503"),
        ("rows.csv", b"x,y\n", "E0506"),
        ("rows.csv", b"x,x\n1,2\n", "E0505"),
        ("rows.xlsx", b"", "E0502"),
    ],
)
def test_files_that_do_not_do(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert [fault.code for fault in faults_of(tmp_path / name, ["x"])] == [code]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").touch()
    (fault,) = faults_of(tmp_path / "row.csv", ["x"])
    assert fault.code == "E0501"
    assert fault.help == (f"did you mean `{tmp_path / 'rows.csv'}`?",)
    (tmp_path / "rows.svg").touch()
    (fault,) = faults_of(tmp_path / "other.parquet", ["x"])
    assert fault.help == (f"`{tmp_path}` holds `rows.csv`",)
    (fault,) = faults_of(tmp_path / "none" / "rows.csv", ["x"])
    assert fault.help[0].startswith(f"there is no folder `{tmp_path / 'none'}` either")
    (tmp_path / "rows.csv").unlink()
    (fault,) = faults_of(tmp_path / "rows.csv", ["x"])
    assert fault.help[0].startswith(f"`{tmp_path}` holds no file of rows")


def test_a_small_file_that_unpacks_to_more_than_the_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zeros = np.zeros(500_000)
    with gzip.open(tmp_path / "rows.csv.gz", "wb") as file:
        file.write(b"x,y\n" + b"0,0\n" * len(zeros))
    np.savez_compressed(tmp_path / "rows.npz", x=zeros, y=zeros)
    table = pa.table({"x": zeros, "y": zeros})
    pq.write_table(table, tmp_path / "rows.parquet")
    names = ["rows.csv.gz", "rows.npz", "rows.parquet"]
    for kind, opened in (("file", pa.ipc.new_file), ("stream", pa.ipc.new_stream)):
        for packing in ("zstd", "lz4"):
            names.append(f"{kind}_{packing}.arrow")
            options = pa.ipc.IpcWriteOptions(compression=packing)
            with opened(tmp_path / names[-1], table.schema, options=options) as writer:
                writer.write_table(table, max_chunksize=200_000)
    for name in names:
        path = tmp_path / name
        assert path.stat().st_size < 40_000
        assert len(read_data(path, ["x"]).tensors["x"]) == len(zeros)
        monkeypatch.setattr("dofx.runtime.data.memory_limit.memory", lambda: 1_000_000)
        (fault,) = faults_of(path, ["x"])
        assert (fault.code, "memory" in fault.notes[0]) == ("E0503", True)
        monkeypatch.undo()


def test_a_mapping_of_somebody_else_that_fails_is_a_diagnostic() -> None:
    class Failing(Mapping[str, Any]):
        def __getitem__(self, name: str) -> Any:
            raise RuntimeError("no such shard")

        def __iter__(self) -> Iterator[str]:
            return iter(("x", "y"))

        def __len__(self) -> int:
            return 2

    (fault,) = faults_of(Failing(), ["x", "y"])
    assert (fault.code, fault.notes) == ("E0502", ("RuntimeError: no such shard",))
    with pytest.raises(DofxError, match="no such shard"):
        dofx.compile("P(y | do(x))", "x -> y").fit(Failing())
    with pytest.raises(DofxError, match="no such shard"):
        dofx.effect("E[y | do(x = 1)] - E[y | do(x = 0)]", "x -> y", Failing())


def test_a_column_in_the_index_is_pointed_out() -> None:
    (fault,) = faults_of(pd.DataFrame({"x": [0, 1], "y": [1, 0]}).set_index("x"), ["x", "y"])
    assert (fault.code, fault.help) == ("E0504", ("`x` is in the index: call `reset_index()` first",))


def test_arrays_of_images_come_from_one_file(tmp_path: Path) -> None:
    photo = np.arange(3 * 4, dtype=np.uint8).reshape(3, 1, 2, 2)
    np.savez(tmp_path / "rows.npz", photo=photo, x=np.array([True, False, True]), other=np.zeros(7))
    data = read_data(tmp_path / "rows.npz", ["photo", "x"])
    assert str(data.types["photo"]) == "image(1, 2, 2, 'uint8')"
    np.testing.assert_array_equal(data["photo"].numpy(), photo)
    assert data["x"].tolist() == [1, 0, 1]
    assert extra_columns(tmp_path / "rows.npz", ["x"]) == ("photo", "other")


@pytest.mark.parametrize(
    ("arrays", "note"),
    [
        ({"x": np.array([{}, 1], dtype=object)}, "objects of Python"),
        ({"x": np.array(3)}, "single value"),
        (b"not a zip", "it is text"),
        (b"\0 not a zip", "does not begin as an .npz file does"),
        (b"PK not a zip", "not an archive of arrays"),
    ],
)
def test_archives_that_cannot_be_read(arrays: dict[str, Any] | bytes, note: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.npz"
    if isinstance(arrays, bytes):
        path.write_bytes(arrays)
    else:
        np.savez(path, **arrays)
    with pytest.raises(DofxError) as error:
        read_data(path, ["x"])
    assert error.value.diagnostics[0].code == "E0503"
    assert note in error.value.diagnostics[0].notes[0]


def test_masked_values_are_missing() -> None:
    masked = np.ma.masked_array([1.5, -99.0, 2.5], mask=[False, True, False])
    (fault,) = faults_of({"x": masked}, ["x"])
    assert fault.code == "E0405"
    assert fault.notes == ("missing (null, nan or inf) in row 1",)
    whole = np.ma.masked_array([0, 1, 1], mask=False)
    assert read_data({"x": whole}, ["x"])["x"].tolist() == [0, 1, 1]


def test_numbers_that_pandas_cut_are_a_category_of_intervals_in_order() -> None:
    cut = pd.cut(pd.Series([5.0, 15.0, 5.0, 95.0]), [0, 9, 20, 100])
    data = read_data(pd.DataFrame({"age": cut}), ["age"])
    assert str(data.types["age"]) == "category('(0, 9]', '(9, 20]', '(20, 100]')"
    assert data["age"].tolist() == [0, 1, 0, 2]


def test_a_category_of_dates_is_reported() -> None:
    days = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02"])).astype("category")
    (fault,) = faults_of(pd.DataFrame({"day": days}), ["day"])
    assert fault.code == "E0404"
    assert "`data P dates NAME in days`" in fault.help[0]


def test_columns_without_names_are_found_by_their_numbers() -> None:
    frame = pd.DataFrame(np.array([[0, 1], [1, 0]]))
    assert read_data(frame, ["1", "0"])["1"].tolist() == [1, 0]
    (fault,) = faults_of(frame, ["x"])
    assert fault.notes == ("its columns are `0`, `1`",)


@pytest.mark.parametrize("single", [1, "yes", np.array(2.5), (row for row in (0, 1))])
def test_a_single_value_is_no_column(single: Any) -> None:
    (fault,) = faults_of({"x": [0, 1], "z": single}, ["z", "x"])
    assert fault.code == "E0404"
    assert fault.title.startswith("column `z` is a single")


def test_an_archive_that_claims_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": (10**13,)})
    with zipfile.ZipFile(tmp_path / "rows.npz", "w") as archive:
        archive.writestr("y.npy", head.getvalue())
    assert faults_of(tmp_path / "rows.npz", ["y"])[0].code == "E0503"
