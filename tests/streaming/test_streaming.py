"""Fits to a stream: tables are those of all rows in memory, networks learn from all rows."""

import pickle
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

import dofx
from dofx import DataSet, DofxError, Stream
from dofx.runtime.data.dataset import read_data
from dofx.runtime.data.streamed.pieces import PIECE, Piece, Source
from dofx.runtime.families.capabilities import counted_by
from dofx.runtime.streaming.rows import Rows

NAPKIN = "w -> r -> x -> y; x <-> w <-> y"
ROWS = 90_000


def binary(chance: Any, source: np.random.Generator) -> np.ndarray:
    return source.random(len(chance)) < chance


@pytest.fixture(scope="module")
def rows() -> dict[str, np.ndarray]:
    source = np.random.default_rng(0)
    u, v = (binary(np.full(ROWS, each), source) for each in (0.4, 0.6))
    w = binary(0.1 + 0.2 * u + 0.6 * v, source)
    r = binary(0.1 + 0.8 * w, source)
    x = binary(0.1 + 0.6 * r + 0.2 * u, source)
    return {"w": w, "r": r, "x": x, "y": binary(0.1 + 0.3 * x + 0.5 * v, source), "z": source.choice(3, ROWS)}


def written(path: Path, rows: dict[str, Any], group: int = 20_000) -> Path:
    pq.write_table(pa.table(rows), path, row_group_size=group)
    return path


def test_a_refit_over_tables_is_that_of_all_rows_in_memory(
    rows: dict[str, np.ndarray], tmp_path: Path
) -> None:
    path = written(tmp_path / "rows.parquet", rows)
    whole = dofx.compile("P(y | do(x))", NAPKIN).fit(path)
    streamed = dofx.compile("P(y | do(x))", NAPKIN).fit(Stream(path, sample=1_000))
    difference = whole.distribution().array() - streamed.distribution().array()
    assert np.abs(difference).max() < 1e-12
    assert [(r.fit, r.family, r.report.rows) for r in streamed.report or ()] == [
        (r.fit, r.family, r.report.rows) for r in whole.report or ()
    ]
    scores = [[record.report.score for record in each.report or ()] for each in (streamed, whole)]
    assert scores[0] == pytest.approx(scores[1], abs=1e-12)


def test_joint_real_rows_have_the_tables_of_all_rows(rows: dict[str, np.ndarray], tmp_path: Path) -> None:
    path = written(tmp_path / "rows.parquet", rows)
    graph = "w -> {x, y}; z -> {x, y}; x -> y"
    whole = dofx.compile("P(y | do(x))", graph).fit(path)
    streamed = dofx.compile("P(y | do(x))", graph).fit(Stream(path, sample=500))
    assert np.abs(whole.distribution().array() - streamed.distribution().array()).max() < 1e-12


def test_holes_and_their_codes(rows: dict[str, np.ndarray], tmp_path: Path) -> None:
    source = np.random.default_rng(1)
    y = np.where(source.random(ROWS) < np.where(rows["w"], 0.6, 0.1), -99, rows["y"].astype(int))
    y[:20_000] = -99  # a whole row group of holes
    path = written(tmp_path / "rows.parquet", {**rows, "y": y})
    graph = "w -> {x, y}; x -> y; w -> missing(y)"
    data = [DataSet("P", holes=[-99])]
    whole = dofx.compile("P(y | do(x))", graph, data=data).fit(path)
    streamed = dofx.compile("P(y | do(x))", graph, data=data).fit(Stream(path, sample=5_000))
    assert np.abs(whole.distribution().array() - streamed.distribution().array()).max() < 1e-12
    with pytest.raises(DofxError, match="E0515"):
        dofx.compile("P(y | do(x))", "w -> {x, y}; x -> y", data=data).fit(Stream(path, sample=5_000))


def test_weights_are_summed(rows: dict[str, np.ndarray], tmp_path: Path) -> None:
    """Tables, a refit of tables and joint real rows are those of the same weighted rows in memory."""
    source = np.random.default_rng(6)
    weights = np.where(source.random(ROWS) < 0.2, 0, source.exponential(size=ROWS) * (1 + rows["w"]))
    path = written(tmp_path / "rows.parquet", {**rows, "weight": weights})
    for graph in (NAPKIN, "w -> {x, y}; z -> {x, y}; x -> y"):
        data = [DataSet(weights="weight")]
        found = [
            dofx.compile("P(y | do(x))", graph, data=data).fit(each)
            for each in (path, Stream(path, sample=1_000))
        ]
        whole, streamed = (each.distribution().array() for each in found)
        assert np.abs(whole - streamed).max() < 1e-12
        unweighted = dofx.compile("P(y | do(x))", graph).fit(Stream(path, sample=1_000))
        assert np.abs(unweighted.distribution().array() - streamed).max() > 1e-3
        assert {r.report.rows for r in found[1].report or () if r.family == "table"} == {
            int((weights > 0).sum())
        }


