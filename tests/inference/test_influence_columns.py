"""Influence values that are kept: a column per effect gives its standard error, in subgroups too."""

import numpy as np
import pytest

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError
from models.worlds import Rows, coin
from posed.compiled import program

ARMS = "E[{0} | do(x = 1)] - E[{0} | do(x = 0)]"


def back_door(rows: int) -> Rows:
    """Rows of z -> {x, y, cost}, x -> {y, cost}; `cost` is a real number."""
    rng = np.random.default_rng(0)
    z = coin(rng, 0.4, rows)
    x = coin(rng, 0.2 + 0.5 * z, rows)
    y = coin(rng, 0.1 + 0.3 * x + 0.2 * z + 0.2 * x * z, rows)
    return {"z": z, "x": x, "y": y, "cost": x + 2 * z + rng.normal(size=rows)}


def mixed() -> dofx.CompiledProgram:
    return program(
        f"graph {{ z -> {{x, y, cost}}; x -> {{y, cost}} }}\neffect ate = {ARMS.format('y')}\n"
        f"effect costs = {ARMS.format('cost')}"
    )


def test_columns_give_the_standard_errors_of_exact_and_of_corrected_effects() -> None:
    rows = back_door(200)
    fitted = mixed().fit(rows, epochs=1, progress=False)
    answers = fitted.answer(rows, intervals="influence", n=1_000)
    columns = answers.influence
    assert list(columns) == ["ate", "costs"]
    assert columns["costs"] is answers["costs"].influence  # type: ignore[union-attr]
    for name, column in columns.items():
        assert column.shape == (200,)
        interval = answers[name].interval
        assert interval is not None
        found = np.hypot(np.sqrt(np.mean(column**2) / 200), interval.seed_spread or 0.0)
        assert abs(column.mean()) < 1e-6 * column.std()
        assert found == pytest.approx(interval.standard_error, rel=1e-9)
    assert answers["ate"].interval.seed_spread is None  # type: ignore[union-attr]
    assert columns["costs"] @ (rows["cost"] * (2 * rows["x"] - 1)) > 0  # in the order of the rows
    assert not fitted.answer(n=1_000).influence
    assert not any("influence" in each.to_json() for each in answers.effects)


def test_a_program_with_trained_generators_has_the_influence_of_its_finite_effects() -> None:
    rows = back_door(200)
    fitted = mixed().fit(rows, epochs=1, progress=False)
    found = fitted.influence(rows)
    alone = program(f"graph {{ z -> {{x, y}}; x -> y }}\neffect ate = {ARMS.format('y')}")
    assert list(found) == ["ate"]
    np.testing.assert_allclose(found["ate"], alone.fit(rows, progress=False).influence(rows)["ate"])
    with pytest.raises(DofxError, match=r"E0453(.|\n)*`costs`: its distribution is not finite"):
        found["costs"]
    with pytest.raises(DofxError, match="did you mean `ate`"):
        found["at"]


def test_a_subgroup_has_the_effect_and_the_standard_error_of_its_own_rows() -> None:
    """Where z is adjusted for, the rows of one of its states answer as if they were fitted alone."""
    rows = back_door(600)
    text = "graph {{ {0} }}\neffect ate = " + ARMS.format("y")
    fitted = program(text.format("z -> {x, y}; x -> y")).fit(rows, progress=False)
    answers = fitted.answer(rows, intervals="influence")
    kept, exact = answers.influence["ate"], fitted.influence(rows)["ate"]
    for state in (0, 1):
        here = rows["z"] == state
        part = {name: rows[name][here] for name in "xy"}
        alone = program(text.format("x -> y")).fit(part, progress=False).answer(part, intervals="influence")
        assert answers["ate"].value + exact[here].mean() == pytest.approx(alone["ate"].value, abs=1e-6)
        assert kept[here].std() / np.sqrt(here.sum()) == pytest.approx(alone["ate"].standard_error, rel=1e-5)


def test_columns_have_a_value_for_each_row_whatever_it_counts() -> None:
    """Rows without a weight have 0; the others give the standard error by their weights and clusters."""
    rng = np.random.default_rng(1)
    rows = {**back_door(300), "w": rng.integers(0, 4, 300), "ward": rng.integers(0, 40, 300)}
    text = (
        f"graph {{ z -> {{x, y, cost}}; x -> {{y, cost}} }}\ndata P weights w cluster ward\n"
        f"effect ate = {ARMS.format('y')}\neffect costs = {ARMS.format('cost')}"
    )
    fitted = program(text).fit(rows, epochs=1, progress=False)
    answers = fitted.answer(rows, intervals="influence", n=1_000)
    for name, column in answers.influence.items():
        assert column.shape == (300,)
        assert (column[rows["w"] == 0] == 0).all()
        weights = rows["w"] / rows["w"].sum()
        sums = np.bincount(rows["ward"], weights * (column - weights @ column))
        interval = answers[name].interval
        assert interval is not None
        units = len(np.unique(rows["ward"][rows["w"] > 0]))
        found = np.hypot(np.sqrt((sums**2).sum() * units / (units - 1)), interval.seed_spread or 0.0)
        assert found == pytest.approx(interval.standard_error, rel=1e-9)


def test_columns_of_several_data_sets_have_their_names() -> None:
    rng = np.random.default_rng(2)
    survey = dofx.DataSet("survey", measures=["age"])
    trial = dofx.DataSet("trial", sets=["x"], measures=["age", "y", "cost"], differs=["age"], weights="w")
    text = (
        "graph { age -> {x, y, cost}; x -> {y, cost}; x <-> y; x <-> cost }\n"
        f"effect ate = {ARMS.format('y')}\neffect costs = {ARMS.format('cost')}"
    )
    carried = dofx.compile(text, data=[survey, trial])
    assert isinstance(carried, dofx.CompiledProgram)
    age, x = rng.integers(0, 2, 150), rng.integers(0, 2, 150)
    of_trial = {"age": age, "x": x, "y": coin(rng, 0.3 + 0.3 * x * age, 150)}
    of_trial |= {"cost": x + age + rng.normal(size=150), "w": coin(rng, 0.8, 150)}
    both = {"survey": {"age": rng.integers(0, 2, 200)}, "trial": of_trial}
    answers = carried.fit(both, epochs=1, progress=False).answer(both, intervals="influence", n=1_000)
    assert carried.influence(both)["ate"]["trial"].shape == (150,)
    assert list(answers.influence) == ["ate", "costs"]
    for name, columns in answers.influence.items():
        assert {key: each.shape for key, each in columns.items()} == {"survey": (200,), "trial": (150,)}
        interval = answers[name].interval
        assert interval is not None
        counting = columns["trial"][of_trial["w"] > 0]
        assert not columns["trial"][of_trial["w"] == 0].any()
        error = np.sqrt(columns["survey"].var() / 200 + counting.var() / len(counting))
        assert np.hypot(error, interval.seed_spread or 0.0) == pytest.approx(
            interval.standard_error, rel=1e-9
        )
