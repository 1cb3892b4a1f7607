"""Corrected effects of trained generators: ratios of laws, regressions, and what cross-fitting makes of them."""

import numpy as np
import pytest
import torch

from dofx.runtime.answers.influence.one_step import CrossFitted
from dofx.runtime.data.dataset import read_data
from dofx.runtime.inference.one_step import Trained
from models.worlds import Rows, coin
from posed.compiled import program

ARMS = "E[y | do(x = 1)] - E[y | do(x = 0)]"


def confounded(rows: int, seed: int = 0) -> Rows:
    """Rows of z -> {x, y}, x -> y, in which the effect of x is 1."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=rows)
    x = coin(rng, 1 / (1 + np.exp(-1.5 * z)), rows)
    return {"z": z, "x": x, "y": x + 2 * z + rng.normal(size=rows)}


def entangled(rows: int, seed: int = 0) -> Rows:
    """Rows of {a, b} -> {x, y}, x -> y, in which the effect of x is 1 and a times b confounds it: no line sees that."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, rows))
    x = coin(rng, 1 / (1 + np.exp(-1.5 * a * b)), rows)
    return {"a": a, "b": b, "x": x, "y": x + 2 * a * b + rng.normal(size=rows)}


def test_what_a_draw_rests_on_is_decided_by_rows_and_not_by_the_seed() -> None:
    """Rows of two treatments, of which one lies where hardly any row was treated both times."""
    rng = np.random.default_rng([3, 500])
    u, a = rng.normal(size=500), (rng.random(500) < 0.5).astype(int)
    late = 0.8 * a + u + 0.6 * rng.normal(size=500)
    b = coin(rng, 1 / (1 + np.exp(0.4 * a - 0.9 * late)), 500)
    rows = {"a": a, "l": late, "b": b, "y": b + late + u + rng.normal(size=500)}
    graph = "a -> {l, b, y}; l -> {b, y}; b -> y; l <-> y"
    asked = program(f"graph {{ {graph} }}\neffect e = E[y | do(a = 0, b = 0)]").fit(
        rows, epochs=1, progress=False
    )
    found = [asked.answer(rows, intervals="influence", n=1_000, epochs=1, seed=seed)["e"] for seed in (0, 2)]
    assert all(answer.interval is not None and answer.interval.known for answer in found)
    effective = [min(each.effective_rows or 0.0 for each in answer.overlaps) for answer in found]
    assert max(effective) < 1.3 * min(effective)


def test_rows_that_generators_have_not_seen_correct_them() -> None:
    """After one epoch the generators know little, and the plug-in is off; the one-step estimate is closer."""
    rows = entangled(1_500)
    text = f"graph {{ a -> {{x, y}}; b -> {{x, y}}; x -> y }}\neffect ate = {ARMS}\neffect risk = P(x = 1)"
    fitted = program(text).fit(rows, epochs=1, progress=False)
    plain = fitted.answer(n=20_000)["ate"].value
    answers = fitted.answer(rows, intervals="influence", n=20_000)
    answer = answers["ate"]
    assert abs(answer.value - 1) < 0.1 < abs(plain - 1)
    assert answer.interval is not None
    assert 1 in answer.interval
    assert answer.interval.high - answer.interval.low < 0.8
    assert answers["risk"].value == pytest.approx(rows["x"].mean(), abs=0.02)
    assert answer.to_json()["corrected"]
    assert "corrected by rows" in str(answers)
    assert answer.overlaps[0].largest_ratio > 2
    spread = answer.interval.seed_spread
    assert spread is not None
    assert answer.standard_error is not None
    assert 0 < spread < answer.standard_error
    assert f"spread between seeds {spread:#.2g}" in str(answers)
    assert answer.to_json()["interval"]["seed_spread"] == spread
    frame = answers.to_pandas()
    assert frame.loc["ate", "seed_spread"] == spread
    assert frame.loc["ate", "largest_ratio"] == max(each.largest_ratio for each in answer.overlaps)
    assert frame.loc["ate", "warning"] == ""
    assert frame.loc["ate", "method"] == "influence"


