"""Answers as figures: every number in its place, with its interval, whatever the variables are called."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from matplotlib.text import Text

import dofx
from dofx import DofxError
from dofx.runtime.answers.answers import Answers
from dofx.runtime.answers.plots import effect_panels
from dofx.runtime.program import CompiledProgram

PROGRAM = """
graph {{ z -> {{{x}, y, s}}; {x} -> {{y, s}} }}
query grade = P(s | do({x}))
query level = P(y | do({x} = 1), z)
query {x}s  = P({x})
effect ate  = E[s | do({x} = 1)] - E[s | do({x} = 0)]
effect most = P(s = 1 | do({x} = 1))
"""


def answers(x: str = "x", replicates: int = 0) -> Answers:
    rng = np.random.default_rng(0)
    z = rng.integers(0, 2, 400)
    cause = (rng.random(400) < 0.3 + 0.4 * z).astype(int)
    rows = {"z": z, x: cause, "y": z + cause + rng.normal(size=400)}
    rows["s"] = (rng.random(400) < 0.2 + 0.5 * cause).astype(int)
    program = dofx.compile(PROGRAM.format(x=x))
    assert isinstance(program, CompiledProgram)
    fast: dict[str, Any] = {"epochs": 1, "generators": {"y": "spline"}}
    program.fit(rows, progress=False, **fast)
    if replicates:
        return program.answer(rows, intervals="bootstrap", replicates=replicates, n=200)
    return program.answer(n=200)


def test_every_panel_has_its_marks_where_the_numbers_are() -> None:
    told = answers(replicates=3)
    grade, level, _, effects = (axes for axes in told.plot().axes)
    (first, second) = (setting.outcomes for setting in told.queries[0].settings)
    marked = [
        float(line.get_xdata()[0])
        for line in grade.lines
        if line.get_marker() == "o" and len(line.get_xdata())
    ]
    assert marked == pytest.approx(
        [found.parts[0].numbers[1] for found in (first, second)]
    )  # that of s = 1 alone
    assert [label.get_text() for label in grade.get_yticklabels()] == ["s = 1"]
    ends = [tuple(line.get_xdata()) for line in grade.lines if line.get_marker() == "None"]
    assert ends == [(i.low, i.high) for found in (first, second) for i in found.intervals[0][1:]]
    assert [text.get_text().strip() for text in grade.get_legend().get_texts()] == ["do(x = 0)", "do(x = 1)"]
    assert [label.get_text() for label in level.get_yticklabels()] == ["z = 0", "z = 1"]
    boxes = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in level.patches]
    quartiles = [setting.outcomes.parts[0].numbers[3:6:2] for setting in told.queries[1].settings]
    assert np.array(boxes) == pytest.approx(np.array(quartiles))
    assert [label.get_text() for label in effects.get_yticklabels()] == ["ate", "most"]


def test_effects_of_other_sizes_have_axes_of_their_own() -> None:
    program = dofx.compile("graph { x -> y }\neffect a = E[y | do(x = 1)]\neffect b = 100 * E[y | do(x = 1)]")
    assert isinstance(program, CompiledProgram)
    told = program.fit({"x": [0, 1, 0, 1], "y": [0, 1, 1, 1]}).answer()
    assert [(panel.title, panel.lines) for panel in effect_panels(told.effects)] == [
        ("E[y | do(x = 1)]", 1),
        ("100 * E[y | do(x = 1)]", 1),
    ]


def test_names_are_drawn_as_they_are(tmp_path: Any) -> None:
    figure = answers("_x").plot()
    assert figure.axes[0].get_legend().get_texts()[0].get_text().strip() == "do(_x = 0)"
    assert not figure.axes[0].title.get_parse_math()
    figure.savefig(tmp_path / "answers.svg")
    assert b"<svg" in (tmp_path / "answers.svg").read_bytes()


def test_nothing_to_draw_is_an_empty_figure() -> None:
    assert Answers((), ()).plot().axes == []


def test_without_matplotlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dofx.runtime.answers.plots.find_spec", lambda name: None)
    with pytest.raises(DofxError, match=r"matplotlib is not installed") as found:
        Answers((), ()).plot()
    assert "pip install -e '.[plots]'" in str(found.value)


def small_and_long() -> Answers:
    """Small effects, a long effect, a rare outcome and a real treatment."""
    rng = np.random.default_rng(1)
    x, dose = rng.random(600) < 0.5, rng.normal(size=600)
    rows = {"x": x, "dose": dose, "rare": rng.random(600) < 0.02 + 0.03 * x, "y": dose + rng.normal(size=600)}
    long = " + ".join(["E[rare | do(x = true)] - E[rare | do(x = false)]"] * 8)
    program = dofx.compile(
        "query often = P(rare | do(x))  query curve = E[y | do(dose)]  query chance = P(rare | do(dose))\n"
        f"effect small = (E[rare | do(x = true)] - E[rare | do(x = false)]) / 3  effect saving_of_the_severe = {long}",
        "x -> rare; dose -> {rare, y}",
    )
    fast: dict[str, Any] = {"epochs": 1, "generators": {"y": "spline"}}
    fitted = program.fit(rows, progress=False, **fast)
    found: Answers = fitted.answer(rows, intervals="bootstrap", replicates=3, n=300)
    return found


def test_titles_and_ticks_have_room() -> None:
    figure = small_and_long().plot()
    figure.draw_without_rendering()
    edge = figure.bbox.width
    for axes in figure.axes:
        for text in axes.get_children():
            if isinstance(text, Text) and text.get_text():
                assert text.get_window_extent().x1 <= edge, text.get_text()
        shown = [label for label in axes.get_xticklabels() if label.get_text()]
        boxes = [label.get_window_extent() for label in shown]
        for left, right in pairwise(boxes):
            assert left.x1 < right.x0, [label.get_text() for label in shown]
    assert any("\n" in axes.get_title(loc="left") for axes in figure.axes)


def test_a_real_treatment_is_drawn_as_a_curve_with_its_band() -> None:
    told = small_and_long()
    often, curve, chance, *_ = told.plot().axes
    assert often.get_xlim()[1] < 0.5  # a rare outcome has a scale of its own
    (line,) = curve.lines
    assert list(line.get_xdata()) == [setting.do["dose"] for setting in told.queries[1].settings]
    assert list(line.get_ydata()) == pytest.approx(told.queries[1].numbers)
    (band,) = curve.collections
    low, high = band.get_datalim(curve.transData).intervaly
    ends = [end for interval in told.queries[1].intervals for end in interval]
    assert (low, high) == pytest.approx((min(ends), max(ends)))
    assert [text.get_text().strip() for text in chance.get_legend().get_texts()] == ["rare = true"]


def test_more_settings_than_colours_differ_by_their_marks() -> None:
    rng = np.random.default_rng(0)
    table = dofx.Table(("x", "y"), rng.dirichlet(np.ones(2), size=12) / 12)
    program = dofx.compile("graph { x -> y }  query q = P(y | do(x))  query r = P(y)")
    assert isinstance(program, CompiledProgram)
    axes = program.fit(table).answer().plot().axes[0]
    drawn = [(line.get_color(), line.get_marker()) for line in axes.lines if not len(line.get_xdata())]
    assert len(drawn) == len(set(drawn)) == 12
