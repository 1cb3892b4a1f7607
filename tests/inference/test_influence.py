"""Influence functions: the derivative of every finite answer by the law of the rows, and intervals by it."""

import numpy as np
import pytest

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError
from models.worlds import Rows, coin, front_door_rows, napkin_rows
from oracles.gateaux import check, problem
from posed.compiled import program

ARMS = "E[y | do(x = 1)] - E[y | do(x = 0)]"
FRONT_DOOR = f"graph {{ x -> z -> y; x <-> y }}\neffect ate = {ARMS}\nquery q = P(y | do(x))"
NAPKIN = f"graph {{ w -> r -> x -> y; x <-> w <-> y }}\neffect ate = {ARMS}"


@pytest.mark.parametrize("first", range(0, 24, 6))
def test_the_influence_function_is_the_derivative_of_the_answer(first: int) -> None:
    found = [check(problem(seed), directions=2) for seed in range(first, first + 6)]
    identified = [each for each in found if each is not None]
    assert identified
    assert max(error for error, _ in identified) < 1e-6


def test_stages_that_are_refitted_pass_their_derivative_on() -> None:
    """In the problems of every third seed."""
    found = [check(problem(seed), directions=2) for seed in range(300, 330, 3)]
    interim = [error for error, stages in filter(None, found) if stages]
    assert len(interim) > 5
    assert max(interim) < 1e-6


def test_an_influence_function_holds_at_any_rows_of_the_law_last_fitted() -> None:
    rows, _ = front_door_rows(400)
    fitted = program(FRONT_DOOR).fit(rows, progress=False)
    first = {name: values[:1] for name, values in rows.items()}
    assert np.allclose(fitted.influence(first)["ate"], fitted.influence(rows)["ate"][:1])
    assert abs(fitted.influence(rows)["ate"].mean()) < 1e-6
    assert fitted.influence(rows).keys() == {"ate"}
    more = {name: np.concatenate([values, values]) for name, values in rows.items()}
    fitted.fit(more, progress=False)
    assert np.allclose(fitted.influence(first)["ate"], fitted.influence(more)["ate"][:1])


@pytest.mark.parametrize(("text", "make"), [(FRONT_DOOR, front_door_rows), (NAPKIN, napkin_rows)])
def test_standard_errors_are_those_of_the_bootstrap(text: str, make: object) -> None:
    rows: Rows = make(3_000)[0]  # type: ignore[operator]
    fitted = program(text).fit(rows, progress=False)
    quick = fitted.answer(rows, intervals="influence")
    slow = fitted.answer(rows, intervals="bootstrap", replicates=2_000)
    for mine, theirs in zip(quick.intervals, slow.intervals, strict=True):
        assert mine.standard_error == pytest.approx(theirs.standard_error, rel=0.1)
    interval = quick["ate"].interval
    assert interval is not None
    assert interval.method == "influence"
    assert quick["ate"].value in interval
    assert "by the influence of 3,000 rows" in str(quick)
    assert interval.to_json()["method"] == "influence"


def test_a_mean_has_the_standard_error_that_books_give() -> None:
    rng = np.random.default_rng(0)
    rows = {"x": coin(rng, 0.5, 200), "y": coin(rng, 0.3, 200)}
    fitted = program("graph { x; y }\neffect mean = E[y]").fit(rows, progress=False)
    error = fitted.answer(rows, intervals="influence")["mean"].standard_error
    assert error == pytest.approx(rows["y"].std(ddof=1) / np.sqrt(200), rel=1e-5)


def test_rows_that_the_law_does_not_have_are_refused_where_they_are_asked() -> None:
    rng = np.random.default_rng(0)
    z = coin(rng, 0.5, 200)
    rows = {"z": z, "x": np.where(z == 1, coin(rng, 0.5, 200), 0), "y": coin(rng, 0.3, 200)}
    fitted = program(f"graph {{ z -> {{x, y}}; x -> y }}\neffect ate = {ARMS}").fit(rows, progress=False)
    assert np.isfinite(fitted.influence(rows)["ate"]).all()
    with pytest.raises(DofxError, match="E0453"):
        fitted.influence({"z": [0], "x": [1], "y": [0]})


