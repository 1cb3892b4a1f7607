"""Fitting on rows with holes: each generator on the rows that show what it reads, and nothing in silence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.data.dataset import read_data
from models.holes import Model, drawn, parsed
from posed.fitted_holes import compared

GRAPH = "z -> x; z -> y; x -> y; x -> missing(z)"


def confounded(rows: int = 20_000) -> pd.DataFrame:
    """Rows in which z is missing more often where x is true; P(y = true | do(x)) is 0.35 and 0.65."""
    rng = np.random.default_rng(0)
    z = rng.random(rows) < 0.5
    x = rng.random(rows) < np.where(z, 0.7, 0.2)
    y = rng.random(rows) < 0.2 + 0.3 * x + 0.3 * z
    shown = rng.random(rows) < np.where(x, 0.4, 0.9)
    return pd.DataFrame({"z": pd.array(z, "boolean"), "x": x, "y": y}).assign(
        z=lambda frame: frame["z"].where(shown)
    )


def check(number: int, states: int) -> str:
    """Fit a random problem, and compare it with the exact value of its estimand on the frequencies of the rows."""
    rng = np.random.default_rng([61, number])
    return compared(drawn(rng, 4, 3), states, rng, 1e-9)


def test_fitted_tables_are_the_estimand_of_the_frequencies() -> None:
    found = [check(number, 2 + number % 2) for number in range(20)]
    assert found.count("partial") > 6


def test_listwise_deletion_is_wrong_where_the_graph_is_right() -> None:
    frame = confounded()
    right = dofx.compile("P(y | do(x))", GRAPH).fit(frame).distribution().array()[:, 1]
    complete = frame.dropna().astype(bool)
    deleted = (
        dofx.compile("P(y | do(x))", "z -> x; z -> y; x -> y").fit(complete).distribution().array()[:, 1]
    )
    error = 4 * np.sqrt(
        0.25 / 4_000
    )  # four standard errors of a frequency among the rows of the rarer value of x
    assert np.abs(right - [0.35, 0.65]).max() < error / 2
    assert np.abs(deleted - [0.35, 0.65]).max() > error / 2


def test_holes_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    confounded(500).to_csv(path, index=False)
    sampler = dofx.compile("P(y | do(x))", GRAPH).fit(path)
    rows = {record.fit: record.report.rows for record in sampler.report or ()}
    shown = int(confounded(500)["z"].notna().sum())
    assert rows == {"P(x)": 500, "P(z | x; z shown)": shown, "P(y | z, x; z shown)": shown}


def test_a_complete_table_is_read_as_ever() -> None:
    frame = confounded(200)
    frame["z"] = frame["z"].fillna(False).astype(bool)
    assert not read_data(frame, ["x", "y", "z"], holes=True).partial
    sampler = dofx.compile("P(y | do(x))", GRAPH).fit(frame)
    assert all(record.report.rows == 200 for record in sampler.report or ())


def test_no_hole_without_a_statement() -> None:
    with pytest.raises(DofxError) as raised:
        dofx.compile("P(y | do(x))", "z -> x; z -> y; x -> y").fit(confounded(1_000))
    (fault,) = raised.value.diagnostics
    shown = int(confounded(1_000)["z"].notna().sum())
    assert fault.code == "E0515"
    assert fault.title.startswith(f"column `z` has {1_000 - shown:,} holes in 1,000 rows")
    assert [line.partition(",")[0] for line in fault.help[1:]] == [
        "`missing(z)`",
        "`x",
        "`others -> missing(z)`",
    ]
    assert all(line.endswith(f"at least {shown:,} of 1,000") for line in fault.help[1:])
    for line in fault.help[1:]:
        said = line.split("`")[1]
        assert dofx.compile("P(y | do(x))", f"z -> x; z -> y; x -> y; {said}").fit(confounded(1_000)).fitted


def test_a_hole_in_a_column_that_is_not_read_is_none() -> None:
    frame = confounded(300).assign(w=np.nan)
    assert dofx.compile("P(y | do(x))", GRAPH + "; w").fit(frame).fitted


def test_caches_know_which_rows_train(tmp_path: Path) -> None:
    frame = confounded(400)
    whole = frame.assign(z=frame["z"].fillna(False).astype(bool))
    for data, reused in (
        (frame, (False, False, False)),
        (frame, (True, True, True)),
        (whole, (True, False, False)),
    ):
        sampler = dofx.compile("P(y | do(x))", GRAPH).fit(data, cache=tmp_path)
        assert tuple(record.reused for record in sampler.report or ()) == reused


def test_a_bundle_keeps_the_rows_of_each_fit(tmp_path: Path) -> None:
    sampler = dofx.compile("P(y | do(x))", GRAPH).fit(confounded(400))
    sampler.save(tmp_path / "bundle")
    loaded = dofx.load(tmp_path / "bundle")
    assert loaded.network == sampler.network
    assert np.array_equal(loaded.distribution().array(), sampler.distribution().array())
    assert "z shown" in loaded.explain()


def test_real_values() -> None:
    """The mean of y is that of all rows, not of those that show it: y is larger where x is, and shown less often."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=4_000)
    y = 2.0 * x + rng.normal(size=4_000)
    hidden = rng.random(4_000) < 1 / (1 + np.exp(-2 * x))
    frame = pd.DataFrame({"x": x, "y": np.where(hidden, np.nan, y)})
    sampler = dofx.compile("P(y)", "x -> y; x -> missing(y)").fit(frame, epochs=15)
    drawn_ = sampler.sample(20_000, seed=0)["y"]
    assert abs(float(drawn_.mean())) < 0.25
    assert np.nanmean(frame["y"]) < -0.6


