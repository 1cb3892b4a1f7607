"""What is said of rows with holes: which train a generator and why, what is assumed, and what rows contradict."""

from __future__ import annotations

import numpy as np
import pandas as pd

import dofx

GRAPH = "x -> m -> y; m -> missing(y); x -> missing(m)"


def chain(rows: int = 4_000) -> pd.DataFrame:
    """Rows of `GRAPH`."""
    rng = np.random.default_rng(0)
    x = rng.random(rows) < 0.5
    m = rng.random(rows) < np.where(x, 0.8, 0.3)
    y = rng.random(rows) < np.where(m, 0.7, 0.2)
    return pd.DataFrame(
        {
            "x": x,
            "m": np.where(rng.random(rows) < np.where(x, 0.3, 0.8), m, None),
            "y": np.where(rng.random(rows) < np.where(m, 0.5, 0.9), y, None),
        }
    )


def test_explain_counts_the_rows_of_each_generator() -> None:
    frame = chain()
    said = dofx.compile("P(y | do(x))", GRAPH).fit(frame).explain()
    shown = frame["m"].notna()
    assert (
        f"P(m | x; m shown): {shown.sum():,} of 4,000 rows, those that show m: valid if m ⊥ missing(m) | x, "
        "which no rows can test"
    ) in said
    both = int((shown & frame["y"].notna()).sum())
    assert f"P(y | m; m, y shown): {both:,} of 4,000 rows, those that show m and y: valid if" in said


def test_explain_says_what_weighted_rows_are_worth() -> None:
    rng = np.random.default_rng(1)
    x = rng.random(2_000) < 0.5
    y = rng.random(2_000) < np.where(x, 0.8, 0.3)
    hidden = [rng.random(2_000) < np.where(other, 0.5, 0.1) for other in (y, x)]
    frame = pd.DataFrame({"x": np.where(hidden[0], None, x), "y": np.where(hidden[1], None, y)})
    sampler = dofx.compile("P(x)", "x -> y; x -> missing(y); y -> missing(x)").fit(frame)
    (line,) = [
        line for line in sampler.explain().splitlines() if line.startswith("P(x; x, y shown; weighted): ")
    ]
    rows = len(frame.dropna())
    worth = int(line.split(" worth ")[1].split(" ")[0].replace(",", ""))
    assert f"{rows:,} of 2,000 rows, worth" in line
    assert 0.7 * rows < worth < rows


def test_assumptions_list_what_makes_holes() -> None:
    program = dofx.compile("E[y | do(x = true)] - E[y | do(x = false)]", GRAPH + "; m <-> missing(y)").fit(
        chain()
    )
    said = program.answer().assumptions()
    assert "whether a row shows m depends on x alone" in said
    assert "whether a row shows y depends on m alone, and on causes that it shares with m" in said
    assert "no rows can test whether a hole depends on the value that it hides" in said
    assert "valid if m ⊥ missing(m) | x" in said
    assert 'intervals="influence"' in said


def test_a_graph_of_holes_is_judged_on_the_rows_that_show_what_it_says() -> None:
    judged = dofx.judge(GRAPH, chain())
    assert [str(each.independence) for each in judged] == [str(each) for each in dofx.implications(GRAPH)]
    assert not judged.contradicted
    frame = chain()
    rows = {str(each.independence): each.found.rows for each in judged}
    assert rows["x ⊥ y | m, missing(y), missing(m)"] == len(frame.dropna())
    assert rows["x ⊥ missing(y) | m, missing(m)"] == frame["m"].notna().sum()
    assert rows["missing(y) ⊥ missing(m) | x"] == len(frame)
    by_chance = dofx.judge("x -> m -> y; missing(m); missing(y)", frame)
    assert "x ⊥ missing(m)" in [str(each.independence) for each in by_chance.contradicted]


def test_a_graph_of_holes_is_judged_on_complete_rows_as_one_without() -> None:
    frame = chain().dropna().astype(bool)
    one, other = (dofx.judge(graph, frame) for graph in (GRAPH, "x -> m -> y"))
    assert [str(each.independence) for each in one] == [str(each.independence) for each in other]
