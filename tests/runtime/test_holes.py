"""Fitting on rows with holes: each generator on the rows that show what it reads, and nothing in silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch

import dofx
from dofx.compiler.model.rows import Odds, Rows
from dofx.generators import TableGenerator
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.data.dataset import Dataset, read_data
from dofx.runtime.fitting.weighing import Weigher
from dofx.runtime.training.settings import FitSettings
from holes import Model, Problem, drawn, parsed

COUNTED = dict.fromkeys("abcdemxyz", lambda target, given: TableGenerator(target, given, smoothing=0.0))
"""Tables of frequencies as they are."""

WEIGHTED = (
    ("x -> y; x -> missing(y); y -> missing(x)", "P(x, y)"),
    ("x -> m; m -> y; x <-> y; x <-> missing(y)", "P(y | do(x))"),
    ("a; b; b -> missing(a); missing(a) -> missing(b); a -> missing(b)", "P(b | do(a))"),
    (
        "a; b; c; a -> c; b -> c; a -> missing(c); missing(c) -> missing(b); a -> missing(b); "
        "missing(b) -> missing(a); c -> missing(a); b <-> c; a <-> missing(b)",
        "P(a | do(c), b)",
    ),
    (
        "a -> b; a -> c; b -> c; b -> missing(a); c -> missing(a); missing(a) -> missing(b); c -> missing(b); "
        "missing(a) -> missing(c); missing(b) -> missing(c)",
        "P(c | do(a))",
    ),
)
"""Weights for two columns, for a variable that is set, odds of one and of two columns, and weights that need others."""

GRAPH = "z -> x; z -> y; x -> y; x -> missing(z)"


def rows_of(
    law: np.ndarray, names: tuple[str, ...], holes: tuple[str, ...], counts: np.ndarray
) -> dict[str, Any]:
    """Rows that occur as often as counts say, the last entry of a column with holes as None."""
    cells = np.repeat(np.argwhere(np.ones(law.shape, bool)), counts.reshape(-1), axis=0)
    found: dict[str, Any] = {}
    for place, name in enumerate(names):
        column = cells[:, place].tolist()
        hole = law.shape[place] - 1 if name in holes else -1
        found[name] = [None if value == hole else value for value in column]
    return found


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


def compared(problem: Problem, states: int, rng: np.random.Generator, most: float) -> str:
    """Fit one problem, and compare it."""
    found = dofx.identify(problem.text, problem.graph)
    if found.estimand is None:
        return "refused"
    law = Model(problem, rng, states).observed()
    counts = rng.multinomial(4_000, law.reshape(-1)) + 1  # every cell occurs, so that no table backs off
    table = dofx.Table(problem.variables, (counts / counts.sum()).reshape(law.shape))
    types = dict.fromkeys(problem.variables, f"category({states})")
    sampler = dofx.compile(problem.text, problem.graph, variables=types)
    drawn_ = {name for fit in sampler.network.fits for name in fit.targets if fit.data is not None}
    sampler.fit(
        rows_of(law, problem.variables, problem.holes, counts),
        generators={name: COUNTED[name] for name in drawn_},
    )
    outcomes, interventions, conditions = problem.query
    names = [*outcomes, *interventions, *conditions]
    exact = found.estimand.evaluate(table).array(names)
    fitted = sampler.distribution()
    seen = [name for name in names if name in fitted.names]
    one = fitted.array(seen)
    other = exact[tuple(slice(None) if name in seen else 0 for name in names)]
    assert np.abs(one - other).max() < most, (problem.text, problem.graph)
    return "partial" if any(fit.rows for fit in sampler.network.fits) else "whole"


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


@pytest.mark.parametrize(
    "column",
    [
        [1.5, None, 2.5],
        [1.5, float("nan"), 2.5],
        np.array([1.5, np.nan, 2.5]),
        np.ma.masked_array([1.5, 9.0, 2.5], [False, True, False]),
        torch.tensor([1.5, torch.nan, 2.5]),
        pd.Series([1.5, None, 2.5]),
        pd.Series([1.5, None, 2.5], dtype="Float64"),
        pd.Series([1.5, None, 2.5], dtype=object),
        pl.Series([1.5, None, 2.5]),
        pl.Series([1.5, float("nan"), 2.5]),
        pa.chunked_array([[1.5, None], [2.5]]),
    ],
)
def test_holes_of_every_kind_of_column(column: Any) -> None:
    read = read_data({"x": column, "y": [0.5, 1.5, 2.5]}, ["x", "y"], holes=True)
    assert read.partial["x"].shown.tolist() == [True, False, True]
    assert read.showing(["x"], ["x", "y"])["x"].tolist() == [1.5, 2.5]
    assert read.showing(["x"], ["x", "y"])["y"].tolist() == [0.5, 2.5]
    assert read["y"].tolist() == [0.5, 1.5, 2.5]
    with pytest.raises(DofxError):
        read["x"]
    with pytest.raises(DofxError):
        read_data({"x": column}, ["x"])


@pytest.mark.parametrize(
    ("column", "type"),
    [
        (pd.Series(["a", None, "b", "a"], dtype="category"), "category('a', 'b')"),
        (["a", None, "b", "a"], "category('a', 'b')"),
        ([True, None, False, True], "bool"),
        (pd.Series([True, None, False, True], dtype="boolean"), "bool"),
        ([0, None, 1, 0], "category(2)"),
        ([[0.5, 1.5], None, [2.5, 3.5], [4.5, 5.5]], "real(2)"),
        (np.array([[0.5, 1.5], [np.nan, 1.0], [2.5, 3.5], [4.5, 5.5]]), "real(2)"),
    ],
)
def test_types_are_those_of_the_rows_that_show_a_value(column: Any, type: str) -> None:
    read = read_data({"x": column}, ["x"], holes=True)
    assert str(read.types["x"]) == type
    assert read.partial["x"].shown.tolist() == [True, False, True, True]


def test_infinity_is_no_hole() -> None:
    with pytest.raises(DofxError, match="E0405"):
        read_data({"x": [1.0, float("inf"), None]}, ["x"], holes=True)


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
    assert found.robustness_value is None  # its rows are not all rows
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


@pytest.mark.parametrize("states", [2, 3])
@pytest.mark.parametrize(("graph", "query"), WEIGHTED)
def test_weighted_tables_are_the_estimand_of_the_frequencies(graph: str, query: str, states: int) -> None:
    """Chances are learnt by tables that back off by a millionth of a row, hence the bound."""
    rng = np.random.default_rng([8, states])
    assert compared(parsed(graph, query), states, rng, 1e-6) == "partial"


def test_rows_that_show_nothing_together() -> None:
    frame = pd.DataFrame({"x": [0, 1, None, None], "y": [None, None, 0, 1]})
    with pytest.raises(DofxError, match="E0517"):
        dofx.compile("P(y | do(x))", "x -> y; missing(x); missing(y)").fit(frame)


def test_data_sets_take_rows_with_their_holes() -> None:
    data = read_data({"x": [0.5, None, 2.5]}, ["x"], holes=True).take(torch.tensor([1, 2, 2]))
    assert data.partial["x"].shown.tolist() == [False, True, True]
    assert isinstance(data, Dataset)
    assert data.fingerprint != read_data({"x": [0.5, 2.5, 2.5]}, ["x"]).fingerprint


def criss_cross(rows: int, *, signs: bool = False) -> pd.DataFrame:
    """Real x and y or their signs, each hidden more often where the other is large: both means are 0 in all rows."""
    rng = np.random.default_rng(4)
    x = rng.normal(size=rows)
    y = 0.8 * x + 0.6 * rng.normal(size=rows)
    x, y = (np.sign(x), np.sign(y)) if signs else (x, y)
    hidden = [rng.random(rows) < 1 / (1 + np.exp(1 - 1.5 * other)) for other in (y, x)]
    return pd.DataFrame({"x": np.where(hidden[0], np.nan, x), "y": np.where(hidden[1], np.nan, y)})


def test_weights_of_real_variables() -> None:
    """The chances are networks' here; in complete rows alone the mean is below -0.4."""
    frame = criss_cross(2_000)
    sampler = dofx.compile("P(x)", "x -> y; x -> missing(y); y -> missing(x)").fit(frame)
    assert frame.dropna()["x"].mean() < -0.4
    assert abs(float(sampler.sample(20_000, seed=0)["x"].mean())) < 0.12  # four standard errors of 1,000 rows


