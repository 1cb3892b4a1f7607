"""Influence functions: the derivative of every finite answer by the law of the rows, and intervals by it."""

import numpy as np
import pytest

import dofx
from dofx.grammar.diagnostics import DofxError
from gateaux import check, problem
from worlds import Rows, coin, front_door_rows, napkin_rows

ARMS = "E[y | do(x = 1)] - E[y | do(x = 0)]"
FRONT_DOOR = f"graph {{ x -> z -> y; x <-> y }}\neffect ate = {ARMS}\nquery q = P(y | do(x))"
NAPKIN = f"graph {{ w -> r -> x -> y; x <-> w <-> y }}\neffect ate = {ARMS}"


def program(text: str) -> dofx.CompiledProgram:
    found = dofx.compile(text)
    assert isinstance(found, dofx.CompiledProgram)
    return found


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


def test_generators_that_are_not_tables_have_none_yet() -> None:
    rng = np.random.default_rng(0)
    rows = {"x": coin(rng, 0.5, 200), "y": rng.normal(size=200)}
    fitted = program(f"graph {{ x -> y }}\neffect ate = {ARMS}").fit(rows, epochs=1, progress=False)
    with pytest.raises(DofxError, match="E0453"):
        fitted.answer(rows, intervals="influence")
    with pytest.raises(DofxError, match="E0420"):
        program(FRONT_DOOR).influence(rows)