def test_a_number_that_rests_on_too_few_rows_is_not_corrected_and_carries_the_warning() -> None:
    """One row counts as much as all others: what it would correct is its own noise."""
    rows = {**confounded(120), "w": np.where(np.arange(120) == 7, 2_000.0, 1.0)}
    text = f"graph {{ z -> {{x, y}}; x -> y }}\ndata P weights w\neffect ate = {ARMS}"
    fitted = program(text).fit(rows, epochs=1, progress=False)
    answers = fitted.answer(rows, intervals="influence", n=2_000)
    answer = answers["ate"]
    assert answer.value == fitted.answer(n=2_000)["ate"].value
    (why,) = answer.refused
    assert "effective rows, fewer than 20" in why
    assert "(no interval, for the reason below; " in str(answers)
    assert answer.to_json()["warnings"] == [f"no interval: {why}"]
    assert answers.to_pandas().loc["ate", "warning"] == f"no interval: {why}"
    assert "no interval" in repr(answer)


def test_a_point_of_a_real_variable_has_no_interval_and_the_reason() -> None:
    rows = confounded(200)
    text = "graph { z -> {x, y}; x -> y }\neffect dose = E[y | do(z = 0.5)]\nquery q = P(y | do(z = 0.5))"
    answers = program(text).fit(rows, epochs=1, progress=False).answer(rows, intervals="influence", n=1_000)
    assert not any(interval.known for interval in answers.intervals)
    assert "at one point of real" in str(answers)
    assert 'intervals="bootstrap"' in str(answers)


def test_shifts_and_policies_of_real_variables_are_corrected() -> None:
    """What is set is known, so it has no term; the draw that reads it has the density ratio of what is read."""
    rng = np.random.default_rng(3)
    z = rng.normal(size=500)
    dose = 1 + 0.5 * z + rng.normal(size=500)
    rows = {"z": z, "dose": dose, "y": 0.7 * dose + z + rng.normal(size=500)}
    text = """
    graph { z -> {dose, y};  dose -> y }
    effect less  = E[y | do(dose = dose - 0.5)] - E[y]
    effect rule  = E[y | do(dose ~ half(dose))] - E[y]
    """
    fitted = program(text).fit(rows, epochs=60, progress=False)
    answers = fitted.answer(
        rows, intervals="influence", policies={"half": lambda dose: 0.5 + dose / 2}, n=20_000
    )
    for name, truth in (("less", -0.35), ("rule", 0.35 * (1 - dose.mean()))):
        assert answers[name].interval is not None
        assert abs(answers[name].value - truth) < 0.12, name
        assert 0.005 < answers[name].standard_error < 0.08


def test_a_draw_that_learns_from_an_interim_stage_passes_its_part_on() -> None:
    """On the napkin graph with finite variables the values are those of the exact influence function, up to simulation.

    Features of three variables are products of pairs at most, and so no ratio and no mean is quite exact.
    """
    rng = np.random.default_rng(4)
    u, v = rng.random((2, 3_000)) < 0.5
    w = coin(rng, 0.2 + 0.3 * u + 0.3 * v, 3_000)
    r = coin(rng, 0.3 + 0.4 * w, 3_000)
    x = coin(rng, 0.2 + 0.4 * r + 0.25 * u, 3_000)
    rows = {"w": w, "r": r, "x": x, "y": coin(rng, 0.15 + 0.35 * x + 0.35 * v, 3_000)}
    fitted = program("graph { w -> r -> x -> y; x <-> w <-> y }\neffect e = E[y | do(x = 1)]").fit(
        rows, progress=False
    )
    (sampler,) = fitted.samplers
    data = read_data(rows, fitted.columns, fitted.types)
    trained = Trained(sampler.network, sampler.modules, sampler.types, data, data, 0)
    assert any(draw.interim for draw in sampler.network.answer.draws)
    (found,) = trained.expectations({"x": torch.tensor([1])}, [lambda values: values["y"].double().numpy()])
    exact = fitted.influence(rows)["e"]
    assert np.corrcoef(found.moved, exact)[0, 1] > 0.98
    assert found.moved.std() == pytest.approx(exact.std(), rel=0.05)
    assert found.value == pytest.approx(fitted.answer()["e"].value, abs=0.02)


