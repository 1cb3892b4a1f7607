"""How strong a latent would have to be: E-values, and the bias of an adjusted difference, beside one that is there."""

import numpy as np
import pytest

import dofx
from models.worlds import Rows, coin
from posed.compiled import program

ARMS = "E[y | do(x = 1)] - E[y | do(x = 0)]"
RATIO = "E[y | do(x = 1)] / E[y | do(x = 0)]"


def hidden(rows: int) -> Rows:
    """Rows in which u, a cause of x and of y, is not drawn."""
    rng = np.random.default_rng(0)
    u, z = coin(rng, 0.5, rows), coin(rng, 0.5, rows)
    x = coin(rng, 0.2 + 0.2 * z + 0.3 * u, rows)
    return {"u": u, "z": z, "x": x, "y": coin(rng, 0.15 + 0.2 * x + 0.2 * z + 0.3 * u, rows)}


def explained(y: np.ndarray, others: list[np.ndarray]) -> float:
    """The variance of y that is left within the cells of the others."""
    cell = np.ravel_multi_index(others, [2] * len(others))
    means = np.bincount(cell, y) / np.bincount(cell)
    return float(((y - means[cell]) ** 2).mean())


def weights(x: np.ndarray, others: list[np.ndarray]) -> float:
    """The mean square of the weights of the arms given the others."""
    cell = np.ravel_multi_index(others, [2] * len(others))
    share = (np.bincount(cell, x) / np.bincount(cell))[cell]
    return float(((x / share - (1 - x) / (1 - share)) ** 2).mean())


def test_the_bias_of_a_latent_is_within_the_bound_of_its_shares() -> None:
    rows = hidden(200_000)
    seen = {name: rows[name] for name in "zxy"}
    fitted = program(f"graph {{ z -> {{x, y}}; x -> y }}\neffect ate = {ARMS}").fit(seen, progress=False)
    found = fitted.sensitivity(seen)["ate"]
    z, u, x, y = (rows[name] for name in "zuxy")
    outcome = 1 - explained(y, [x, z, u]) / explained(y, [x, z])
    cause = 1 - weights(x, [z]) / weights(x, [z, u])
    bias = fitted.answer()["ate"].value - 0.2
    bound = found.bias(outcome, cause)
    assert bound is not None
    assert bias == pytest.approx(bound, rel=0.2)
    assert bias <= bound * 1.02
    robust = found.robustness_value
    assert robust is not None
    assert found.bias(robust, robust) == pytest.approx(fitted.answer()["ate"].value)
    assert found.scale == pytest.approx(np.sqrt(explained(y, [x, z]) * weights(x, [z])), rel=1e-3)


def test_e_values_are_those_of_the_risk_ratio_and_its_interval() -> None:
    rows = hidden(2_000)
    text = (
        f"graph {{ z -> {{x, y}}; x -> y }}\neffect ate = {ARMS}\neffect ratio = {RATIO}\neffect mean = E[y]"
    )
    fitted = program(text).fit(rows, progress=False)
    found, answers = fitted.sensitivity(rows), fitted.answer(rows, intervals="influence")
    ratio, interval = answers["ratio"].value, answers["ratio"].interval
    assert interval is not None
    low = interval.low
    for name in ("ate", "ratio"):
        assert found[name].e_value == pytest.approx(ratio + np.sqrt(ratio * (ratio - 1)))
        assert found[name].e_value_of_interval == pytest.approx(low + np.sqrt(low * (low - 1)))
    assert "E-value" in str(found["ate"])
    assert found["mean"].e_value is None
    assert found["mean"].bias(0.1, 0.1) is None


def test_an_effect_that_is_not_adjusted_has_no_robustness_value() -> None:
    rows = hidden(1_000)
    text = f"graph {{ x -> z -> y; x <-> y }}\neffect ate = {ARMS}"
    found = program(text).fit(rows, progress=False).sensitivity(rows)["ate"]
    assert found.robustness_value is None
    assert found.e_value is not None


def test_an_effect_that_may_be_none_is_explained_by_nothing() -> None:
    rng = np.random.default_rng(0)
    rows = {"x": coin(rng, 0.5, 100), "y": coin(rng, 0.5, 100)}
    found = (
        program(f"graph {{ x -> y }}\neffect ate = {ARMS}").fit(rows, progress=False).sensitivity(rows)["ate"]
    )
    assert found.e_value_of_interval == 1
    assert found.robustness_value_of_interval == 0


def test_a_real_outcome_has_the_bound_of_its_residuals_and_weights() -> None:
    """A linear Gaussian back door: S² is the noise's variance times E[1 / (p (1 - p))], here 2 + 2 exp(1 / 8)."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=1_000)
    x = coin(rng, 1 / (1 + np.exp(-0.5 * z)), 1_000)
    rows = {"z": z, "x": x, "y": x + 2 * z + 1.5 * rng.normal(size=1_000), "w": coin(rng, 0.5, 1_000)}
    text = f"""graph {{ z -> {{x, y}}; x -> y; w }}
