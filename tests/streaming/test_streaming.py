"""Fits to a stream: tables are those of all rows in memory, networks learn from all rows."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import dofx
from dofx import DataSet, DofxError, Stream
from dofx.runtime.families.capabilities import counted_by
from values.streamed import NAPKIN, ROWS, binary, written


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
