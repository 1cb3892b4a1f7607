"""Answers as figures: every number in its place, with its interval, whatever the variables are called."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

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
    assert marked == pytest.approx([*first.parts[0].numbers, *second.parts[0].numbers])
    ends = [tuple(line.get_xdata()) for line in grade.lines if line.get_marker() == "None"]
    assert ends == [(i.low, i.high) for found in (first, second) for i in found.intervals[0]]
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
    assert "dofx[plots]" in str(found.value)