def test_held_out_rows_are_drawn_by_their_weights() -> None:
    sampler = dofx.compile("P(x)", "x -> y; x -> missing(y); y -> missing(x)").fit(
        criss_cross(6_000, signs=True)
    )
    (link,) = sampler.links().links
    assert link.comparison.shown < 0.08  # complete rows alone would be off by about 0.25


def test_weights_that_leave_too_few_rows() -> None:
    with pytest.raises(DofxError, match="E0518"):
        dofx.compile("P(x, y)", "x -> y; x -> missing(y); y -> missing(x)").fit(criss_cross(60))


def test_columns_that_are_only_missing_together() -> None:
    """The odds of both are not there if no row hides one of the two alone."""
    shown = np.random.default_rng(0).random(400) < 0.6
    columns = {
        name: np.where(shown, np.arange(400) // step % 2, np.nan) for name, step in (("a", 1), ("b", 2))
    }
    rows = read_data(columns, ["a", "b"], holes=True)
    holes = (("missing(a)", ("a",)), ("missing(b)", ("b",)))
    odds = Odds(("a", "b"), ("missing(a)", "missing(b)"))
    with pytest.raises(DofxError, match="E0518") as raised:
        Weigher(rows, holes, FitSettings())(Rows(("a", "b"), (odds,)))
    assert "missing(a, b)" in raised.value.diagnostics[0].help[0]


def test_weights_are_learnt_anew_in_each_replicate() -> None:
    frame = criss_cross(1_500, signs=True)
    graph = "x -> y; x -> missing(y); y -> missing(x)"
    program = dofx.compile("E[y | do(x = 1.0)] - E[y | do(x = -1.0)]", graph).fit(frame)
    (answer,) = program.answer(frame, intervals="bootstrap", replicates=20)
    assert answer.interval is not None
    low, high = answer.interval
    assert low < 1.18 < high  # 4 / π times the arcsine of the correlation, 0.8
    (quick,) = program.answer(frame, intervals="influence")
    assert quick.standard_error == pytest.approx(answer.standard_error, rel=0.5)


def test_chances_that_weigh_rows_have_no_influence_function_yet() -> None:
    frame = criss_cross(1_500, signs=True)
    text = "graph { x -> y; x -> missing(y); y -> missing(x) }\neffect mean = E[x]"
    program: Any = dofx.compile(text)
    answer = program.fit(frame).answer(frame, intervals="influence")["mean"]
    assert "weighted by chances" in answer.refused[0]
    with pytest.raises(DofxError, match="E0453"):
        program.influence(frame)


def test_complete_columns_have_no_weights() -> None:
    frame = pd.DataFrame({"x": [0, 1, 1, 0] * 30, "y": [0, 1, 0, 1] * 30})
    sampler = dofx.compile("P(x, y)", "x -> y; x -> missing(y); y -> missing(x)").fit(frame)
    assert np.abs(sampler.distribution().array() - 0.25).max() < 1e-6