def test_bootstrap_resamples_holes_too() -> None:
    frame = confounded(2_000)
    effect = "E[y | do(x = true)] - E[y | do(x = false)]"
    program = dofx.compile(effect, GRAPH).fit(frame)
    (answer,) = program.answer(frame, intervals="bootstrap", replicates=30)
    assert answer.interval is not None
    low, high = answer.interval
    assert low < 0.3 < high
    assert 0.05 < high - low < 0.2
    (quick,) = program.answer(frame, intervals="influence")
    assert quick.standard_error == pytest.approx(answer.standard_error, rel=0.4)
    (found,) = program.sensitivity(frame).values()
    assert found.robustness_value is not None
    assert 0 < found.robustness_value < 1
    replicates = dofx.compile("P(y | do(x))", GRAPH).fit(frame).bootstrap(frame, 5)
    assert len(replicates) == 5


def test_a_known_distribution_with_holes() -> None:
    problem = parsed("z -> x; z -> y; x -> y; x -> missing(z)", "P(y | do(x))")
    model = Model(problem, np.random.default_rng(1), 3)
    table = dofx.Table(problem.variables, model.observed())
    sampler = dofx.compile(problem.text, problem.graph).fit(table)
    assert np.abs(sampler.distribution().array(["y", "x"]) - model.truth()).max() < 1e-9


def test_several_data_sets() -> None:
    trial = dofx.DataSet("trial", sets=["x"], measures=["y"])
    rng = np.random.default_rng(0)
    x = rng.random(4_000) < 0.5
    y = rng.random(4_000) < np.where(x, 0.7, 0.2)
    frame = pd.DataFrame({"x": x, "y": pd.array(y, "boolean")})
    frame["y"] = frame["y"].where(rng.random(4_000) < np.where(x, 0.3, 0.9))
    sampler = dofx.compile("P(y | do(x))", "x -> y; x <-> y; x -> missing(y)", data=[trial])
    found = sampler.fit({"trial": frame}).distribution().array()[:, 1]
    assert np.abs(found - [0.2, 0.7]).max() < 0.06
    with pytest.raises(DofxError, match="E0515"):
        dofx.compile("P(y | do(x))", "x -> y; x <-> y", data=[trial]).fit({"trial": frame})


def test_rows_that_show_nothing_together() -> None:
    frame = pd.DataFrame({"x": [0, 1, None, None], "y": [None, None, 0, 1]})
    with pytest.raises(DofxError, match="E0517"):
        dofx.compile("P(y | do(x))", "x -> y; missing(x); missing(y)").fit(frame)


@pytest.mark.parametrize("rows", ["P", "survey"])
def test_a_table_may_have_holes_in_columns_that_no_answer_reads(rows: str) -> None:
    """Neither the network nor the program needs a, whose axis has one entry more than it has states."""
    joint = np.outer([0.2, 0.5, 0.3], [0.3, 0.3, 0.4])
    text = f"graph {{ b; a -> c; missing(a) in {rows}; missing(c) in {rows} }}\nvariables {{ a, b, c : category(2) }}\n"
    program = dofx.compile(f"{text}data {rows}\neffect e = P(c[b = 1] = 1)")
    assert isinstance(program, dofx.CompiledProgram)
    assert program.fit(dofx.Table("ac", joint)).answer()["e"].value == pytest.approx(0.5)