def test_a_network_learns_from_weighted_rows(tmp_path: Path) -> None:
    """Rows of the upper of two lines count four times: the mean is at a fifth of the way. Fixed seed, one step wide."""
    source = np.random.default_rng(7)
    x, upper = source.normal(size=20_000), source.random(20_000) < 0.5
    y = x + np.where(upper, 1.0, 0.0) + 0.1 * source.normal(size=20_000)
    path = written(tmp_path / "rows.parquet", {"x": x, "y": y, "w": np.where(upper, 4.0, 1.0)})
    sampler = dofx.compile("P(y | do(x))", "x -> y", data=[DataSet(weights="w")])
    sampler.fit(Stream(path, sample=1_000), epochs=2)
    assert float(sampler.sample(4_000, do={"x": 0.0}, seed=0)["y"].mean()) == pytest.approx(0.8, abs=0.05)


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


def test_a_network_learns_from_all_rows(tmp_path: Path) -> None:
    """500 rows do not show the curve as well as 60,000 do. The bounds are a third of what is left, at a fixed seed."""
    source = np.random.default_rng(3)
    x = source.normal(size=60_000)
    y = np.sin(3 * x) + 0.3 * source.normal(size=60_000)
    path = written(tmp_path / "rows.parquet", {"x": x, "y": y})
    events: list[Any] = []
    streamed = dofx.compile("P(y | do(x))", "x -> y").fit(
        Stream(path, sample=500), epochs=4, progress=events.append
    )
    few = dofx.compile("P(y | do(x))", "x -> y").fit({"x": x[:500], "y": y[:500]})
    fresh = torch.from_numpy(source.normal(size=2_000)).float()
    outcome = torch.sin(3 * fresh) + 0.3 * torch.from_numpy(source.normal(size=2_000)).float()
    with torch.no_grad():
        scores = [
            float(module.log_prob(outcome, fresh).mean())
            for sampler in (few, streamed)
            for module in sampler.modules.values()
        ]
    assert [(event.epoch, event.epochs) for event in events if event.epoch][:4] == [
        (e, 4) for e in (1, 2, 3, 4)
    ]
    truth = -0.5 * np.log(2 * np.pi * np.e * 0.09)
    assert scores[1] > scores[0] + 0.05
    assert scores[1] > truth - 0.12
    ((score, rows),) = [(record.report.score, record.report.rows) for record in streamed.report or ()]
    assert rows == 60_000
    assert score == pytest.approx(scores[1], abs=0.06)


def test_equal_seeds_give_equal_networks(tmp_path: Path) -> None:
    source = np.random.default_rng(4)
    x = source.normal(size=5_000)
    chosen = binary(1 / (1 + np.exp(-x)), source)
    path = written(tmp_path / "rows.parquet", {"x": x, "y": chosen, "v": x + source.normal(size=5_000)}, 900)
    found = [
        dofx.compile("P(y, v | do(x))", "x -> {y, v}").fit(Stream(path, sample=1_000), seed=seed)
        for seed in (0, 0, 1)
    ]
    drawn = [sampler.sample(50, do={"x": 0.5}, seed=0)["v"] for sampler in found]
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


def test_a_program_answers_as_if_it_had_read_all_rows(rows: dict[str, np.ndarray], tmp_path: Path) -> None:
    path = written(tmp_path / "rows.parquet", rows)
    text = f"""
    graph {{ {NAPKIN} }}
    effect ate = E[y | do(x = true)] - E[y | do(x = false)]
    query all = P(y | do(x))
    """
    found = []
    for data in (Stream(path, sample=1_000), path):
        program = dofx.compile(text)
        assert isinstance(program, dofx.CompiledProgram)
        found.append(program.fit(data).answer())
    assert float(found[0]["ate"]) == pytest.approx(float(found[1]["ate"]), abs=1e-12)
    assert str(found[0]["all"]) == str(found[1]["all"])
    with pytest.raises(DofxError, match="E0520"):
        program.answer(Stream(path), intervals="bootstrap")
    with pytest.raises(DofxError, match="E0520"):
        program.influence(Stream(path))


