"""How CSV is read: the mark between columns, encodings, headers, words among numbers."""

import gzip
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

import dofx
from dofx import DofxError
from dofx.runtime.data.dataset import read_data
from dofx.runtime.data.delimited import LONGEST_HEADER
from values.unread import faults_of


def test_odd_but_fine_csv(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(
        '\ufeffname,"a ""b""",x\n"Oslo, NO",1,1.5\n"NA",2,2.5\n"two\nlines",1,3.5\n', encoding="utf-8"
    )
    data = read_data(path, ["name", 'a "b"', "x"])
    assert str(data.types["name"]) == "category('NA', 'Oslo, NO', 'two\\nlines')"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("semicolons.csv", "x;größe\n0;1.5\n1;2\n"),
        ("commas.csv", "x;größe\n0;1,5\n1;2,0\n"),
        ("commas.tsv", "x\tgröße\n0\t1,5\n1\t2,0\n"),
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


def test_a_file_in_another_encoding_gets_advice(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes("x,größe\n0,1\n".encode("latin-1"))
    (fault,) = faults_of(tmp_path / "rows.csv", ["x"])
    assert fault.notes == ("its text is not UTF-8",)
    assert "latin-1" in fault.help[0]
    (tmp_path / "rows.parquet.gz").write_bytes(b"")
    (fault,) = faults_of(tmp_path / "rows.parquet.gz", ["x"])
    assert fault.code == "E0502"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("sheet.xlsx", b"PK", "pandas.read_excel"),
        ("survey.sav", b"$FL2", "pandas.read_spss"),
        ("rows.rds", b"", "write.csv"),
        ("records.jsonl", b"{}", "lines=True"),
        ("sheet.csv", b"PK\x03\x04\x14\xb0", "zip archive"),
        ("sheet.txt", b"\xd0\xcf\x11\xe0\xa1\xb1", "spreadsheet"),
        ("rows.csv", "x,y\n0,1\n".encode("utf-16"), "UTF-16"),
        ("packed.csv", gzip.compress(b"x,y\n0,1\n", mtime=0), "end its name in .csv.gz"),
        ("rows.gif", b"GIF89a", "files of rows end in"),
    ],
)
def test_what_is_no_file_of_rows_is_named(name: str, content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    (fault,) = faults_of(tmp_path / name, ["x"])
    assert fault.code in {"E0502", "E0503"}
    assert said in "\n".join((*fault.notes, *fault.help))


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ([{"x": 0}, {"x": 1}], "pandas.DataFrame(records)"),
        ([[0, 1], [1, 0]], "name its columns"),
        (np.ones((3, 2)), "name its columns"),
        (np.array([(0, 1)], dtype=[("x", "i4"), ("y", "i4")]), "pandas.DataFrame(records)"),
        (3, "a dict of arrays"),
        ({}, "it has no columns"),
    ],
)
def test_what_has_no_columns_gets_advice_how_to_have_them(source: object, said: str) -> None:
    (fault,) = faults_of(source, ["x"])
    assert said in "\n".join((*fault.notes, *fault.help))


@pytest.mark.parametrize("rows", [[{"x": 0, "y": 1}, {"x": 1, "y": 0}], [[0, 1], [1, 0]], [0, 1]])
def test_rows_in_a_list_are_not_taken_for_tables(rows: list[object]) -> None:
    """A list of records was said to be several tables of one data set, which declares no person."""
    with pytest.raises(DofxError) as raised:
        dofx.effect("P(y = 1 | do(x = 1))", "x -> y", rows)
    (fault,) = raised.value.diagnostics
    assert fault.title == "data of type `list` cannot be read"


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
