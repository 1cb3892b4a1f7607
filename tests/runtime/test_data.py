"""Data sets: every kind of source gives the same rows, and what is wrong with one is said."""

import contextlib
import gzip
import io
import tempfile
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import dofx
from dofx.grammar.diagnostics.diagnostic import Diagnostic, DofxError
from dofx.runtime.data.dataset import extra_columns, read_data
from dofx.runtime.data.delimited import LONGEST_HEADER
from dofx.runtime.data.packed import unpacked_size
from dofx.runtime.data.reading import open_table
from dofx.runtime.variables import Finite, Real

ROWS = {
    "smoking": [True, False, True, True],
    "Age": [31.5, 40.25, 28.0, 28.0],
    "city": ["Oslo", "Lima", "Oslo", "Oslo"],
    "visits": [0, 2, 2, 0],
}
NAMES = ["age", "smoking", "city", "visits"]


def faults_of(source: Any, variables: list[str], types: Any = None) -> tuple[Diagnostic, ...]:
    with pytest.raises(DofxError) as raised:
        read_data(source, variables, types)
    return raised.value.diagnostics


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
        monkeypatch.setattr("dofx.runtime.data.room.memory", lambda: 1_000_000)
        (fault,) = faults_of(path, ["x"])
        assert (fault.code, "memory" in fault.notes[0]) == ("E0503", True)
        monkeypatch.undo()


