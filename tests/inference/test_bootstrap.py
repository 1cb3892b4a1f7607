"""Bootstrap intervals: as wide as they should be, and the same for the same seed."""

from fractions import Fraction

import numpy as np
import pytest

import dofx
from dofx.runtime.answers.intervals import Interval
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
    answers = program.answer(rows, intervals="bootstrap", seed=1)
    w = rows["w"].mean()
    # The standard error of 200 replicates' spread is 5 %: the bound is four of them.
    assert answers["mean"].standard_error == pytest.approx(np.sqrt(w * (1 - w) / 500), rel=0.2)
    arms = [rows["y"][rows["x"] == value] for value in (0, 1)]
    expected = np.sqrt(sum(arm.var() / len(arm) for arm in arms))
    assert answers["seen"].standard_error == pytest.approx(expected, rel=0.2)
    for answer in (answers["mean"], answers["seen"]):
        assert answer.interval is not None
        low, high = answer.interval
        assert low < answer.value < high
        assert float(answer) in answer.interval


def test_equal_seeds_give_equal_intervals(program: CompiledProgram, rows: dict[str, np.ndarray]) -> None:
    counted: list[int] = []
    first = program.answer(rows, intervals="bootstrap", replicates=5, seed=3, done=counted.append)
    assert counted == [1, 2, 3, 4, 5]
    assert program.answer(rows, intervals="bootstrap", replicates=5, seed=3) == first
    assert program.answer(rows, intervals="bootstrap", replicates=5, seed=4) != first


def test_every_number_of_the_answers_has_its_interval(
    program: CompiledProgram, rows: dict[str, np.ndarray]
) -> None:
    before = program.answer()
    answers = program.answer(rows, intervals="bootstrap", replicates=100, seed=2)
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
    with pytest.raises(dofx.DofxError, match="too few for an interval"):
        program.answer(rows, intervals="bootstrap", replicates=1)


def test_a_replicate_whose_denominator_no_row_shows_does_not_count() -> None:
    """The pseudo-count of a table used to be divided by: a risk ratio's interval went up to ten million."""
    y = np.array([1, *[0] * 9, *[1] * 5, *[0] * 5])
    rows = {"x": np.repeat([0, 1], 10), "y": y}
    ratio = "effect rr = P(y = 1 | do(x = 1)) / P(y = 1 | do(x = 0))"
    means = "effect em = 2 * E[y | do(x = 1)] / (E[y | do(x = 0)] + E[y | do(x = 0)])"
    program = dofx.compile(f"graph {{ x -> y }}\n{ratio}\n{means}").fit(rows, progress=False)
    answers = program.answer(rows, intervals="bootstrap", replicates=60)
    for name in ("rr", "em"):
        interval = answers[name].interval
        # A control arm of ten rows has no case with probability 0.9^10 = 0.35.
        assert 30 <= interval.replicates <= 50
        assert interval.high < 100
    without = {"x": rows["x"], "y": np.where(rows["x"] == 0, 0, y)}
    (fault,) = program.fit(without, progress=False).answer().faults[:1]
    assert fault.code == "E0428"


def test_a_known_table_may_hold_any_probability() -> None:
    table = dofx.Table(("x", "y"), [[0.5 - 1e-9, 1e-9], [0.5 - 2e-9, 2e-9]])
    program = dofx.compile("graph { x -> y }\neffect rr = P(y = 1 | do(x = 1)) / P(y = 1 | do(x = 0))").fit(
        table
    )
    assert program.answer()["rr"].value == pytest.approx(2)


def test_answers_are_shown_as_the_report_shows_them(
    program: CompiledProgram, rows: dict[str, np.ndarray]
) -> None:
    answers = program.answer(rows, intervals="bootstrap", replicates=5)
    shown = str(answers).splitlines()
    assert shown[0] == "also  P(w)  exact under the fitted generators"
    chances = answers.queries[0].settings[0].outcomes
    assert shown[2].split() == [f"{p:.4f}" for p in chances.parts[0].numbers]
    assert f"[{chances.intervals[0][0].low:.4f}," in shown[3]
    assert "lost  E[y | do(x = 1)]  not identifiable" in shown
    effect = answers["seen"]
    few = "5 replicates leave the ends of the intervals rough: take 200 or more."
    end = shown.index(few)
    assert str(effect).splitlines() == shown[end - 3 : end + 1]
    assert shown[end - 3].startswith("seen = 0.5")
    (refused,) = answers.hedged
    assert shown[end + 1 :] == ["", *str(refused).splitlines()]
    assert repr(answers) == "Answers(also, mean, lost, seen)"
    assert repr(effect).startswith("EffectAnswer(seen, 0.5")
    html = answers._repr_html_()
    assert html.count("<pre>") == 1
    assert "\n".join(shown) in html


