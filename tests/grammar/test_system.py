"""What the operating system refuses: a diagnostic that says where, what and what to do, whoever reads or writes."""

import errno
import io
import os
import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import dofx
from dofx import DofxError, Sampler
from dofx.cli.app import cli
from dofx.cli.failures import BAD_INPUT, status_of
from dofx.grammar.edge.files import path_of, read_text, system_fault
from dofx.grammar.edge.outputs import write_text
from dofx.grammar.edge.remedies import remedies_of
from dofx.runtime.data.reading import open_table
from dofx.runtime.data.streamed.row_groups import RowGroups
from dofx.runtime.training.checkpoint import UnkeptWarning

ROWS = {"x": [0, 1] * 20, "y": [0, 1, 1, 1] * 10}
LIMIT = "raise the largest size of a file (`ulimit -f`), or give a path on another disk"


@pytest.fixture(scope="module")
def sampler() -> Sampler:
    return dofx.compile("P(y | do(x))", "x -> y").fit(ROWS)


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """A scope in which the system refuses files of more bytes, as it does where a disk is full."""
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))


class Full(io.StringIO):
    """Standard output on a disk without room."""

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


WRITERS: dict[str, Callable[[Sampler, Path], object]] = {
    "bundle": lambda sampler, path: sampler.save(path),
    "csv": lambda sampler, path: sampler.sample_to(path / "rows.csv", 2000, do={"x": 0}),
    "parquet": lambda sampler, path: sampler.sample_to(path / "rows.parquet", 2000, do={"x": 0}),
    "parts": lambda sampler, path: sampler.sample_to(path, 2000, do={"x": 0}, chunk=500),
    "text": lambda _, path: write_text(path, "x -> y\n" * 100),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_what_cannot_be_written_says_why_and_what_to_do(
    writer: str, sampler: Sampler, tmp_path: Path
) -> None:
    with at_most(300), pytest.raises(DofxError) as error:
        WRITERS[writer](sampler, tmp_path / "out")
    (found,) = error.value.diagnostics
    assert (found.code, found.notes) == ("E0801", ("file too large",))
    assert "out" in found.title
    assert found.help[0] == LIMIT
    assert not list(tmp_path.rglob("*.tmp"))
    assert writer == "bundle" or not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_fit_goes_on_where_its_cache_cannot_be_kept(tmp_path: Path) -> None:
    with at_most(100), pytest.warns(UnkeptWarning, match="file too large.*raise the largest size"):
        found = dofx.compile("P(y)", "y").fit(ROWS, cache=tmp_path)
    assert found.distribution().array()[1] == pytest.approx(0.75)


def test_a_full_disk_is_reported_for_the_file_that_was_asked_for(sampler: Sampler, tmp_path: Path) -> None:
    full = tmp_path / "rows.csv"
    full.symlink_to("/dev/full")
    with pytest.raises(DofxError, match="no space left on device") as error:
        sampler.sample_to(full, 2000, do={"x": 0})
    assert "rows.csv` cannot be read or written" in str(error.value)
    assert error.value.diagnostics[0].help == (
        "free some space on that disk, or give a path on another disk",
    )


def test_output_that_is_lost_is_a_diagnostic(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`dofx identify ... > FILE` on a full disk: nothing names the file."""
    monkeypatch.setattr(sys, "stdout", Full())
    status = cli.main(["identify", "P(y | do(x))", "-g", "x -> y"], standalone_mode=False)
    assert status == BAD_INPUT
    said = capsys.readouterr().err
    assert "error[E0801]: the output of the command cannot be written" in said
    assert "= note: no space left on device" in said
    assert "free some space" in said


def test_other_faults_of_the_system_are_not_taken_for_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert status_of(OSError(errno.ENOMEM, "Cannot allocate memory")) == BAD_INPUT
    assert "a file cannot be read or written" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["EACCES", "EROFS", "ENOSPC", "EDQUOT", "EISDIR", "ENOTDIR", "ENAMETOOLONG", "EMFILE"]
)
def test_every_reason_that_people_meet_has_advice(name: str) -> None:
    number = getattr(errno, name)
    found = system_fault(OSError(number, os.strerror(number), "rows.csv"))
    assert found.help == remedies_of(number) != ()


def test_a_folder_on_the_way_that_may_not_be_read_is_no_wrong_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """`cannot be a path` had been said of a file that is there."""

    def refuse(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "lstat", refuse)
    with pytest.raises(DofxError, match=r"`secret/rows\.csv` cannot be read or written") as error:
        path_of("secret/rows.csv")
    assert "change its permissions" in error.value.diagnostics[0].help[0]


@pytest.mark.parametrize(
    "name", ["rows.csv", "rows.parquet", "rows.arrow", "rows.npz", "rows.csv.gz", "program.cq"]
)
def test_what_may_not_be_read_says_so(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose reading is refused once it is open; root may open any."""
    (tmp_path / name).write_bytes(b"x,y\n0,1\n")

    def refuse(path: object, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    for place, called in (
        (io, "open"),
        (Path, "open"),
        (Path, "read_text"),
        (pq, "read_schema"),
        (pa, "memory_map"),
    ):
        monkeypatch.setattr(place, called, refuse)
    monkeypatch.setattr("gzip.open", refuse)
    monkeypatch.setattr("dofx.runtime.data.reading.is_zipfile", refuse)
    with pytest.raises(DofxError) as error:
        read_text(tmp_path / name) if name.endswith(".cq") else open_table(str(tmp_path / name))
    (found,) = error.value.diagnostics
    assert (found.code, found.notes) == ("E0503", ("permission denied",))
    assert "change its permissions" in found.help[0]


def _of(kind: str, path: Path) -> bytes:
    table = pa.table({"x": [0, 1] * 50, "y": [1, 1] * 50})
    if kind == "parquet":
        pq.write_table(table, path)
    elif kind == "arrow":
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
    else:
        np.savez(path, x=np.arange(9), y=np.arange(9))
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["parquet", "arrow", "npz"])
def test_a_damaged_file_says_what_it_is_and_what_to_do(kind: str, tmp_path: Path) -> None:
    """Arrow's own sentences, such as `Parquet file size is 7 bytes, smaller than ...`, had come alone."""
    path = tmp_path / f"rows.{kind}"
    whole = _of(kind, path)
    footer = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    middle = footer if kind == "parquet" else len(whole) - 30
    damaged = (
        whole[:middle] + bytes(byte ^ 255 for byte in whole[middle : middle + 20]) + whole[middle + 20 :]
    )
    cut = "its end is missing" if kind != "npz" else "not an archive of arrays"
    for content, said in (
        (b"", "it is empty"),
        (b"\0" * 7, "it does not begin as a"),
        (b"x,y\n0,1\n", "it is text"),
        (b"PK\x03\x04 sheet", "it is a zip archive" if kind != "npz" else "not an archive of arrays"),
        (whole[: len(whole) // 2], cut),
        (damaged, ""),
    ):
        path.write_bytes(content)
        with pytest.raises(DofxError) as error:
            open_table(str(path)).read(["x", "y"])
        (found,) = error.value.diagnostics
        assert found.code == "E0503"
        assert said in found.notes[0]
        assert found.help, content


def test_the_damaged_part_of_a_folder_is_named(tmp_path: Path) -> None:
    _of("parquet", tmp_path / "part-0.parquet")
    (tmp_path / "part-1.parquet").write_bytes(b"PAR1")
    for read in (open_table, RowGroups):
        with pytest.raises(DofxError, match=r"part-1\.parquet: .*cut short"):
            read(str(tmp_path))
