"""Arrow and Parquet: what their files and streams hold, and how much of the memory they take."""

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.data.dataset import read_data
from dofx.runtime.data.reading import open_table
from dofx.runtime.data.unpacked_arrow import unpacked_size
from dofx.runtime.data.unpacked_parquet import least_size
from dofx.runtime.variables import Finite
from values.unread import faults_of

ROWS = {
    "smoking": [True, False, True, True],
    "age": [31.5, 40.25, 28.0, 28.0],
    "city": ["Oslo", "Lima", "Oslo", "Oslo"],
}
NAMES = [*ROWS]


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


def test_what_a_packed_parquet_file_takes_is_known_by_column(tmp_path: Path) -> None:
    """As pyarrow has it, in groups of rows, and with lists, whose values count."""
    rows = 20_000
    table = pa.table(
        {
            "number": np.arange(rows),
            "same": np.zeros(rows),
            "text": pa.array(["x" * 50, "yy"] * (rows // 2)),
            "pair": pa.array([[1.0, 2.0]] * rows),
            "truth": pa.array([True, None] * (rows // 2)),
            "none": pa.nulls(rows),
        }
    )
    path = tmp_path / "rows.parquet"
    pq.write_table(table, path, row_group_size=3_000, compression="zstd")
    about = pq.read_metadata(path)
    groups = [about.row_group(i) for i in range(about.num_row_groups)]
    for place, name in enumerate(table.column_names):
        chunks = [group.column(place) for group in groups]
        widths = [
            {"INT64": 8, "DOUBLE": 8, "BYTE_ARRAY": 4, "INT32": 4}.get(c.physical_type, 0) for c in chunks
        ]
        plain = [chunk.num_values * width for chunk, width in zip(chunks, widths, strict=True)]
        sizes = [max(least, c.total_uncompressed_size) for least, c in zip(plain, chunks, strict=True)]
        assert least_size(path, {name}) == sum(sizes)
    assert least_size(path, {"same"}) == 8 * rows
    assert least_size(path, {"pair"}) >= 16 * rows


DAMAGE = """
import contextlib, random, sys
from pathlib import Path
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.data.dataset import read_data

path = Path(sys.argv[1])
whole = path.read_bytes()
rng = random.Random(0)
for at in range(len(whole) // 4, len(whole), int(sys.argv[2])):
    damaged = bytearray(whole)
    damaged[at] = rng.randrange(256)
    path.write_bytes(damaged)
    with contextlib.suppress(DofxError):
        read_data(path, ["x", "y", "z"])
print("read to the end")
"""


@pytest.mark.parametrize("step", [25, pytest.param(1, marks=pytest.mark.long)])
def test_a_damaged_parquet_file_is_refused(step: int, tmp_path: Path) -> None:
    """Or read, where the damage does not matter. In a process of its own, because such files have ended processes."""
    path = tmp_path / "rows.parquet"
    rows = {"x": [0, 1] * 30, "y": ["a", "b"] * 30, "z": [[0.5, 1.5]] * 60}
    pq.write_table(pa.table(rows), path, write_page_index=True)
    command = [sys.executable, "-c", DAMAGE, path, str(step)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("read to the end\n", 0), done.stderr[-2_000:]


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