def rests(text: str, rows: Rows) -> tuple[dict[str, tuple[float, float]], dict[str, tuple[float, float]]]:
    """What the draws with conditions of an effect rest on: as computed exactly, and by simulation."""
    fitted = program(text).fit(rows, progress=False)
    (sampler,) = fitted.samplers
    data = read_data(rows, fitted.columns, fitted.types)
    trained = Trained(sampler.network, sampler.modules, sampler.types, data, data, 0)
    everything = {"P": torch.ones(data.rows, dtype=torch.bool)}
    crossed = CrossFitted(fitted, data, [everything], {sampler.query.kernel: [trained]}, [])
    crossed.evaluated(fitted.asked.effects[0])
    exact = fitted.answer(rows, intervals="influence")["e"].overlaps
    exactly, simulated = (
        {each.draw: (each.largest_ratio, each.effective_rows or 0.0) for each in found if each.given}
        for found in (exact, crossed.overlaps)
    )
    return exactly, simulated


def test_what_a_draw_of_an_interim_stage_rests_on_has_the_ratios_of_the_stages_outside() -> None:
    """On the napkin graph each draw of the interim stage has the ratio of its stage times that of the folded draw."""
    rng = np.random.default_rng(4)
    u, v = rng.random((2, 3_000)) < 0.5
    w = coin(rng, 0.2 + 0.3 * u + 0.3 * v, 3_000)
    r = coin(rng, 0.1 + 0.8 * w, 3_000)
    x = coin(rng, 0.05 + 0.4 * r + 0.25 * u, 3_000)
    rows = {"w": w, "r": r, "x": x, "y": coin(rng, 0.15 + 0.35 * x + 0.35 * v, 3_000)}
    exact, found = rests("graph { w -> r -> x -> y; x <-> w <-> y }\neffect e = E[y | do(x = 1)]", rows)
    assert exact.keys() == found.keys()
    assert min(effective for _, effective in exact.values()) < 1_000
    for draw, (largest, effective) in exact.items():
        assert found[draw] == (pytest.approx(largest, rel=0.1), pytest.approx(effective, rel=0.1)), draw


def test_what_a_draw_of_nested_interim_stages_rests_on_has_the_ratios_of_all_of_them() -> None:
    """Features of six variables are products of pairs at most, and so no ratio is quite exact."""
    rng = np.random.default_rng(2)
    a, b, c, d, e = rng.random((5, 4_000)) < 0.5
    rows = {"v0": coin(rng, 0.3 + 0.2 * a + 0.2 * b, 4_000)}
    rows["v1"] = coin(rng, 0.3 + 0.4 * rows["v0"], 4_000)
    rows["v2"] = coin(rng, 0.2 + 0.4 * rows["v1"] + 0.2 * c, 4_000)
    rows["v3"] = coin(rng, 0.1 + 0.4 * rows["v2"] + 0.2 * c + 0.2 * d, 4_000)
    rows["v4"] = coin(rng, 0.2 + 0.4 * rows["v3"] + 0.2 * a, 4_000)
    rows["v5"] = coin(rng, 0.1 + 0.4 * rows["v4"] + 0.1 * rows["v2"] + 0.15 * b + 0.15 * d, 4_000)
    rows["v6"] = coin(rng, 0.2 + 0.4 * rows["v5"] + 0.3 * e, 4_000)
    graph = (
        "v0 -> v1 -> v2 -> v3 -> v4 -> v5 -> v6; v2 -> v5; v0 <-> v4; v0 <-> v5; v2 <-> v3 <-> v5; v3 <-> v6"
    )
    exact, found = rests(f"graph {{ {graph} }}\neffect e = E[v6 | do(v5 = 1)]", rows)
    assert exact.keys() == found.keys()
    assert min(effective for _, effective in exact.values()) < 1_500
    for draw, (largest, effective) in exact.items():
        assert found[draw] == (pytest.approx(largest, rel=0.35), pytest.approx(effective, rel=0.15)), draw