effect ate = {ARMS}
effect even = E[w | do(x = 1)] - E[w | do(x = 0)]
effect dose = E[y | do(z = 1)] - E[y | do(z = 0)]
effect mean = E[y]"""
    found = program(text).fit(rows, epochs=1, progress=False).sensitivity(rows)
    ate = found["ate"]
    assert ate.scale == pytest.approx(1.5 * np.sqrt(2 + 2 * np.exp(1 / 8)), rel=0.08)
    robust, at_the_end = ate.robustness_value, ate.robustness_value_of_interval
    assert robust is not None
    assert at_the_end is not None
    assert 0 < at_the_end < robust
    bias = ate.bias(robust, robust)
    assert bias == pytest.approx(1, abs=0.4)  # as large as the effect
    assert ate.e_value is None
    assert not ate.reason
    assert "reason" not in ate.to_json()
    assert found["even"].e_value is not None  # finite, and exact beside the others
    assert "at one point of real" in found["dose"].reason
    assert str(found["dose"]) == found["dose"].to_json()["reason"]
    assert found["mean"].scale is None


def test_a_risk_under_real_covariates_has_an_e_value() -> None:
    rng = np.random.default_rng(1)
    z = rng.normal(size=600)
    x = coin(rng, 1 / (1 + np.exp(-z)), 600)
    rows = {"z": z, "x": x, "y": coin(rng, 1 / (1 + np.exp(1 - x - z)), 600)}
    fitted = program(f"graph {{ z -> {{x, y}}; x -> y }}\neffect ratio = {RATIO}").fit(
        rows, epochs=5, progress=False
    )
    found, answer = fitted.sensitivity(rows)["ratio"], fitted.answer(rows, intervals="influence")["ratio"]
    assert found.e_value == pytest.approx(answer.value + np.sqrt(answer.value * (answer.value - 1)))
    assert found.robustness_value is not None


def carried(rows: int) -> tuple[dict[str, Rows], str, list[dofx.DataSet]]:
    """A survey with more of z than the trial has, to which an effect of the trial is carried."""
    rng = np.random.default_rng(2)
    z, far = rng.normal(size=rows), 0.5 + rng.normal(size=rows)
    x = coin(rng, 0.5, rows)
    both = {"survey": {"z": far}, "trial": {"z": z, "x": x, "y": x + z + 1.5 * rng.normal(size=rows)}}
    survey = dofx.DataSet("survey", measures=["z"])
    trial = dofx.DataSet("trial", sets=["x"], measures=["z", "y"], differs=["z"])
    return both, f"graph {{ z -> {{x, y}}; x -> y }}\neffect ate = {ARMS}", [survey, trial]


def test_an_effect_from_two_data_sets_has_the_bound_of_the_rows_that_show_its_outcome() -> None:
    """Weights are those of the arms times the ratio of the two laws of z: 4 exp(1 / 4) is their mean square."""
    both, text, sets = carried(1_000)
    asked = dofx.compile(text, data=sets)
    assert isinstance(asked, dofx.CompiledProgram)
    found = asked.fit(both, epochs=1, progress=False).sensitivity(both)["ate"]
    assert found.scale == pytest.approx(1.5 * np.sqrt(4 * np.exp(0.25)), rel=0.1)
    assert found.robustness_value is not None
    finite = {name: {key: (part[key] > 0).astype(int) for key in part} for name, part in both.items()}
    exact = dofx.compile(text, data=sets)
    assert isinstance(exact, dofx.CompiledProgram)
    found = exact.fit(finite, progress=False).sensitivity(finite)["ate"]
    z, x, y = (finite["trial"][name] for name in "zxy")
    ratio = (np.bincount(finite["survey"]["z"]) / np.bincount(z))[z]
    share = (np.bincount(z, x) / np.bincount(z))[z]
    square = float(((ratio * (x / share - (1 - x) / (1 - share))) ** 2).mean())
    assert found.scale == pytest.approx(np.sqrt(explained(y, [x, z]) * square), rel=3e-3)


def test_an_effect_from_rows_with_holes_has_the_bound_of_those_that_show_its_outcome() -> None:
    """Holes of y depend on z: rows that show y have less of it, and count for more."""
    rng = np.random.default_rng(3)
    z = coin(rng, 0.5, 4_000)
    x = coin(rng, 0.3 + 0.4 * z, 4_000)
    y, shown = coin(rng, 0.2 + 0.3 * x + 0.2 * z, 4_000), coin(rng, 0.9 - 0.5 * z, 4_000) == 1
    rows = {"z": z, "x": x, "y": np.where(shown, y, np.nan)}
    text = f"graph {{ z -> {{x, y}}; x -> y; z -> missing(y) }}\neffect ate = {ARMS}"
    found = program(text).fit(rows, progress=False).sensitivity(rows)["ate"]
    part, x, y = z[shown], x[shown], y[shown]
    ratio = (np.bincount(z) / len(z) / (np.bincount(part) / len(part)))[part]
    share = (np.bincount(part, x) / np.bincount(part))[part]
    square = float(((ratio * (x / share - (1 - x) / (1 - share))) ** 2).mean())
    assert found.scale == pytest.approx(np.sqrt(explained(y, [x, part]) * square), rel=3e-3)


def test_what_has_no_robustness_value_says_why() -> None:
    rows = hidden(1_000)
    text = f"""graph {{ x -> z -> y; x <-> y }}
effect ate = {ARMS}
effect chances = {ARMS.replace("E[y", "P(y = 1").replace("]", ")")}"""
    found = program(text).fit(rows, progress=False).sensitivity(rows)
    assert "by adjustment" in found["ate"].reason
    assert str(found["ate"]).endswith(found["ate"].reason)
    assert "ask for means" in str(found["chances"])
