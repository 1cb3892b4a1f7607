"""Where a question asks each draw before anything is trained, and the standard error of each exact way."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import dofx
from dofx.runtime.answers.alternatives import alternatives, alternatives_text
from faces.shop import dofx as command
from models.worlds import Rows, coin

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
    assert [
        re.match(r"risk: P\(y \| z, x\) at x = 0: \d+ % of the conditions occur in no row", warning)
        is not None
        for warning in found.warnings
    ] == [True]
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
    assert all("occur in no row" in found.remark(each) for each in found.shown["ate"])
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


def test_each_way_has_the_rows_that_show_what_it_reads() -> None:
    """Either w or z blocks the only path. Where w is hidden, z is taken, and the way by w has fewer rows."""
    rng = np.random.default_rng(0)
    w = rng.integers(0, 2, 2_000)
    z = (rng.random(2_000) < 0.2 + 0.6 * w).astype(int)
    x = (rng.random(2_000) < 0.2 + 0.6 * z).astype(int)
    y = (rng.random(2_000) < 0.1 + 0.3 * x + 0.4 * w).astype(int)
    hidden = rng.random(2_000) < 0.6
    rows = {"w": np.where(hidden, np.nan, w), "z": z, "x": x, "y": y}
    text = f"graph {{ w -> z -> x -> y; w -> y; missing(w) }}\neffect ate = {ARMS}"
    form, other = alternatives(program(text), rows)
    assert (form.rows, other.rows) == (int((~hidden).sum()), 2_000)
    assert other.chosen
    assert other.standard_error < form.standard_error
    assert "2,000 rows or more" in alternatives_text([form, other])


def test_explain_shows_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pd.DataFrame(several()).to_csv("rows.csv", index=False)
    graph = "z -> {x, y}; x -> m -> y"
    shown = command("explain", "P(y | do(x))", "-g", graph, "--data", "rows.csv").output
    assert "Positivity in 600 rows" in shown
    assert "largest ratio" in shown
    data = json.loads(command("explain", "P(y | do(x))", "-g", graph, "--data", "rows.csv", "--json").output)
    assert set(data) == {"explanations", "positivity", "alternatives"}


def test_rows_with_holes_count_where_they_show_what_a_draw_reads() -> None:
    rows = several()
    hidden = np.random.default_rng(1).random(len(rows["y"])) < 0.2 + 0.3 * rows["z"]
    holes = {**rows, "y": np.where(hidden, None, rows["y"].astype(object))}
    found = program(f"graph {{ z -> {{x, y}}; x -> y; z -> missing(y) }}\neffect ate = {ARMS}").positivity(
        holes
    )
    one, zero = found.shown["ate"]
    assert (one.draw, one.asked, zero.asked) == ("P(y | z, x; y shown)", "x = 1", "x = 0")
    assert (one.rows, zero.rows) == tuple((~hidden & (rows["x"] == x)).sum() for x in (1, 0))


def test_each_of_several_data_sets_is_asked_for_its_own_draws(tmp_path: Path) -> None:
    """A survey says how old people are; the trial's participants are younger, and none of them is in the last state."""
    rng = np.random.default_rng(2)
    age, young, drug = rng.integers(0, 3, 500), rng.integers(0, 2, 300), rng.integers(0, 2, 300)
    trial = {"age": young, "drug": drug, "well": coin(rng, 0.2 + 0.3 * drug + 0.1 * young, 300)}
    text = (
        "graph { age -> {drug, well}; drug -> well; drug <-> well }\ndata survey measures age\n"
        "data trial sets drug measures age, well differs at age\n"
        "effect ate = E[well | do(drug = 1)] - E[well | do(drug = 0)]"
    )
    asked = dofx.compile(f"{text}\nquery ages = P(age)")
    assert isinstance(asked, dofx.CompiledProgram)
    found = asked.positivity({"survey": {"age": age}, "trial": trial})
    one, zero = found.shown["ate"]
    assert (one.draw, one.rows, zero.rows) == ("trial(well | age, drug)", drug.sum(), 300 - drug.sum())
    assert one.unseen == pytest.approx(np.mean(age == 2), abs=0.05)
    assert zero.unseen == pytest.approx(np.mean(age == 2), abs=0.05)
    (tmp_path / "carried.cq").write_text(text, encoding="utf-8")
    files = []
    for name, rows in (("survey", {"age": age}), ("trial", trial)):
        pd.DataFrame(rows).to_csv(tmp_path / f"{name}.csv", index=False)
        files += ["--data", f"{name}={tmp_path / name}.csv"]
    shown = command("explain", str(tmp_path / "carried.cq"), *files)
    assert shown.exit_code == 0
    assert "Positivity in 800 rows" in shown.stdout