def test_finite_questions_are_answered_exactly_beside_real_ones() -> None:
    """What is finite has the answer that it has alone; a difference of a finite and a real mean is corrected."""
    rng = np.random.default_rng(0)
    severity = rng.integers(3, size=300)
    treated = coin(rng, np.array([0.9, 0.5, 0.1])[severity], 300)
    rows = {"severity": severity, "treated": treated, "y": coin(rng, 0.3 + 0.15 * severity, 300)}
    rows["cost"] = severity + 2 * treated + rng.normal(size=300)
    finite = """effect risk = E[y | do(treated = 1)] - E[y | do(treated = 0)]
query law = P(y | do(treated))
"""
    alone = program("graph { severity -> {treated, y}; treated -> y }\n" + finite).fit(rows, progress=False)
    graph = "graph { severity -> {treated, cost, y}; treated -> {cost, y} }\n"
    text = f"""{graph}{finite}query costs = P(cost | do(treated = 1))
effect cost = E[cost | do(treated = 1)]
effect both = E[cost | do(treated = 1)] - E[y | do(treated = 1)]"""
    together = program(text).fit(rows, progress=False, epochs=1)
    wanted = alone.answer(rows, intervals="influence")
    found = together.answer(rows, intervals="influence", n=1_000)
    for name in ("risk", "law"):
        assert found[name].intervals == wanted[name].intervals
        assert found[name].overlaps == wanted[name].overlaps
    assert found["risk"].value == wanted["risk"].value
    assert [found[name].to_json().get("corrected", False) for name in ("risk", "cost", "both")] == [
        False,
        True,
        True,
    ]
    assert all(interval.known for interval in found.intervals)


def test_the_numbers_of_queries_are_corrected_and_have_intervals() -> None:
    """Chances, a mean, a standard deviation and quantiles, within four standard errors of the truth."""
    rng = np.random.default_rng(1)
    z = rng.normal(size=600)
    x = coin(rng, 1 / (1 + np.exp(-0.7 * z)), 600)
    w = coin(rng, 0.2 + 0.5 * x, 600)
    rows = {"z": z, "x": x, "w": w, "y": x + z + rng.normal(size=600)}
    text = """graph { z -> {x, y, w}; x -> {y, w} }
query law = P(y | do(x = 1))
query chance = P(w | do(x))
query mean = E[y | do(x = 0)]
"""
    answers = program(text).fit(rows, progress=False).answer(rows, intervals="influence", n=10_000)
    z_scores = np.array([0.0, -1.645, -0.674, 0.0, 0.674, 1.645])
    quantiles = 1 + np.sqrt(2) * z_scores
    truth = [quantiles[0], np.sqrt(2), *quantiles[1:], 0.8, 0.2, 0.3, 0.7, 0.0]
    found = answers.to_pandas()
    assert len(found) == len(truth)
    assert (np.abs(found["value"] - truth) < 4 * found["standard_error"]).all()
    assert (found["standard_error"] < 0.3).all()
    assert found["low"].notna().all()
    assert (found["low"] < found["value"]).all()
    assert (found["value"] < found["high"]).all()
    chances = found[found.index == "chance"]["value"]
    assert chances.iloc[0] + chances.iloc[1] == pytest.approx(1, abs=0.02)
    assert found["seed_spread"].between(0, 0.5).all()
    assert "spread between seeds at most" in str(answers)
    assert "corrected by rows" in str(answers)