@pytest.mark.parametrize("weights", [None, "weight"])
def test_intervals_need_the_distinct_rows_alone(
    rows: dict[str, np.ndarray], tmp_path: Path, weights: str | None
) -> None:
    """Standard errors by influence, of tables, of a refit and with holes, are those of all rows in memory, to 1e-9."""
    source = np.random.default_rng(8)
    hidden = source.random(ROWS) < 0.1 + 0.3 * rows["w"]
    columns = {
        **rows,
        "y": np.where(hidden, np.nan, rows["y"].astype(float)),
        "weight": source.choice([0.0, 0.5, 2.0], ROWS),
    }
    path = written(tmp_path / "rows.parquet", columns)
    weighed = f"data P weights {weights}" if weights else ""
    for graph in (f"{NAPKIN}; w -> missing(y)", "w -> {x, y}; x -> y; w -> missing(y)"):
        found = []
        for data in (path, Stream(path, sample=1_000)):
            program = dofx.compile(
                f"graph {{ {graph} }}\n{weighed}\nvariables {{ y : bool }}\n"
                "effect ate = E[y | do(x = true)] - E[y | do(x = false)]\nquery all = P(y | do(x))\n"
            )
            assert isinstance(program, dofx.CompiledProgram)
            found.append(program.fit(data).answer(data, intervals="influence"))
        one, other = found
        assert float(one["ate"]) == pytest.approx(float(other["ate"]), abs=1e-12)
        said = [re.findall(r"rows, worth [\d,]+", each.assumptions()) for each in found]
        assert said[0] == said[1]
        assert len(said[0]) == (weights is not None)
        errors = [[interval.standard_error for interval in each.intervals] for each in found]
        assert errors[0] == pytest.approx(errors[1], rel=1e-9)
        assert min(errors[0]) > 0
        assert sorted(len(each.influence) for each in found) == [0, 1]  # of a stream, no column


def test_a_network_on_a_stream_has_no_interval_and_says_why(tmp_path: Path) -> None:
    source = np.random.default_rng(9)
    x = source.random(500) < 0.5
    path = written(tmp_path / "rows.parquet", {"x": x, "y": x + source.normal(size=500)})
    program = dofx.compile("E[y | do(x = true)] - E[y | do(x = false)]", "x -> y", variables={"x": "bool"})
    assert isinstance(program, dofx.CompiledProgram)
    answers = program.fit(Stream(path), epochs=0).answer(Stream(path), intervals="influence")
    assert "of a stream only finite answers have intervals" in str(answers)
    (found,) = program.sensitivity(Stream(path)).values()
    assert "a stream is not read for each fold" in found.reason


def test_rows_that_have_what_is_stated_are_picked_from_the_sample(tmp_path: Path) -> None:
    source = np.random.default_rng(5)
    a = source.normal(size=4_000)
    x = binary(1 / (1 + np.exp(-a)), source)
    path = written(tmp_path / "rows.parquet", {"a": a, "x": x, "y": binary(0.3 + 0.4 * x, source)})
    sampler = dofx.compile("P(y[x = false], a | x = true)", "a -> {x, y}; x -> y")
    sampler.fit(Stream(path, sample=1_000), epochs=0)
    (picked,) = [fit for fit in sampler.modules if fit.picked]
    rows = {record.fit: (record.family, record.report.rows) for record in sampler.report or ()}
    assert any(family == "rows" and 800 < number < 1_200 for family, number in rows.values())
    drawn = sampler.sample(500, seed=0)["a"]
    assert picked.targets == ("a",)
    assert torch.isin(drawn, torch.from_numpy(a[x]).float()).all()


def test_finite_variables_of_picked_rows_have_the_tables_of_all_rows(tmp_path: Path) -> None:
    source = np.random.default_rng(6)
    a, b = source.normal(size=4_000), source.random(4_000) < 0.3
    x = binary(1 / (1 + np.exp(-a - b)), source)
    path = written(
        tmp_path / "rows.parquet", {"a": a, "b": b, "x": x, "y": binary(0.3 + 0.4 * x * b, source)}
    )
    found = []
    for data in (Stream(path, sample=500), path):
        sampler = dofx.compile("P(y[x = false], a | x = true)", "a -> {x, y}; b -> {x, y}; x -> y")
        sampler.fit(data, epochs=0)
        ((picked, module),) = ((fit, each) for fit, each in sampler.modules.items() if fit.picked)
        assert picked.targets == ("b", "a")
        assert picked.given == ("x",)
        table = counted_by(module)[0]
        assert table is not None
        found.append(table.state_dict())
    assert found[0].keys() == found[1].keys()
    assert all(torch.allclose(found[0][key], found[1][key], rtol=0, atol=1e-12) for key in found[0])


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
