"""How the rows of a stream are read: every row once, pieces elsewhere, types, and each fault of a source."""

import pickle
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch

import dofx
from dofx import DataSet, DofxError, Stream
from dofx.runtime.data.dataset import read_data
from dofx.runtime.data.streamed.pieces import PIECE, Piece, Source
from dofx.runtime.streaming.rows import Rows
from values.streamed import ROWS, written


def test_types_are_those_of_all_rows_in_memory(tmp_path: Path) -> None:
    source = np.random.default_rng(2)
    late = np.zeros(ROWS, int)
    late[-1] = 7
    columns = {
        "truth": source.random(ROWS) < 0.5,
        "whole": source.integers(0, 15, ROWS),
        "halves": np.where(source.random(ROWS) < 0.5, 0.5, 1.0),
        "thirds": source.choice([0.25, 0.5, 0.75], ROWS),
        "number": source.normal(size=ROWS),
        "count": source.integers(0, 40, ROWS).astype(float),
        "late": late,
        "word": np.where(np.arange(ROWS) == ROWS - 1, "rare", source.choice(["b", "a"], ROWS)),
        "ordered": pa.DictionaryArray.from_arrays(
            source.integers(0, 3, ROWS).astype(np.int32), ["low", "mid", "high"], ordered=True
        ),
        "floats": source.integers(0, 3, ROWS).astype(np.float32),
    }
    stream = Stream(written(tmp_path / "rows.parquet", columns))
    found = Rows.of(stream, list(columns), {}, DataSet(), 0).types
    assert {n: repr(t) for n, t in found.items()} == {
        n: repr(t) for n, t in read_data(str(tmp_path / "rows.parquet"), list(columns)).types.items()
    }


class Elsewhere:
    """A source whose pieces are on other machines: what is asked of a piece, and what is found there, is pickled."""

    def __init__(self, source: Source) -> None:
        self.name, self.columns, self.rows, self.source = source.name, source.columns, source.rows, source
        self.expected: set[str] = set()

    def expect(self, columns: Sequence[str]) -> None:
        self.expected |= set(columns)

    def each(
        self, columns: Sequence[str], call: Callable[[Piece], Any], source: np.random.Generator | None
    ) -> Iterator[Any]:
        assert self.expected >= set(columns)
        return self.source.each(
            columns, lambda piece: pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(call))(piece))), source
        )


def test_pieces_may_be_on_other_machines(rows: dict[str, np.ndarray], tmp_path: Path) -> None:
    """Tables, rows in a drawn order and intervals are those of the same pieces here."""
    source = np.random.default_rng(8)
    few = {name: column[:6_000] for name, column in rows.items()}
    hidden = source.random(6_000) < np.where(few["w"], 0.6, 0.1)
    few |= {"dose": few["x"] + source.normal(size=6_000), "q": source.exponential(size=6_000)}
    path = written(tmp_path / "rows.parquet", {**few, "v": np.where(hidden, None, few["y"])}, group=2_000)

    def found(away: bool) -> list[Any]:
        stream = Stream(path, sample=500)
        if away:
            stream.source = Elsewhere(stream.source)
        data = [DataSet(weights="q")]
        table = dofx.compile("P(v | do(x))", "w -> {x, v}; x -> v; w -> missing(v)", data=data).fit(stream)
        pieces = Rows.of(stream, ["dose"], {}, DataSet(), 0).pieces(np.random.default_rng(0))
        text = "graph { w -> {x, y}; x -> y }\neffect e = E[y | do(x = true)] - E[y | do(x = false)]"
        program = dofx.compile(text).fit(stream)
        assert isinstance(program, dofx.CompiledProgram)
        answered = str(program.answer(stream, intervals="influence"))
        doses = [float((piece["dose"] * drawn).sum()) for piece, drawn in pieces]
        return [*(record.report.score for record in table.report or ()), doses, answered]

    assert found(True) == found(False)


