"""Influence functions over several data sets and over rows with holes: exact, and as the bootstrap has them."""

from itertools import count, islice
from typing import Any

import numpy as np
import pytest

import dofx
import gateaux_sources


@pytest.mark.parametrize("states", [2, 3])
@pytest.mark.parametrize("kind", ["with_holes", "several"])
def test_the_influence_function_is_the_derivative_of_the_answer(kind: str, states: int) -> None:
    make = getattr(gateaux_sources, kind)
    problems = (posed for seed in count() if (posed := make(seed, states)) is not None)
    for number, posed in enumerate(islice(problems, 4)):
        assert gateaux_sources.check(posed, np.random.default_rng(number)) < 1e-6, number


CARRIED = """
graph { age -> {treated, well}; treated -> well; treated <-> well }
data survey measures age
data trial sets treated measures age, well differs at age
effect ate = E[well | do(treated = 1)] - E[well | do(treated = 0)]
"""


def transported(seed: int, people: int = 4_000, patients: int = 2_000) -> dict[str, dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)
    age, treated = (rng.random(patients) < 0.2).astype(int), rng.integers(0, 2, patients)
    well = (rng.random(patients) < 0.3 + 0.3 * treated * age).astype(int)
    return {
        "survey": {"age": rng.integers(0, 2, people)},
        "trial": {"age": age, "treated": treated, "well": well},
    }


def test_the_standard_error_of_a_transported_effect_is_that_of_the_formula() -> None:
    """Arms of each age are averaged over the survey: means of cells, and the share of the old."""
    rows = transported(0)
    program: Any = dofx.compile(CARRIED)
    answer = program.fit(rows, progress=False).answer(rows, intervals="influence")["ate"]
    share = rows["survey"]["age"].mean()
    variance, effects = 0.0, []
    for age in (0, 1):
        arms = [(rows["trial"]["age"] == age) & (rows["trial"]["treated"] == x) for x in (0, 1)]
        zero, one = (rows["trial"]["well"][arm] for arm in arms)
        effects.append(one.mean() - zero.mean())
        weight = share if age else 1 - share
        variance += weight**2 * sum(each.var(ddof=1) / len(each) for each in (zero, one))
    variance += (effects[1] - effects[0]) ** 2 * share * (1 - share) / 4_000
    assert answer.value == pytest.approx(share * effects[1] + (1 - share) * effects[0], abs=1e-6)
    assert answer.standard_error == pytest.approx(np.sqrt(variance), rel=0.01)
    moved = program.influence(rows)["ate"]
    assert {name: len(values) for name, values in moved.items()} == {"survey": 4_000, "trial": 2_000}
    assert all(abs(values.mean()) < 1e-6 for values in moved.values())


def test_rows_that_several_data_sets_share_move_a_generator_by_their_number() -> None:
    """Two studies with the same mechanism of y: its table counts the rows of both."""
    rng = np.random.default_rng(1)
    sizes = {"one": 300, "two": 900}
    rows: dict[str, dict[str, np.ndarray]] = {}
    for (name, size), chance in zip(sizes.items(), (0.5, 0.2), strict=True):
        x = (rng.random(size) < chance).astype(int)
        rows[name] = {"x": x, "y": (rng.random(size) < 0.2 + 0.5 * x).astype(int)}
    text = """
    graph { x -> y }
    data one measures x, y
    data two measures x, y differs at x
    effect risk = P(y = 1 | do(x = 1))
    """
    program: Any = dofx.compile(text)
    answer = program.fit(rows, progress=False).answer(rows, intervals="influence")["risk"]
    y = np.concatenate([each["y"][each["x"] == 1] for each in rows.values()])
    assert answer.value == pytest.approx(y.mean(), abs=1e-6)
    assert answer.standard_error == pytest.approx(y.std(ddof=1) / np.sqrt(len(y)), rel=0.01)


def test_a_mean_of_rows_with_holes_has_the_standard_error_of_those_that_show_it() -> None:
    rng = np.random.default_rng(2)
    y = (rng.random(600) < 0.3).astype(float)
    rows = {"y": np.where(rng.random(600) < 0.4, np.nan, y)}
    program: Any = dofx.compile("graph { y; missing(y) }\neffect mean = E[y]")
    answer = program.fit(rows, progress=False).answer(rows, intervals="influence")["mean"]
    shown = y[~np.isnan(rows["y"])]
    assert answer.value == pytest.approx(shown.mean(), abs=1e-6)
    assert answer.standard_error == pytest.approx(shown.std(ddof=1) / np.sqrt(len(shown)), rel=0.01)
    assert (program.influence(rows)["mean"][np.isnan(rows["y"])] == 0).all()


def test_trained_generators_of_several_data_sets_have_no_interval_and_the_reason() -> None:
    rows: Any = transported(3, 60, 60)
    rows["trial"]["well"] = rows["trial"]["well"] + np.random.default_rng(0).normal(size=60)
    program: Any = dofx.compile(CARRIED)
    answer = program.fit(rows, epochs=1, progress=False).answer(rows, intervals="influence", n=500)["ate"]
    assert "several data sets" in answer.refused[0]
    with pytest.raises(dofx.DofxError, match="E0451"):
        program.answer(rows, intervals="bootstrap")
