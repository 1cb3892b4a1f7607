"""Where a question asks each draw before anything is trained, and the standard error of each exact way."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import dofx
from dofx.runtime.answers.alternatives import alternatives
from shop import dofx as command
from worlds import Rows, coin

ARMS = "E[y | do(x = 1)] - E[y | do(x = 0)]"


def program(text: str) -> dofx.CompiledProgram:
    found = dofx.compile(f"{text}\nquery plain = P(y)")
    assert isinstance(found, dofx.CompiledProgram)
    return found


def several(rows: int = 600) -> Rows:
    """Rows of z -> {x, y}, x -> m -> y; in one state of z, x is always 1."""
    rng = np.random.default_rng(0)
    z = rng.integers(0, 3, rows)
    x = np.where(z == 2, 1, coin(rng, 0.2 + 0.4 * z, rows))
    m = coin(rng, 0.2 + 0.6 * x, rows)
    return {"z": z, "x": x, "m": m, "y": coin(rng, 0.1 + 0.4 * m + 0.2 * z, rows)}


def test_counts_ratios_and_what_no_row_shows() -> None:
    rows = several()
    z, x = rows["z"], rows["x"]
    found = program("graph { z -> {x, y}; x -> y }\nquery risk = P(y | do(x))").positivity(rows)
    zero, one = found.shown["risk"]
    assert (zero.asked, one.asked) == ("x = 0", "x = 1")
    assert (zero.rows, one.rows) == ((x == 0).sum(), (x == 1).sum())
    assert zero.unseen == pytest.approx(np.mean(z == 2), abs=0.05)
    assert one.unseen == 0
    shares = np.array([np.mean(z == k) / np.mean((z == k) & (x == 1)) for k in range(3)])
    assert one.largest_ratio == pytest.approx(shares.max(), rel=0.15)
    weights = shares[z[x == 1]]
    assert one.effective_rows == pytest.approx(weights.sum() ** 2 / (weights**2).sum(), rel=0.1)
    assert [warning.startswith("risk: P(y | z, x) at x = 0: no row shows") for warning in found.warnings] == [
        True
    ]
    frame = found.to_pandas()
    assert list(frame["rows"]) == [zero.rows, one.rows]
    assert frame["remark"].iloc[1] == ""
    assert "x = 0" in str(found)
    assert json.loads(json.dumps(found.to_json()))["shown"]["risk"][1]["rows"] == one.rows


def test_weak_overlap_of_numbers_and_points_of_them() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=400)
    rows = {"z": z, "x": (z + 0.3 * rng.normal(size=400) > 0).astype(int), "y": z + rng.normal(size=400)}
    text = f"graph {{ z -> {{x, y}}; x -> y }}\neffect ate = {ARMS}\neffect dose = E[y | do(z = 0.5)]"
    found = program(text).positivity(rows)
    assert all("no row shows" in found.remark(each) for each in found.shown["ate"])
    (dose,) = found.shown["dose"]
    assert dose.asked == "z = 0.5"
    assert dose.rows == (np.abs(z - 0.5) <= 0.2 * z.std(ddof=1)).sum()


def test_stages_between_are_asked_too_and_policies_are_not_known() -> None:
    rng = np.random.default_rng(0)
    rows = {name: rng.integers(0, 2, 300) for name in "wrxy"}
    napkin = program(f"graph {{ w -> r -> x -> y; x <-> w <-> y }}\neffect ate = {ARMS}").positivity(rows)
    assert {each.draw for each in napkin.shown["ate"]} == {"P(x | w, r)", "P(y | w, r, x)", "Q₁(y | x)"}
    assert not napkin.warnings
    text = "graph { w -> {x, y}; x -> y }\nquery q = P(y | do(x ~ g(w)))"
    assert "is a policy" in program(text).positivity(rows).unknown["q"]


def test_the_standard_error_of_each_exact_way() -> None:
    """The front door is steadier here than the back door, and avoiding z chooses it."""
    rows = several(900)
    rows["x"] = np.where(np.arange(900) % 5 == 0, 0, rows["x"])
    text = f"graph {{ z -> {{x, y}}; x -> m -> y }}\neffect ate = {ARMS}"
    form, front = alternatives(program(text), rows)
    assert form.left_out == ()
    assert front.left_out == ("z",)
    assert form.chosen
    plain = program(text).fit(rows).answer(rows, intervals="influence")["ate"]
    assert form.standard_error == pytest.approx(plain.standard_error)
    chosen = dofx.effect(ARMS, "z -> {x, y}; x -> m -> y", rows, avoid="z")
    assert chosen.value != pytest.approx(plain.value, abs=1e-6)
    assert front.standard_error < form.standard_error


def test_explain_shows_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pd.DataFrame(several()).to_csv("rows.csv", index=False)
    graph = "z -> {x, y}; x -> m -> y"
    shown = command("explain", "P(y | do(x))", "-g", graph, "--data", "rows.csv").output
    assert "Positivity in 600 rows" in shown
    assert "largest ratio" in shown
    data = json.loads(command("explain", "P(y | do(x))", "-g", graph, "--data", "rows.csv", "--json").output)
    assert set(data) == {"explanations", "positivity", "alternatives"}