def test_a_name_that_is_not_there_is_a_key_error_with_a_suggestion(program: CompiledProgram) -> None:
    answers = program.answer()
    for held, wrong, said in (
        (
            program,
            "seen",
            r"`seen` is an effect and has no sampler: its value is `answer\(\)\['seen'\].value`",
        ),
        (program, "allso", "did you mean `also`"),
        (answers, "sen", "did you mean `seen`"),
        (answers, "nothing", "it has also, mean, lost, seen"),
    ):
        with pytest.raises(KeyError, match=said) as error:
            held[wrong]  # type: ignore[index]
        assert isinstance(error.value, dofx.DofxError)
        assert wrong not in held
    assert program.get("nothing") is None


def test_one_word_for_replicates(program: CompiledProgram, rows: dict[str, np.ndarray]) -> None:
    for call in (program.answer, program["also"].bootstrap, program.fit):
        with pytest.raises(dofx.DofxError, match=r"has no option `replicas`") as error:
            call(rows, replicas=5)  # type: ignore[operator]
        near = error.value.diagnostics[0].help
        assert near == (() if call == program.fit else ("did you mean `replicates`?",))


def test_uncertainty_is_none_until_it_is_asked_for(
    program: CompiledProgram, rows: dict[str, np.ndarray]
) -> None:
    answer = program.answer()["seen"]
    assert (answer.standard_error, answer.interval) == (None, None)
    assert "one fit, no interval yet" in str(answer)
    assert 'intervals="influence"' in str(answer)
    known = program.answer(rows, intervals="bootstrap", replicates=100)["seen"]
    assert known.value == answer.value
    assert known.standard_error is not None
    assert "one fit" not in str(known)
    assert "rough" not in str(known)


def test_an_interval_holds_numbers_of_every_kind() -> None:
    interval = Interval(-1.0, 2.0, 0.05, 200)
    assert all(number in interval for number in (2, -1.0, True, Fraction(1, 3), np.float32(0.5), np.int64(2)))
    assert not any(number in interval for number in (3, 10**400, -(10**400), float("nan"), "1", None))


def test_an_estimate_outside_its_interval_is_pointed_out(program: CompiledProgram) -> None:
    answers = program.answer()
    around = [Interval(number - 0.1, number + 0.1, 0.05, 200) for number in answers.numbers]
    assert "outside" not in str(answers.with_intervals(around))
    beside = [Interval(number + 0.1, number + 0.2, 0.05, 200) for number in answers.numbers]
    shown = str(answers.with_intervals(beside))
    assert shown.count("the estimate lies outside its interval") == 2
    assert "Of also, some estimates lie outside their intervals" in shown


def test_answers_as_a_frame(program: CompiledProgram, rows: dict[str, np.ndarray]) -> None:
    frame = program.answer().to_pandas()
    assert frame.index.tolist() == ["also", "also", "mean", "lost", "seen"]
    assert frame.loc["seen", "value"] == program.answer()["seen"].value
    assert frame["quantity"].tolist()[:3] == ["P(w = 0)", "P(w = 1)", "E[w]"]
    assert np.isnan(frame.loc["lost", "value"])
    assert frame[["standard_error", "low", "high"]].isna().all(axis=None)
    answers = program.answer(rows, intervals="bootstrap", replicates=100)
    again = answers.to_pandas()
    assert again["low"].notna().tolist() == [True, True, True, False, True]
    assert again.loc["seen", "high"] == answers["seen"].interval.high  # type: ignore[union-attr]


def test_several_numbers_are_not_one(program: CompiledProgram) -> None:
    with pytest.raises(dofx.DofxError, match="the answer to `also` is 2 numbers"):
        float(program.answer()["also"])


def test_what_answers_rest_on_is_said(program: CompiledProgram, rows: dict[str, np.ndarray]) -> None:
    told = program.answer().assumptions()
    for line in (
        "only these pairs share a cause that nobody observed: x <-> y",
        "2 pairs have no direct effect on one another: x, w; y, w",
        "It implies 2 independences, which have not been tested here",
        "fitted once on 500 rows",
        "no interval has been computed",
    ):
        assert line in told
    dependent = {**rows, "w": rows["x"]}
    assert "The rows contradict 2 of 2 independences" in program.answer().assumptions(dependent)


def test_a_replicate_without_a_value_does_not_count() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(size=300)
    rows = {"z": z, "x": (z > 0).astype(int), "s": (rng.random(300) < 0.05 + 0.1 * (z > 0)).astype(int)}
    program = dofx.compile("graph { z -> {x, s}; x -> s }\neffect rarity = 1 / P(s = 1 | do(x = 1))")
    assert isinstance(program, CompiledProgram)
    linear = {"generators": {"s": "softmax"}, "epochs": 2}
    program.fit(rows, progress=False, **linear)
    (rarity,) = program.answer(rows, intervals="bootstrap", replicates=20, n=12, seed=0).effects
    assert rarity.interval is not None
    assert 2 <= rarity.interval.replicates < 20
    assert 1 < rarity.interval.low <= rarity.interval.high <= 12


def test_only_numbers_lie_in_an_interval() -> None:
    interval = Interval(0.0, 2.0, 0.5, 200)
    assert all(number in interval for number in (0, 1.5, 2, np.float32(1), np.int64(2)))
    assert not any(other in interval for other in (3, -1e-9, float("nan"), "1", None, np.timedelta64(1, "D")))
