"""A graph held against rows: what is true is kept, what is false is contradicted, at the level that is stated."""

import weakref
from collections.abc import Callable, Iterable
from math import sqrt
from typing import Any

import numpy as np
import pytest
import torch

import dofx
from dofx.runtime.data.dataset import Dataset, read_data
from dofx.runtime.judging import weakest
from dofx.runtime.judging.independence import dependence
from dofx.runtime.judging.shown import Seen, Shown
from dofx.runtime.variables import Finite

Rows = dict[str, np.ndarray]
World = Callable[[np.random.Generator, int], Rows]


def numbers(rng: np.random.Generator, n: int) -> Rows:
    z = rng.normal(size=n)
    return {"z": z, "x": np.sin(2 * z) + rng.normal(size=n), "y": np.exp(z + rng.normal(size=n))}


def mixed(rng: np.random.Generator, n: int) -> Rows:
    z = rng.normal(size=n)
    return {"z": z, "x": rng.random(n) < 1 / (1 + np.exp(-2 * z)), "y": z + (1 + z**2) * rng.normal(size=n)}


def labels(rng: np.random.Generator, n: int) -> Rows:
    z = rng.integers(0, 10, n)
    return {"z": z, "x": (z + rng.integers(0, 3, n)) % 6, "y": rng.random(n) < 0.1 + 0.08 * z}


def rare(rng: np.random.Generator, n: int) -> Rows:
    z = rng.random(n) < 0.5
    return {"z": z, "x": (rng.random(n) < 0.05), "y": (rng.random(n) < 0.02 + 0.04 * z)}


def products(rng: np.random.Generator, n: int) -> Rows:
    z, w = rng.normal(size=n), rng.integers(0, 2, n)
    return {"z": z, "w": w, "x": z * w + rng.normal(size=n), "y": z * w - w + rng.normal(size=n)}


@pytest.mark.parametrize("world", [numbers, mixed, labels, rare, products])
def test_what_is_independent_is_contradicted_as_rarely_as_stated(world: World) -> None:
    runs, below = 150, 0
    for seed in range(runs):
        rows = world(np.random.default_rng(seed), 300)
        data = read_data(rows, list(rows))
        below += dependence(data, "x", "y", [name for name in rows if name not in "xy"]).p < 0.05
    # Four standard deviations of a count with chance 0.05.
    assert below <= runs * 0.05 + 4 * sqrt(runs * 0.05 * 0.95)


@pytest.mark.parametrize("world", [numbers, labels])
def test_an_edge_that_the_graph_lacks_is_found(world: World) -> None:
    rng = np.random.default_rng(0)
    rows = world(rng, 2_000)
    true = dofx.judge("x <- z -> y", rows)
    assert true
    assert "contradict none of 1 implied independence" in str(true)
    false = dofx.judge("z; x; y", rows)
    assert not false
    assert {"z ⊥ x", "z ⊥ y"} <= {str(verdict.independence) for verdict in false.contradicted}
    assert str(false.contradicted[0].independence) in str(false)


def test_two_numbers_have_the_strength_of_their_partial_correlation() -> None:
    rng = np.random.default_rng(0)
    z, u = rng.normal(size=(2, 20_000))
    rows = {"z": z, "x": z + u + rng.normal(size=20_000), "y": z - u + rng.normal(size=20_000)}
    (verdict,) = dofx.judge("z -> {x, y}", rows)
    # Given z, x and y have covariance -1 and variance 2 each; z itself takes nothing off.
    assert abs(verdict.found.strength - 0.5) < 0.03


def test_variables_without_a_column_are_unobserved_and_one_column_is_needed() -> None:
    rows = labels(np.random.default_rng(0), 500)
    judgement = dofx.judge("u -> z -> {x, y}; u -> w", rows)
    assert judgement.unobserved == ("u", "w")
    assert [str(verdict.independence) for verdict in judgement] == ["x ⊥ y | z"]
    assert str(judgement).startswith("taken as unobserved: u, w")
    assert not len(dofx.judge("u -> {x, y}", rows))
    with pytest.raises(dofx.DofxError) as error:
        dofx.judge("a -> b", rows)
    assert [fault.code for fault in error.value.diagnostics] == ["E0504", "E0504"]


def test_constant_columns_and_very_few_rows_contradict_nothing() -> None:
    rows = {"x": np.zeros(3), "y": np.array([0, 1, 1]), "z": np.array([0.5, 1.5, 2.5])}
    judgement = dofx.judge("x; y; z", rows)
    assert judgement
    assert len(judgement) == 3
    assert judgement.to_json()["contradicted"] is False


def test_declared_types_and_the_level_count() -> None:
    rows = labels(np.random.default_rng(0), 500)
    assert dofx.judge("x <- z -> y", rows, variables={"z": "real"}, level=0.01).level == 0.01


def test_nothing_is_judged_before_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fitting, sampling and evaluating compare no column with another; what rows show is worked out once."""
    asked: list[str] = []
    of, compared = Seen.of, weakest.compare

    def seen(rows: Dataset, names: Iterable[str]) -> Seen:
        asked.append("seen")
        return of(rows, names)

    def compare(*arguments: Any) -> Any:
        asked.append("compared")
        return compared(*arguments)

    monkeypatch.setattr(Seen, "of", seen)
    monkeypatch.setattr(weakest, "compare", compare)
    rng = np.random.default_rng(0)
    rows = {name: rng.integers(0, 2, 400) for name in "zxy"}
    sampler = dofx.compile("P(y | do(x))", "z -> {x, y}; x -> y").fit(rows)
    assert isinstance(sampler, dofx.Sampler)
    sampler.sample(5, do={"x": 1}, seed=0)
    sampler.distribution()
    assert asked == []
    assert sampler.unseen(do={"x": 1}) == sampler.unseen(do={"x": 1}) == ()
    assert asked == ["seen"]
    sampler.links()
    assert set(asked) == {"seen", "compared"}


def test_rows_are_let_go_once_it_is_known_what_they_show() -> None:
    rows = Dataset({"x": torch.arange(10) % 2}, {"x": Finite((0, 1))})
    held = weakref.ref(rows["x"])
    shown = Shown.of_rows(rows, ["x"])
    del rows
    assert held() is not None
    assert shown.seen.rows == 10
    assert held() is None