def test_generators_that_are_not_tables_have_no_exact_influence_function() -> None:
    rng = np.random.default_rng(0)
    rows = {"x": coin(rng, 0.5, 200), "y": rng.normal(size=200)}
    fitted = program(f"graph {{ x -> y }}\neffect ate = {ARMS}").fit(rows, epochs=1, progress=False)
    with pytest.raises(DofxError, match="E0453"):
        fitted.influence(rows)
    with pytest.raises(DofxError, match="E0420"):
        program(FRONT_DOOR).influence(rows)


def test_a_ratio_whose_denominator_may_be_zero_has_no_interval() -> None:
    rng = np.random.default_rng(0)
    rows = {"x": coin(rng, 0.5, 300), "y": coin(rng, 0.3, 300) * 2 - 1, "w": coin(rng, 0.5, 300)}
    text = "graph { x -> y; w }\neffect weak = E[w] / (E[y | do(x = 1)] - E[y | do(x = 0)])\neffect firm = E[w] / E[x]"
    answers = program(text).fit(rows, progress=False).answer(rows, intervals="influence")
    weak, firm = answers["weak"].interval, answers["firm"].interval
    assert weak is not None
    assert firm is not None
    assert not weak.known
    assert "denominator" in str(answers)
    assert weak.to_json()["low"] is None
    assert firm.known


def test_fiellers_interval_is_the_set_of_ratios_that_are_not_refuted() -> None:
    """``r`` is inside where ``E[w] - r E[x]`` is no farther from 0 than its error."""
    rng = np.random.default_rng(1)
    rows = {"x": coin(rng, 0.3, 150), "w": coin(rng, 0.5, 150)}
    fitted = program("graph { x; w }\neffect ratio = E[w] / E[x]").fit(rows, progress=False)
    interval = fitted.answer(rows, intervals="influence")["ratio"].interval
    assert interval is not None
    for end in interval:
        found = rows["w"] - end * rows["x"]
        error = found.std(ddof=1) / np.sqrt(150)
        assert abs(found.mean()) / error == pytest.approx(1.976, abs=0.01)


def test_a_probability_keeps_its_bounds() -> None:
    rng = np.random.default_rng(0)
    rows = {"x": coin(rng, 0.5, 100), "y": coin(rng, 0.02, 100), "w": np.zeros(100, int)}
    asked = "query q = P(y)\neffect rare = P(y = 1)\neffect never = P(w = true)"
    text = f"graph {{ x; y; w }}\nvariables {{ w : bool }}\n{asked}"
    rows["w"] = rows["w"].astype(bool)
    answers = program(text).fit(rows, progress=False).answer(rows, intervals="influence")
    for interval in answers.intervals:
        assert 0 <= interval.low <= interval.high <= 1
    never = answers["never"].interval
    assert never is not None
    assert never.high == pytest.approx(1 - 0.025 ** (1 / 100))


def test_few_effective_rows_are_refused_and_said() -> None:
    rng = np.random.default_rng(0)
    z = coin(rng, 0.5, 400)
    rows = {"z": z, "x": coin(rng, np.where(z == 1, 0.5, 0.015), 400), "y": coin(rng, 0.4, 400)}
    fitted = program(f"graph {{ z -> {{x, y}}; x -> y }}\neffect ate = {ARMS}").fit(rows, progress=False)
    answers = fitted.answer(rows, intervals="influence")
    answer = answers["ate"]
    assert answer.interval is not None
    assert not answer.interval.known
    assert "effective rows" in str(answers)
    assert min(each.effective_rows for each in answer.overlaps if each.effective_rows is not None) < 20
    assert answer.to_json()["overlaps"][0]["largest_ratio"] > 1


