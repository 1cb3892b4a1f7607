"""An effect on a graph from Python: in one call, and compiled as the command line does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import dofx
from dofx.grammar.parse import parse_effect
from dofx.runtime.answers.querying import Quantiles
from dofx.runtime.program import CompiledProgram
from faces.shop import dofx as command

GRAPH = "z -> {x, y}; x -> y"
ATE = "E[y | do(x = 1)] - E[y | do(x = 0)]"
MARKED = "dag { x [exposure] y [outcome] z -> {x y} x -> y }"


@pytest.fixture(scope="module")
def rows() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    z = rng.integers(0, 2, 800)
    x = (rng.random(800) < 0.3 + 0.4 * z).astype(int)
    y = (rng.random(800) < 0.2 + 0.3 * x + 0.2 * z).astype(int)
    return {"z": z, "x": x, "y": y}


def by_hand(rows: dict[str, np.ndarray], x: int) -> float:
    """The mean of y under do(x), by the back-door formula."""
    z, y = rows["z"], rows["y"]
    return sum(float(np.mean(z == k) * y[(rows["x"] == x) & (z == k)].mean()) for k in (0, 1))


@pytest.mark.parametrize(
    "expression", [ATE, f"effect ate = {ATE}", parse_effect(ATE), dofx.parse(f"effect ate = {ATE}"), None]
)
def test_one_call_answers_an_effect(expression: object, rows: dict[str, np.ndarray]) -> None:
    graph = MARKED if expression is None else GRAPH
    answer = dofx.effect(expression, graph, rows)  # type: ignore[arg-type]
    assert isinstance(answer, dofx.Answer)
    assert float(answer) == pytest.approx(by_hand(rows, 1) - by_hand(rows, 0), abs=1e-6)
    assert (answer.standard_error, answer.interval) == (None, None)


def test_one_call_finds_intervals(rows: dict[str, np.ndarray]) -> None:
    answer = dofx.effect(ATE, GRAPH, rows, intervals="bootstrap", replicates=100)
    assert answer.interval is not None
    assert answer.value in answer.interval
    assert "100 bootstrap replicates" in answer.assumptions()


def test_an_effect_is_limited_and_typed_as_a_query_is(rows: dict[str, np.ndarray]) -> None:
    assert dofx.effect(ATE, GRAPH, rows, avoid="z").hedged
    boxed = dofx.effect("E[y | do(x = true)]", GRAPH, rows, variables={"x": "bool"})
    assert boxed.value == pytest.approx(by_hand(rows, 1), abs=1e-6)


@pytest.mark.parametrize(
    ("expression", "graph", "code"),
    [
        (f"effect a = {ATE}\neffect b = {ATE}", GRAPH, "E0450"),
        ("query q = P(y)", GRAPH, "E0450"),
        (None, GRAPH, "E0309"),
        (None, "exposure x, z; outcome y; " + GRAPH, "E0309"),
        ("E[y | do(x)]", GRAPH, "E0308"),
    ],
)
def test_what_is_no_single_effect_is_refused(
    expression: str | None, graph: str, code: str, rows: dict[str, np.ndarray]
) -> None:
    with pytest.raises(dofx.DofxError) as error:
        dofx.effect(expression, graph, rows)
    assert [fault.code for fault in error.value.diagnostics] == [code]


def test_compile_takes_what_the_command_line_takes(tmp_path: Path, rows: dict[str, np.ndarray]) -> None:
    (tmp_path / "asked.cq").write_text("query risk = P(y | do(x))  effect ate = " + ATE)
    for asked, names in (
        (ATE, ["effect"]),
        (f"effect ate = {ATE}", ["ate"]),
        (f"query risk = P(y | do(x))\neffect ate = {ATE} avoiding {{z}}", ["risk", "ate"]),
        (tmp_path / "asked.cq", ["risk", "ate"]),
        (str(tmp_path / "asked.cq"), ["risk", "ate"]),
    ):
        program = dofx.compile(asked, GRAPH)
        assert isinstance(program, CompiledProgram)
        assert [answer.name for answer in program.fit(rows).answer()] == names
    for asked in ("P(y | do(x))", "query risk = P(y | do(x))", "E[y | do(x)]"):
        assert str(dofx.compile(asked, GRAPH).query) == "P(y | do(x))"


def test_the_roles_of_a_graph_ask_the_default_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert str(dofx.identify(None, MARKED).query) == "P(y | do(x))"
    assert str(dofx.compile(None, MARKED).query) == "P(y | do(x))"
    whole = dofx.compile("graph { exposure X; outcome y, w; latent u; u -> {X, w}; X -> y -> w }")
    assert str(whole.query) == "P(y, w | do(X))"  # type: ignore[union-attr]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rows.csv").write_text("x,y,z\n" + "0,1,0\n1,1,1\n0,0,1\n1,0,0\n" * 50)
    for arguments in (("identify",), ("compile",), ("explain",), ("run", "--data", "rows.csv")):
        assert "P(y | do(x))" in command(*arguments, "-g", MARKED).output
        assert command(*arguments, "-g", GRAPH).exit_code == 2


def test_a_query_for_a_mean_is_answered_by_means(rows: dict[str, np.ndarray], tmp_path: Path) -> None:
    program = dofx.compile(f"query m = E[y | do(x)]\neffect ate = {ATE}", GRAPH)
    answers = program.fit(rows).answer(rows, intervals="bootstrap", replicates=100)
    m = answers["m"]
    assert m.numbers == pytest.approx((by_hand(rows, 0), by_hand(rows, 1)), abs=1e-6)
    assert all(number in interval for number, interval in zip(m.numbers, m.intervals, strict=True))
    assert m.numbers[1] - m.numbers[0] == pytest.approx(answers["ate"].value)
    assert m.to_pandas()["quantity"].tolist() == ["mean of y"] * 2
    shown = str(m).splitlines()
    assert shown[0].startswith("m  E[y | do(x)]")
    assert shown[1].split() == ["do(x)", "mean", "of", "y"]
    assert m.to_json()["query"] == "E[y | do(x)]"
    one = dofx.compile(f"query m = E[y | do(x = 1)]\neffect ate = {ATE}", GRAPH).fit(rows).answer()["m"]
    assert float(one) == pytest.approx(by_hand(rows, 1), abs=1e-6)


def test_a_mean_over_a_real_input_is_a_curve() -> None:
    t = np.random.default_rng(0).normal(size=400)
    program = dofx.compile("query m = E[y | do(t)]\nquery d = P(y | do(t))", "t -> y")
    answers = program.fit({"t": t, "y": 2 * t}, progress=False, epochs=1).answer(n=50)
    assert [len(answers[name].settings) for name in "md"] == [9, 3]
    points = program.reference["t"]
    assert isinstance(points, Quantiles)
    assert points.quartiles == tuple(
        float(f"{q:.4g}") for q in np.quantile(t.astype(np.float32), (0.25, 0.5, 0.75))
    )


def test_a_mean_of_words_is_refused_before_anything_is_trained() -> None:
    program = dofx.compile("query m = E[y | do(x)]\nquery e = E[y = 1 | do(x)]", "x -> y")
    with pytest.raises(dofx.DofxError) as error:
        program.fit({"x": [0, 1] * 20, "y": ["a", "b"] * 20})
    assert [fault.code for fault in error.value.diagnostics] == ["E0427", "E0427"]