def test_every_row_is_read_once_in_any_order(tmp_path: Path) -> None:
    path = written(tmp_path / "rows.parquet", {"i": np.arange(150_001)}, group=70_000)
    for source in (None, np.random.default_rng(0)):
        pieces = [piece.table.column("i").to_numpy() for piece in Stream(path).pieces(["i"], source)]
        assert max(map(len, pieces)) <= PIECE
        assert np.array_equal(np.sort(np.concatenate(pieces)), np.arange(150_001))
    folder = tmp_path / "parts"
    folder.mkdir()
    for part in range(3):
        written(folder / f"{part}.parquet", {"i": np.arange(part * 10, part * 10 + 10)})
    stream = Stream(folder)
    assert stream.rows == 30
    assert [piece.first for piece in stream.pieces(["i"])] == [0, 10, 20]


def test_the_sample_is_a_whole_number_of_any_library(tmp_path: Path) -> None:
    path = written(tmp_path / "rows.parquet", {"x": np.arange(50)})
    arrow = [pa.scalar(3)] if hasattr(pa.Int64Scalar, "__index__") else []  # pyarrow 16 has none
    for three in (3, np.int8(3), *arrow, torch.tensor(3)):
        assert Stream(path, sample=three).sample == 3  # type: ignore[arg-type]


FAULTS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "no file": ("E0501", lambda path: Stream(path.with_name("none.parquet"))),
    "no Parquet": ("E0502", lambda path: Stream(path.with_name("rows.csv"))),
    "damaged": ("E0503", lambda path: Stream(path.with_name("damaged.parquet"))),
    "no sample": ("E1002", lambda path: Stream(path, sample=0)),
    "no column": ("E0504", lambda path: dofx.compile("P(q | do(x))", "x -> q").fit(Stream(path))),
    "no rows": (
        "E0506",
        lambda path: dofx.compile("P(y | do(x))", "x -> y").fit(Stream(path.with_name("empty.parquet"))),
    ),
    "cache": ("E0520", lambda path: dofx.compile("P(y | do(x))", "x -> y").fit(Stream(path), cache="c")),
    "engine": ("E0520", lambda path: dofx.compile("P(y | do(x))", "x -> y").fit(Stream(path), engine="ray")),
    "clusters": (
        "E0520",
        lambda path: dofx.compile("P(y | do(x))", "x -> y", data=[DataSet(cluster="w")]).fit(Stream(path)),
    ),
    "dates": (
        "E0520",
        lambda path: dofx.compile("P(y | do(x))", "x -> y", data=[DataSet(dates={"x": "years"})]).fit(
            Stream(path)
        ),
    ),
    "negative weights": (
        "E0510",
        lambda path: dofx.compile("P(y | do(x))", "x -> y", data=[DataSet(weights="n")]).fit(Stream(path)),
    ),
    "weights of nothing": (
        "E0510",
        lambda path: dofx.compile("P(y | do(x))", "x -> y", data=[DataSet(weights="o")]).fit(Stream(path)),
    ),
    "a state that was not declared": (
        "E0403",
        lambda path: dofx.compile("P(z | do(x))", "x -> z", variables={"z": "category(2)"}).fit(Stream(path)),
    ),
    "nothing but holes": (
        "E0516",
        lambda path: dofx.compile("P(h | do(x))", "x -> h; missing(h)").fit(Stream(path)),
    ),
    "never together": (
        "E0517",
        lambda path: dofx.compile("P(l | do(k))", "k -> l; missing(k); missing(l)").fit(Stream(path)),
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_a_diagnostic(name: str, tmp_path: Path) -> None:
    code, call = FAULTS[name]
    path = tmp_path / "rows.parquet"
    columns = {"x": [0, 1] * 8, "y": [0, 0, 1, 1] * 4, "w": [1.0] * 16, "z": [0, 1, 2, 2] * 4}
    holes = {"h": pa.nulls(16, pa.float64()), "k": [0, 1, None, None] * 4, "l": [None, None, 0, 1] * 4}
    written(path, {**columns, **holes, "n": [1.0, -1.0] * 8, "o": [0.0] * 16})
    written(tmp_path / "empty.parquet", {"x": pa.array([], pa.int64()), "y": pa.array([], pa.int64())})
    (tmp_path / "rows.csv").write_text("x,y\n0,1\n")
    (tmp_path / "damaged.parquet").write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DofxError, match=code):
        call(path)
