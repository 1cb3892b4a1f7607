"""Rows with holes that count more than others: by chances and odds that are learnt from rows too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import dofx
from dofx.compiler.graph.holes import Indicators
from dofx.compiler.model.rows import Odds, Rows
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.data.dataset import read_data
from dofx.runtime.fitting.weighing import Weigher
from dofx.runtime.inference.law import laws_of_rows
from dofx.runtime.training.settings import FitSettings
from models.holes import parsed
from posed.fitted_holes import WEIGHTED, compared


@pytest.mark.parametrize("states", [2, 3])
@pytest.mark.parametrize(("graph", "query"), WEIGHTED)
def test_weighted_tables_are_the_estimand_of_the_frequencies(graph: str, query: str, states: int) -> None:
    """Chances are learnt by tables that back off by a millionth of a row, hence the bound."""
    rng = np.random.default_rng([8, states])
    assert compared(parsed(graph, query), states, rng, 1e-6) == "partial"


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


def test_weights_that_leave_too_few_rows_outside_of_a_fold_refuse_one_answer() -> None:
    frame = criss_cross(135)
    frame["z"] = np.random.default_rng(0).normal(size=135)
    text = "graph { x -> y; x -> missing(y); y -> missing(x); z }\neffect mean = E[x]\neffect other = E[z]"
    answers = dofx.compile(text).fit(frame, progress=False, epochs=1).answer(frame, intervals="influence")
    (why,) = answers["mean"].refused
    assert why.startswith("outside of a fold, the ")
    assert "because of their weights" in why
    assert answers["other"].standard_error == pytest.approx(frame["z"].std() / np.sqrt(135), rel=0.2)


def test_columns_that_are_only_missing_together() -> None:
    """The odds of both are not there if no row hides one of the two alone."""
    shown = np.random.default_rng(0).random(400) < 0.6
    columns = {
        name: np.where(shown, np.arange(400) // step % 2, np.nan) for name, step in (("a", 1), ("b", 2))
    }
    rows = read_data(columns, ["a", "b"], holes=True)
    holes = Indicators({"missing(a)": ("a",), "missing(b)": ("b",)})
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


MEAN = "graph { x -> y; x -> missing(y); y -> missing(x) }\neffect mean = E[x]"


def weighted_mean(law: np.ndarray) -> float:
    """The mean of x, from the chances of -1, 1 and a hole of x and y: complete rows by the inverse of two chances."""
    shows_y, shows_x = (
        law[:2, :2].sum(axis=1) / law[:2].sum(axis=1),
        law[:2, :2].sum(axis=0) / law[:, :2].sum(axis=0),
    )
    counted = law[:2, :2] / (shows_y[:, None] * shows_x)
    return float((counted[1] - counted[0]).sum() / counted.sum())


def test_the_standard_error_holds_that_of_the_chances() -> None:
    """The delta method with derivatives by differences of the formula."""
    frame = criss_cross(1_500, signs=True)
    program: Any = dofx.compile(MEAN)
    answer = program.fit(frame).answer(frame, intervals="influence")["mean"]
    states = np.nan_to_num((frame.to_numpy() + 1) / 2, nan=2).astype(int)
    law = np.bincount(states @ [3, 1], minlength=9).reshape(3, 3) / 1_500
    moved = np.zeros((3, 3))
    for cell in np.ndindex(3, 3):
        step = np.zeros((3, 3))
        step[cell] = 1e-5
        moved[cell] = (weighted_mean(law + step) - weighted_mean(law - step)) / 2e-5
    moved -= (moved * law).sum()
    assert answer.value == pytest.approx(weighted_mean(law), abs=1e-6)
    assert answer.standard_error == pytest.approx(np.sqrt((law * moved**2).sum() / 1_500), rel=0.01)
    assert program.influence(frame)["mean"] == pytest.approx(moved[tuple(states.T)], abs=1e-5)
    complete = frame.dropna()["x"]
    assert answer.standard_error > 1.1 * complete.std() / np.sqrt(len(complete))


def test_chances_of_real_variables_have_no_influence_function() -> None:
    network = dofx.compile("P(x)", "x -> y; x -> missing(y); y -> missing(x)").network
    for signs in (True, False):
        rows = read_data(criss_cross(300, signs=signs), ["x", "y"], holes=True)
        assert bool(laws_of_rows(rows, [network]).of_fits) == signs


def test_complete_columns_have_no_weights() -> None:
    frame = pd.DataFrame({"x": [0, 1, 1, 0] * 30, "y": [0, 1, 0, 1] * 30})
    sampler = dofx.compile("P(x, y)", "x -> y; x -> missing(y); y -> missing(x)").fit(frame)
    assert np.abs(sampler.distribution().array() - 0.25).max() < 1e-6


def test_rows_that_no_complete_row_stands_for_are_no_rows_to_leave_out() -> None:
    """The sign of y is hidden wherever x is positive: half of all rows, and there is no weight for them."""
    frame = criss_cross(1_000, signs=True)
    frame.loc[frame["x"] > 0, "y"] = np.nan
    frame.loc[frame["x"].isna() & (np.arange(1_000) % 2 == 0), "y"] = np.nan
    graph = "x -> y; x -> missing(y); y -> missing(x)"
    with pytest.raises(DofxError, match=r"E0518.* x = 1\.0 none shows y"):
        dofx.compile("P(x)", graph).fit(frame)
    dofx.compile("P(y | x)", graph).fit(frame)  # reads no such weight


@pytest.mark.parametrize(("never", "told"), [(True, ["m = 1"]), (False, [])])
def test_a_value_without_rows_in_a_group_is_reported_where_it_is_asked_for(
    never: bool, told: list[str]
) -> None:
    """The law of y given m is learnt from rows weighed by the chance of m given x, and m is never 1 where x is 0."""
    rng = np.random.default_rng(6)
    x, noise = rng.integers(0, 2, 3_000), rng.random((3, 3_000))
    m = (noise[0] < np.where(x == 1, 0.6, 0.0 if never else 0.2)).astype(int)
    y = (noise[1] < 0.3 + 0.3 * m).astype(float)
    y[noise[2] < 0.2 + 0.3 * x] = np.nan
    sampler = dofx.compile("P(y | do(x))", "x -> m; m -> y; x <-> y; x <-> missing(y)")
    sampler.fit({"x": x, "m": m, "y": y}, progress=False)
    assert [each.example for each in sampler.unseen(do={"x": 1})] == told
    assert not sampler.unseen(do={"x": 0})