def test_the_effective_rows_of_an_arm_without_confounding_are_its_rows() -> None:
    rng = np.random.default_rng(0)
    rows = {"x": coin(rng, 0.25, 400), "y": coin(rng, 0.4, 400)}
    fitted = program("graph { x -> y }\neffect one = E[y | do(x = 1)]").fit(rows, progress=False)
    answer = fitted.answer(rows, intervals="influence")["one"]
    (overlap,) = answer.overlaps
    assert overlap.effective_rows == pytest.approx(rows["x"].sum())
    assert overlap.largest_ratio == pytest.approx(400 / rows["x"].sum())
    treated = rows["y"][rows["x"] == 1]
    assert answer.standard_error == pytest.approx(treated.std(ddof=1) / np.sqrt(len(treated)), rel=0.01)


WORLDS = {
    "effect on the treated": "E[y[x = 1] - y[x = 0] | x = 1]",
    "natural direct effect": "E[y[x = 1, m = m[x = 0]]] - E[y[x = 0]]",
    "joint over worlds": "P(y[x = 1] = 1, z = 1)",
    "shift": "E[y | do(x = min(x + 1, 1))] - E[y]",
    "policy": "E[y | do(x ~ g(z))]",
    "function as a policy": "E[y | do(x ~ f(z))]",
}
POLICIES = {
    "policy": {"g": dofx.Table(["z", "x"], [[0.3, 0.7], [0.8, 0.2], [0.5, 0.5]])},
    "function as a policy": {"f": lambda z: z > 0},
}


@pytest.mark.parametrize("name", WORLDS)
def test_wires_and_policies_pass_the_derivative_on(name: str) -> None:
    """A policy has no term of its own, since no row can change it."""
    rng = np.random.default_rng(1)
    joint = rng.dirichlet(np.full(24, 3.0)).reshape(3, 2, 2, 2)
    fitted = program(f"graph {{ z -> {{x, y}}; x -> m -> y; x -> y }}\neffect e = {WORLDS[name]}")
    bound = POLICIES.get(name, {})

    def asked(table: np.ndarray) -> dofx.CompiledProgram:
        fitted.fit(dofx.Table("zxmy", table))
        return fitted.following(bound) if bound else fitted

    rows = {each: states.ravel() for each, states in zip("zxmy", np.indices(joint.shape), strict=True)}
    values = asked(joint).influence(rows)["e"].reshape(joint.shape)
    assert (values * joint).sum() == pytest.approx(0, abs=1e-9)
    towards = rng.dirichlet(np.ones(24)).reshape(joint.shape)

    def slope(step: float) -> float:
        up, down = (asked(joint + sign * step * (towards - joint)).answer()["e"].value for sign in (1, -1))
        return (up - down) / (2 * step)

    step = 0.02 * float(joint.min())
    truth = (4 * slope(step / 2) - slope(step)) / 3
    assert (values * towards).sum() == pytest.approx(truth, rel=1e-7)


def test_where_a_known_law_has_no_rows_the_marginal_that_fills_in_moves_the_answer() -> None:
    rng = np.random.default_rng(2)
    joint, other = rng.dirichlet(np.full(12, 3.0), 2).reshape(2, 2, 2, 3)
    for each in (joint, other):
        each[1, 1] = 0
        each /= each.sum()
    fitted = program(f"graph {{ z -> {{x, y}}; x -> y }}\neffect ate = {ARMS}")
    rows = {name: states.ravel() for name, states in zip("zxy", np.indices(joint.shape), strict=True)}
    shown = joint.ravel() > 0
    fitted.fit(dofx.Table("zxy", joint))
    values = fitted.influence({name: states[shown] for name, states in rows.items()})["ate"]

    def value(step: float) -> float:
        return fitted.fit(dofx.Table("zxy", joint + step * (other - joint))).answer()["ate"].value

    truth = (value(1e-4) - value(-1e-4)) / 2e-4
    assert values @ other.ravel()[shown] == pytest.approx(truth, rel=1e-6)
    with pytest.raises(DofxError, match="E0453"):
        fitted.influence(rows)