@pytest.mark.parametrize("packing", ["zstd", "lz4", None])
@pytest.mark.parametrize("opened", [pa.ipc.new_file, pa.ipc.new_stream])
def test_what_a_packed_arrow_file_takes_is_known_by_column(
    opened: Callable[..., Any], packing: str | None, tmp_path: Path
) -> None:
    """By hand: eight bytes a number, four a list's offset or a text's, one bit a truth value, none for missing ones."""
    rows = 80_000
    table = pa.table(
        {
            "number": np.arange(rows),
            "text": pa.array(["x" * 50, "yy"] * (rows // 2)),
            "label": pa.array(["long" * 250, "er"] * (rows // 2)).dictionary_encode(),
            "pair": pa.array([[1.0, 2.0]] * rows),
            "truth": pa.array([True, False] * (rows // 2)),
            "none": pa.nulls(rows),
        }
    )
    path = tmp_path / "rows.arrow"
    with opened(path, table.schema, options=pa.ipc.IpcWriteOptions(compression=packing)) as writer:
        writer.write_table(table, max_chunksize=30_000)
    by_hand = [8, 4 + 26, 4, 4 + 16, 1 / 8, 0]
    for place, each in enumerate(by_hand):
        found = unpacked_size(memoryview(path.read_bytes()), table.schema.types, {place})
        assert found == pytest.approx(each * rows if packing else 0, abs=1_500)
    for name in table.column_names:
        assert open_table(path).read([name])[name].to_pylist() == table[name].to_pylist()


@settings(max_examples=200)
@given(st.integers(0, 3_000), st.binary(min_size=1, max_size=8))
def test_a_damaged_arrow_file_is_refused(at: int, garbage: bytes) -> None:
    """Or read, where the damage does not matter: what is never seen is another error, or a crash."""
    sink, table = pa.BufferOutputStream(), pa.table({"x": [0, 1] * 300, "y": ["a", "b"] * 300})
    with pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    content = bytearray(sink.getvalue().to_pybytes())
    at = at % len(content)
    content[at : at + len(garbage)] = garbage
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.arrow"
        path.write_bytes(content)
        with contextlib.suppress(DofxError):
            read_data(path, ["x", "y"])


def test_a_long_text_in_many_rows_of_a_parquet_file_is_held_once(tmp_path: Path) -> None:
    """Ten thousand rows of a megabyte each would be ten gigabytes."""
    labels = pa.DictionaryArray.from_arrays(
        pa.array([0, 1] * 5_000, pa.int32()), pa.array(["a" * 10**6, "b"])
    )
    for name, options in (("one", {}), ("two", {"store_schema": False})):
        path = tmp_path / f"{name}.parquet"
        pq.write_table(pa.table({"y": labels}), path, compression="zstd", **options)
        assert path.stat().st_size < 5_000
        before = pa.total_allocated_bytes()
        read = open_table(path).read(["y"])["y"]
        assert pa.total_allocated_bytes() - before < 10_000_000
        assert (
            str(read_data(path, ["y"], {"y": Finite(("a" * 10**6, "b"))}).tensors["y"][:3].tolist())
            == "[0, 1, 0]"
        )
        assert len(read) == 10_000


def test_anything_that_hands_over_a_stream_of_arrow_is_read() -> None:
    """Batches, readers and the results of databases: what has ``__arrow_c_stream__`` needs no name of its own here."""

    class Result:
        def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
            return pa.table(ROWS).__arrow_c_stream__(requested_schema)

    class Broken:
        def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
            raise RuntimeError("the connection is closed")

    table = pa.table(ROWS)
    expected = read_data(table, NAMES).fingerprint
    for source in (table.to_batches()[0], table.to_reader(), Result()):
        assert read_data(source, NAMES).fingerprint == expected
    (fault,) = faults_of(Broken(), ["x"])
    assert (fault.code, fault.notes) == ("E0503", ("RuntimeError: the connection is closed",))


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


def test_odd_but_fine_csv(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(
        '\ufeffname,"a ""b""",x\n"Oslo, NO",1,1.5\n"NA",2,2.5\n"two\nlines",1,3.5\n', encoding="utf-8"
    )
    data = read_data(path, ["name", 'a "b"', "x"])
    assert str(data.types["name"]) == "category('NA', 'Oslo, NO', 'two\\nlines')"


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
        ({"x": np.array([{}, 1], dtype=object)}, "allow_pickle"),
        ({"x": np.array(3)}, "single value"),
        (b"not a zip", "no archive of arrays"),
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


def test_a_category_of_dates_is_told() -> None:
    days = pd.Series(pd.to_datetime(["2024-01-01", "2024-01-02"])).astype("category")
    (fault,) = faults_of(pd.DataFrame({"day": days}), ["day"])
    assert fault.code == "E0404"
    assert "days since a start" in fault.help[0]


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


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("semicolons.csv", "x;größe\n0;1.5\n1;2\n"),
        ("commas.csv", "x;größe\n0;1,5\n1;2,0\n"),
        ("tabs.csv", "x\tgröße\n0\t1.5\n1\t2\n"),
        ("tabs.txt", '"x"\t"größe"\n0\t1.5\n1\t2\n'),
        ("packed.csv.gz", "x,größe\n0,1.5\n1,2\n"),
        ("packed.tsv.gz", "x\tgröße\n0\t1.5\n1\t2\n"),
    ],
)
def test_the_mark_between_columns_is_found(name: str, text: str, tmp_path: Path) -> None:
    content = text.encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    data = read_data(tmp_path / name, ["x", "größe"], {"x": "category(2)"})
    assert data["größe"].tolist() == [1.5, 2.0]
    assert data["x"].tolist() == [0, 1]


def test_a_single_column_may_have_semicolons_in_its_name(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text('"a;b"\n0\n1\n')
    assert read_data(tmp_path / "rows.csv", ["a;b"])["a;b"].tolist() == [0, 1]


def test_a_file_in_another_encoding_is_told_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes("x,größe\n0,1\n".encode("latin-1"))
    (fault,) = faults_of(tmp_path / "rows.csv", ["x"])
    assert fault.help == ("save it as UTF-8",)
    (tmp_path / "rows.parquet.gz").write_bytes(b"")
    (fault,) = faults_of(tmp_path / "rows.parquet.gz", ["x"])
    assert fault.code == "E0502"


def test_words_among_numbers_are_named(tmp_path: Path) -> None:
    lines = [str(row / 7) for row in range(1_500)]
    lines[700] = "unknown"
    (tmp_path / "rows.csv").write_text("x\n" + "\n".join(lines))
    (fault,) = faults_of(tmp_path / "rows.csv", ["x"])
    assert fault.code == "E0408"
    assert 'because of "unknown"' in fault.help[0]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("long.csv", "x" * 200_000 + ",y\n1,2\n"),
        ("endless.csv", "y" + " " * LONGEST_HEADER),
        ("quoted.csv", '"' + "\n" * 200_000),
        ("packed.csv.gz", "y" + " " * (40 * LONGEST_HEADER)),
    ],
)
def test_headers_are_read_up_to_a_bound(name: str, text: str, tmp_path: Path) -> None:
    """A packed header of 400 million blanks used to take a gigabyte."""
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    tracemalloc.start()
    assert faults_of(path, ["y"])[0].code == "E0503"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * LONGEST_HEADER


def test_an_archive_that_claims_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": (10**13,)})
    with zipfile.ZipFile(tmp_path / "rows.npz", "w") as archive:
        archive.writestr("y.npy", head.getvalue())
    assert faults_of(tmp_path / "rows.npz", ["y"])[0].code == "E0503"
