"""The bootstrap of tables: all replicates at once have the numbers of fitting each replicate's rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import dofx
from dofx.grammar.parse import parse_effect
from dofx.runtime.answers.bootstrap import answers as bootstrap
from dofx.runtime.answers.bootstrap import replicates
from dofx.runtime.answers.bootstrap.at_once import Batch, fit_at_once
from dofx.runtime.answers.effects import Exact, evaluate, evaluate_each
from dofx.runtime.data.dataset import Dataset, read_data
from dofx.runtime.data.values import Values
from dofx.runtime.families.table import TableGenerator
from dofx.runtime.fitting.fit import fit_network, fit_options
from dofx.runtime.program import CompiledProgram
from dofx.runtime.sampler import Sampler
from models.worlds import FRONT_DOOR, NAPKIN, Rows, coin, front_door_rows, napkin_rows

ARMS = "E[y | do(x = 1)] - E[y | do(x = 0)]"
RATIO = "P(y = 1 | do(x = 1)) / P(y = 1 | do(x = 0))"


def covariates_rows(rows: int) -> Rows:
    """Rows of four covariates, of which few combinations occur often, with x and y."""
    rng = np.random.default_rng(0)
    found: Rows = {f"c{i}": (rng.random(rows) ** 3 * (2 + i)).astype(int) for i in range(4)}
    found["x"] = coin(rng, 0.2 + 0.1 * found["c0"] + 0.1 * found["c3"], rows)
    found["y"] = coin(rng, 0.1 + 0.3 * found["x"] + 0.2 * found["c1"], rows)
    return found


def back_door() -> Sampler:
    """Its covariates are drawn together from real rows."""
    return dofx.compile(
        "P(y | do(x))",
        "c0 -> c1; c1 -> c2; c2 -> c3; c0 -> {x, y}; c1 -> {x, y}; c2 -> {x, y}; c3 -> {x, y}; x -> y",
    )


def folded_napkin() -> Sampler:
    return dofx.compile("P(y | do(x))", "w -> r; r -> x; x -> y; x <-> w; w <-> y")


CASES: dict[str, tuple[Callable[[], Sampler], Rows]] = {
    "front door": (lambda: Sampler(FRONT_DOOR), front_door_rows(300)[0]),
    "napkin": (lambda: Sampler(NAPKIN), napkin_rows(300)[0]),
    "napkin, folded": (folded_napkin, napkin_rows(40)[0]),
    "back door": (back_door, covariates_rows(150)),
    "back door, smoothed": (back_door, covariates_rows(2_000)),
}


@pytest.mark.parametrize("case", CASES)
def test_each_replicate_has_the_numbers_of_its_own_fit(case: str) -> None:
    make, rows = CASES[case]
    smooth: dict[Any, Any] = {"y": lambda y, given: TableGenerator(y, given, smoothing=2.0)}
    asked = smooth if "smoothed" in case else {"y": "table"}
    sampler = make().fit(rows, generators=asked)
    data = read_data(rows, list(rows))
    chosen = sampler.chosen(data.types, asked)
    options = fit_options(chosen.specs)
    batches = fit_at_once(chosen.network, data, options, 12, seed=3)
    assert batches is not None
    (batch,) = batches
    tables = batch.tables.part(chosen.network, {fit: fit for fit in chosen.network.fits}, sampler.types)

    def exact(_: Sampler, do: Values, given: Values) -> Exact:
        return tables.outcome_table(do, given, {})

    at_once = tables.distribution(None, None, {})
    worked_out = {effect: parse_effect(effect) for effect in (ARMS, RATIO)}
    values = {name: evaluate_each(effect, lambda _: sampler, exact) for name, effect in worked_out.items()}
    for number in range(12):
        theirs = batch.rows.of(number)
        assert theirs.rows == data.rows
        modules, _ = fit_network(chosen.network, theirs, options, progress=False)
        alone, lazily = (
            sampler.like(modules, chosen.network),
            sampler.like(batch.modules(number), chosen.network),
        )
        expected = alone.distribution().array(at_once.names[1:])
        np.testing.assert_allclose(at_once.array()[number], expected, rtol=0, atol=1e-12)
        np.testing.assert_allclose(
            lazily.distribution().array(at_once.names[1:]), expected, rtol=0, atol=1e-12
        )
        for name, effect in worked_out.items():
            found = evaluate(effect, lambda leaf: alone)  # noqa: B023 - evaluated at once
            assert values[name][number] == pytest.approx(found.value, abs=1e-12)
    assert np.ptp(values[ARMS]) > 0.01


PROGRAM = """
graph { c0 -> {x, y}; c1 -> {x, y}; c2 -> {x, y}; c3 -> {x, y}; x -> y; y -> w; x <-> lost; lost <-> y; lost -> y }
query open = P(y, w | do(x))
query mean = E[c2 | x]
query none = P(y | do(lost))
effect ate = E[y | do(x = 1)] - E[y | do(x = 0)]
effect rare = P(c3 = 4 | x = 1) / P(c0 = 1, c3 = 4 | x = 0) + 1
effect wide = P(c0 = 0, c1 = 0, c2 = 0, c3 = 0 | do(x = 1))
"""


def test_a_program_answers_for_all_replicates_what_it_answers_for_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = covariates_rows(120)
    rows["w"] = 1 - rows["y"]
    rows["lost"] = rows["x"]
    program = dofx.compile(PROGRAM)
    assert isinstance(program, CompiledProgram)
    program.fit(rows, progress=False)
    made: list[Batch] = []
    kept: list[np.ndarray] = []

    def spied(*arguments: Any) -> Any:
        found = fit_at_once(*arguments)
        assert found is not None
        made.extend(found)
        return iter(made)

    monkeypatch.setattr(bootstrap, "fit_at_once", spied)
    monkeypatch.setattr(bootstrap, "interval_of", lambda column: kept.append(column))
    monkeypatch.setattr(bootstrap, "fit_replicates", None)
    bootstrap.bootstrap(program, rows, 15, seed=1)
    at_once = np.array(kept)
    kept.clear()
    (batch,) = made
    monkeypatch.setattr(bootstrap, "fit_at_once", lambda *_: None)
    one_by_one = (batch.modules(number) for number in range(15))
    monkeypatch.setattr(bootstrap, "fit_replicates", lambda *_: one_by_one)
    bootstrap.bootstrap(program, rows, 15, seed=1)
    np.testing.assert_allclose(at_once, np.array(kept), rtol=0, atol=1e-9)
    assert at_once.shape == (len(program.answer().numbers), 15)
    assert 0 < np.isnan(at_once).any(0).sum() < 15


def test_tables_are_fitted_at_once_and_networks_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, _ = front_door_rows(200)
    data, sampler = read_data(rows, list(rows)), Sampler(FRONT_DOOR).fit(rows)
    monkeypatch.setattr(replicates, "fit_replicates", None)
    made = sampler.bootstrap(rows, 20)
    interval = made.effect(ARMS)
    alone = [evaluate(parse_effect(ARMS), lambda leaf: replicate).value for replicate in made]  # noqa: B023
    assert tuple(interval) == pytest.approx(np.quantile(alone, [0.025, 0.975]), abs=1e-12)
    assert fit_at_once(FRONT_DOOR, data, fit_options(), 2) is not None
    assert fit_at_once(NAPKIN, _napkin(), fit_options(exact_refits=False), 2) is None
    with_network = sampler.chosen(data.types, {"y": "softmax"})
    assert fit_at_once(with_network.network, data, fit_options(with_network.specs), 2) is None


def test_batches_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, _ = front_door_rows(200)
    sampler, found = Sampler(FRONT_DOOR).fit(rows), []
    for most in (1 << 23, 100):
        monkeypatch.setattr("dofx.runtime.answers.bootstrap.at_once.MOST_NUMBERS", most)
        made = sampler.bootstrap(rows, 20)
        found.append((made.distribution().low, made.effect(ARMS), made[13].distribution().array()))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=0, atol=1e-12)
    assert tuple(found[0][1]) == pytest.approx(tuple(found[1][1]), abs=1e-12)
    np.testing.assert_allclose(found[0][2], found[1][2], rtol=0, atol=1e-12)


def test_a_replicate_that_divides_by_zero_does_not_count() -> None:
    y = np.array([1, *[0] * 9, *[1] * 5, *[0] * 5])
    rows = {"x": np.repeat([0, 1], 10), "y": y}
    ways: list[Any] = [None, {"y": lambda y, given: Counted(y, given)}]
    for generators in ways:
        sampler = dofx.compile("P(y | do(x))", "x -> y").fit(rows, generators=generators)
        interval = sampler.bootstrap(rows, 60, generators=generators).effect(RATIO)
        assert 30 <= interval.replicates <= 50
        assert interval.high < 100


def test_real_rows_that_a_program_asks_for_by_name_divide_by_zero_as_tables_do() -> None:
    """No row has z = 1 and w = 1: what the tables of real rows say of them comes from pseudo-counts."""
    rows = {"z": [0, 0, 0, 1, 1, 1] * 5, "w": [0, 1, 1, 0, 0, 0] * 5, "x": [0, 1, 0, 1, 1] * 6}
    ratio = "P(z = 1, w = 1, x = 1 | do(y = 1)) / P(z = 1, w = 1 | do(y = 1))"
    known = "P(z = 0, w = 1, x = 1 | do(y = 1)) / P(z = 0, w = 1 | do(y = 1))"
    text = f"graph {{ z -> w -> x -> y; z -> x }} effect e = {ratio} effect k = {known}"
    for names in ("", "zw", "zwx"):
        program = dofx.compile(text).fit({**rows, "y": rows["w"]}, generators=dict.fromkeys(names, "rows"))
        undefined, defined = program.answer().effects
        assert undefined.estimate is None
        assert defined.estimate is not None
        assert defined.estimate.value == pytest.approx(0.6, abs=1e-5)


class Counted(TableGenerator):
    """A table with a `fit` of its own, whatever it does: its replicates are fitted one after another."""

    def fit(self, *arguments: Any, **options: Any) -> Any:
        return super().fit(*arguments, **options)


def _napkin() -> Dataset:
    rows, _ = napkin_rows(200)
    return read_data(rows, list(rows))
