"""Influence functions over several data sets and over rows with holes: exact, and as the bootstrap has them."""

from itertools import count, islice
from typing import Any

import numpy as np
import pytest

import dofx
from oracles import gateaux_sources

WEIGHTED = (
    ("x -> m; m -> y; x <-> y; x <-> missing(y)", "P(y | do(x))"),
    ("a; b; b -> missing(a); missing(a) -> missing(b); a -> missing(b)", "P(b | do(a))"),
    (
        "a -> b; a -> c; b -> c; b -> missing(a); c -> missing(a); missing(a) -> missing(b); c -> missing(b); "
        "missing(a) -> missing(c); missing(b) -> missing(c)",
        "P(c | do(a))",
    ),
)
"""A variable that is set weighs rows; odds of one column do; chances do whose rows are weighted themselves."""


@pytest.mark.parametrize("states", [2, 3])
@pytest.mark.parametrize(("graph", "query"), WEIGHTED)
def test_chances_that_weigh_rows_pass_their_part_on(graph: str, query: str, states: int) -> None:
    posed = gateaux_sources.said(graph, query, states)
    assert posed is not None
    assert gateaux_sources.check(posed, np.random.default_rng(states)) < 1e-6


@pytest.mark.parametrize("states", [2, 3])
@pytest.mark.parametrize("kind", ["with_holes", "several"])
def test_the_influence_function_is_the_derivative_of_the_answer(kind: str, states: int) -> None:
    make = getattr(gateaux_sources, kind)
    problems = (posed for seed in count() if (posed := make(seed, states)) is not None)
    for number, posed in enumerate(islice(problems, 4)):
        assert gateaux_sources.check(posed, np.random.default_rng(number)) < 1e-6, number


NEAR = 0.09
"""A thousand replicates know a standard error to 2.2 %; the bound is four of them."""

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


def cells_variance(rows: dict[str, dict[str, np.ndarray]]) -> tuple[float, float]:
    """The transported effect by means of cells, and its variance by the formula."""
    survey, trial = rows["survey"]["age"], rows["trial"]
    share, variance, effects = survey.mean(), 0.0, []
    for age in (0, 1):
        arms = [trial["well"][(trial["age"] == age) & (trial["treated"] == x)] for x in (0, 1)]
        effects.append(arms[1].mean() - arms[0].mean())
        variance += (share if age else 1 - share) ** 2 * sum(each.var(ddof=1) / len(each) for each in arms)
    variance += (effects[1] - effects[0]) ** 2 * share * (1 - share) / len(survey)
    return float(share * effects[1] + (1 - share) * effects[0]), float(variance)


def test_the_standard_error_of_a_transported_effect_is_that_of_the_formula() -> None:
    """Arms of each age are averaged over the survey: means of cells, and the share of the old."""
    rows = transported(0)
    program: Any = dofx.compile(CARRIED)
    answer = program.fit(rows, progress=False).answer(rows, intervals="influence")["ate"]
    value, variance = cells_variance(rows)
    assert answer.value == pytest.approx(value, abs=1e-6)
    assert answer.standard_error == pytest.approx(np.sqrt(variance), rel=0.01)
    resampled = program.answer(rows, intervals="bootstrap", replicates=1_000)["ate"]
    assert resampled.standard_error == pytest.approx(np.sqrt(variance), rel=NEAR)
    assert resampled.value in resampled.interval
    moved = program.influence(rows)["ate"]
    assert {name: len(values) for name, values in moved.items()} == {"survey": 4_000, "trial": 2_000}
    assert all(abs(values.mean()) < 1e-6 for values in moved.values())


def test_weights_and_clusters_of_one_of_several_data_sets_count_in_both_ways() -> None:
    rng, rows = np.random.default_rng(3), transported(0)
    homes = np.arange(4_000) // 4
    old = (rng.random(1_000) < 0.5).astype(int)[homes]
    weights = rng.choice([1.0, 3.0], 4_000)
    unweighted: Any = {**rows, "survey": {"age": old}}
    plain: Any = dofx.compile(CARRIED)
    alone = plain.fit(unweighted, progress=False).answer(unweighted, intervals="influence")["ate"]
    rows["survey"] = {"age": old, "w": weights, "home": homes}
    program: Any = dofx.compile(CARRIED.replace("measures age\n", "measures age weights w cluster home\n", 1))
    exact = program.fit(rows, progress=False).answer(rows, intervals="influence")["ate"].standard_error
    resampled = program.answer(rows, intervals="bootstrap", replicates=1_000)["ate"].standard_error
    assert resampled == pytest.approx(exact, rel=NEAR)
    assert exact > alone.standard_error


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
    resampled = program.answer(rows, intervals="bootstrap", replicates=1_000)["risk"]
    assert resampled.standard_error == pytest.approx(answer.standard_error, rel=NEAR)


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


def test_trained_generators_of_several_data_sets_are_corrected_by_folds_of_each() -> None:
    """Conditions are finite, so the corrected value is that of means of cells, however badly generators are trained."""
    rows: Any = transported(3, 900, 1_200)
    rows["trial"]["well"] = rows["trial"]["well"] + np.random.default_rng(0).normal(size=1_200)
    program: Any = dofx.compile(CARRIED)
    answer = program.fit(rows, epochs=1, progress=False).answer(rows, intervals="influence", n=500)["ate"]
    value, variance = cells_variance(rows)
    assert not answer.refused
    assert answer.value == pytest.approx(value, abs=0.5 * np.sqrt(variance))
    assert answer.standard_error == pytest.approx(np.sqrt(variance), rel=0.15)
    assert "of 2,100 rows" in str(answer)
    resampled = program.answer(rows, intervals="bootstrap", replicates=2, n=500)["ate"]
    assert np.isfinite(resampled.standard_error)


def test_trained_generators_of_rows_with_holes_are_corrected_by_the_rows_that_show_them() -> None:
    rng = np.random.default_rng(5)
    z = rng.integers(0, 2, 1_000)
    y = z + rng.normal(size=1_000)
    shown = rng.random(1_000) < 0.8 - 0.5 * z
    rows = {"z": z, "y": np.where(shown, y, np.nan)}
    program: Any = dofx.compile("graph { z -> y; z -> missing(y) }\neffect mean = E[y]")
    answer = program.fit(rows, epochs=1, progress=False).answer(rows, intervals="influence", n=500)["mean"]
    cells = [y[shown & (z == state)] for state in (0, 1)]
    means = np.array([cell.mean() for cell in cells])
    share = z.mean()
    variance = sum(
        w**2 * cell.var(ddof=1) / len(cell) for w, cell in zip((1 - share, share), cells, strict=True)
    )
    variance += share * (1 - share) * (means[1] - means[0]) ** 2 / 1_000
    error = float(np.sqrt(variance))
    assert answer.value == pytest.approx(means @ [1 - share, share], abs=0.5 * error)
    assert answer.standard_error == pytest.approx(error, rel=0.15)
