"""Bootstrap intervals: as wide as they should be, and the same for the same seed."""

import numpy as np
import pytest

import dofx
from dofx.runtime.program import CompiledProgram

PROGRAM = """
graph { x -> y; x <-> y; w }
effect mean = E[w]
effect lost = E[y | do(x = 1)]
effect seen = P(y = 1 | x = 1) - P(y = 1 | x = 0)
query also  = P(w)
"""


@pytest.fixture(scope="module")
def rows() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, 500)
    return {
        "w": (rng.random(500) < 0.3).astype(int),
        "x": x,
        "y": (rng.random(500) < 0.2 + 0.5 * x).astype(int),
    }


@pytest.fixture(scope="module")
def program(rows: dict[str, np.ndarray]) -> CompiledProgram:
    compiled = dofx.compile(PROGRAM)
    assert isinstance(compiled, CompiledProgram)
    return compiled.fit(rows)


def test_the_standard_error_is_that_of_the_textbook(
    program: CompiledProgram, rows: dict[str, np.ndarray]
) -> None:
    intervals = program.bootstrap(rows, 200, seed=1)
    assert list(intervals) == ["mean", "seen"]
    w = rows["w"].mean()
    # The standard error of 200 replicates' spread is 5 %: the bound is four of them.
    assert intervals["mean"].standard_error == pytest.approx(np.sqrt(w * (1 - w) / 500), rel=0.2)
    arms = [rows["y"][rows["x"] == value] for value in (0, 1)]
    expected = np.sqrt(sum(arm.var() / len(arm) for arm in arms))
    assert intervals["seen"].standard_error == pytest.approx(expected, rel=0.2)
    for name, effect in {e.name: e for e in program.answer().effects if e.estimate}.items():
        assert effect.estimate is not None
        assert intervals[name].low < effect.estimate.value < intervals[name].high


def test_equal_seeds_give_equal_intervals(program: CompiledProgram, rows: dict[str, np.ndarray]) -> None:
    counted: list[int] = []
    first = program.bootstrap(rows, 5, seed=3, done=counted.append)
    assert counted == [1, 2, 3, 4, 5]
    assert program.bootstrap(rows, 5, seed=3) == first
    assert program.bootstrap(rows, 5, seed=4) != first


def test_every_number_of_the_answers_has_its_interval(
    program: CompiledProgram, rows: dict[str, np.ndarray]
) -> None:
    before = program.answer()
    answers = program.answer_with_intervals(rows, 100, seed=2)
    assert program.answer() == before
    assert answers.numbers == before.numbers
    assert [effect.interval is not None for effect in answers.effects] == [True, False, True]
    (setting,) = answers.queries[0].settings
    ((_, chance),) = setting.outcomes.intervals
    w = rows["w"].mean()
    # The standard error of 100 replicates' spread is 7 %: the bound is four of them.
    assert chance.standard_error == pytest.approx(np.sqrt(w * (1 - w) / 500), rel=0.28)
    assert chance == answers.effects[0].interval  # the mean of w is the chance of 1
    told = answers.to_json()
    assert told["effects"][0]["interval"]["replicates"] == 100
    assert told["queries"][0]["settings"][0]["outcomes"][0]["intervals"][1]["low"] == chance.low


def test_one_replicate_has_no_spread(program: CompiledProgram, rows: dict[str, np.ndarray]) -> None:
    with pytest.raises(dofx.DofxError, match="too few to vary"):
        program.answer_with_intervals(rows, 1)


def test_answers_are_shown_as_the_report_shows_them(
    program: CompiledProgram, rows: dict[str, np.ndarray]
) -> None:
    answers = program.answer_with_intervals(rows, 5)
    shown = str(answers).splitlines()
    assert shown[0] == "also  P(w)  exact under the fitted generators"
    chances = answers.queries[0].settings[0].outcomes
    assert shown[2].split() == [f"{p:.4f}" for p in chances.parts[0].numbers]
    assert f"[{chances.intervals[0][0].low:.4f}," in shown[3]
    assert "lost  E[y | do(x = 1)]  not identifiable" in shown
    effect = answers["seen"]
    assert str(effect).splitlines() == shown[-3:]
    assert shown[-3].startswith("seen = 0.5")
    assert [repr(answers), repr(effect)] == ["Answers(also, mean, lost, seen)", "EffectAnswer(seen)"]
    html = answers._repr_html_()
    assert html.count("<pre>") == 1
    assert "\n".join(shown) in html
    with pytest.raises(KeyError, match="seen is an effect"):
        program["seen"]


def test_a_replicate_without_a_value_does_not_count() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=300)
    rows = {"z": z, "x": (z > 0).astype(int), "s": (rng.random(300) < 0.05 + 0.1 * (z > 0)).astype(int)}
    program = dofx.compile("graph { z -> {x, s}; x -> s }\neffect rarity = 1 / P(s = 1 | do(x = 1))")
    assert isinstance(program, CompiledProgram)
    linear = {"generators": {"s": "softmax"}, "epochs": 2}
    program.fit(rows, progress=False, **linear)
    (rarity,) = program.answer_with_intervals(rows, 20, n=12, seed=0, **linear).effects
    assert rarity.interval is not None
    assert 2 <= rarity.interval.replicates < 20
    assert 1 < rarity.interval.low <= rarity.interval.high <= 12
