"""Standard errors of weighted and clustered rows: by influence functions, by resampling, and by hand."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import dofx
from dofx.runtime.answers.bootstrap.stacked_fits import Replicate
from dofx.runtime.answers.influence.crossing import _folds
from dofx.runtime.data.dataset import Dataset
from dofx.runtime.data.design import Design
from dofx.runtime.fitting.fit import fit_options
from dofx.runtime.inference.regression import PARTS, ratio_of
from dofx.runtime.variables import Finite
from posed.compiled import program

Array = NDArray[np.float64]
Rows = dict[str, NDArray[np.float64] | NDArray[np.int64]]

DATA = "data P weights w cluster home"
ATE = "effect ate = E[y | do(x = 1)] - E[y | do(x = 0)]"
WORLDS = {
    "back door": "graph { z -> {x, y}; x -> y }",
    "front door": "graph { x -> z -> y; x <-> y }",
    "napkin": "graph { w1 -> z -> x -> y; x <-> w1 <-> y }",
}


def world(states: int, count: int, seed: int, homes: int = 0) -> Rows:
    """Rows of a home share a part of y, and x is that of the home where there are few homes."""
    rng = np.random.default_rng(seed)
    homes = homes or count // 2
    home = rng.integers(0, homes, count)
    shared, arm = rng.random(homes)[home], rng.integers(0, 2, homes)[home]
    w1, z = rng.integers(0, 2, count), rng.integers(0, states, count)
    x = np.where(rng.random(count) < 0.2 + 0.5 * (w1 == z % 2), 1 - arm, arm)
    y = np.minimum((2.2 * rng.random(count) * shared + 0.5 * x + 0.4 * z).astype(int), states - 1)
    return {"z": z, "x": x, "y": y, "w1": w1, "w": rng.uniform(0.5, 3.5, count), "home": home}


@pytest.mark.parametrize("states", [2, 3])
@pytest.mark.parametrize("name", WORLDS)
def test_influence_functions_are_derivatives_by_the_weights(name: str, states: int) -> None:
    """A weight moves the weighted law towards its row: by the influence function over the sum of the weights."""
    rows = world(states, 400, seed=states)
    text = f"{WORLDS[name]}\n{DATA}\n{ATE}"
    fitted = program(text).fit(rows, progress=False)
    moved = fitted.influence(rows)["ate"]
    weights, step = np.asarray(rows["w"]), 1e-4
    assert abs(moved @ weights / weights.sum()) < 1e-6
    for row in (0, 7, 211):
        ends = []
        for sign in (1, -1):
            changed = weights.copy()
            changed[row] += sign * step
            ends.append(
                float(program(text).fit({**rows, "w": changed}, progress=False).answer()["ate"].value)
            )
        slope = (ends[0] - ends[1]) / (2 * step) * weights.sum()
        assert slope == pytest.approx(moved[row], abs=1e-6 * max(1.0, np.abs(moved).max()))


def by_hand(y: Array, weights: Array, home: Array) -> float:
    """The standard error of a weighted mean whose rows were sampled by homes (Liang, Zeger 1986)."""
    shares = weights / weights.mean()
    apart = shares * (y - np.average(y, weights=weights))
    sums = np.array([apart[home == each].sum() for each in np.unique(home)])
    worth = shares.sum() ** 2 / sum(shares[home == each].sum() ** 2 for each in np.unique(home))
    return float(np.sqrt((sums**2).sum() * len(sums) / (len(sums) - 1) * worth / (worth - 1)) / len(y))


def test_the_standard_error_of_a_mean_is_that_of_the_formula() -> None:
    rows = world(3, 600, seed=5, homes=80)
    for words in ("weights w cluster home", "weights w", "cluster home", ""):
        data = f"data P {words}\n" if words else ""
        text = f"graph {{ x -> y }}\n{data}effect level = E[y]"
        found = program(text).fit(rows, progress=False).answer(rows, intervals="influence")["level"]
        weights = np.asarray(rows["w"]) if "weights" in words else np.ones(600)
        assert found.value == pytest.approx(np.average(rows["y"], weights=weights), abs=1e-8)
        home = np.asarray(rows["home"]) if "cluster" in words else np.arange(600)
        error = by_hand(np.asarray(rows["y"], float), weights, np.asarray(home))
        if "cluster" not in words:
            error *= np.sqrt(599 / 600)  # rows that were sampled by themselves are adjusted once
        assert found.standard_error == pytest.approx(error, rel=1e-5)


@pytest.mark.parametrize("words", ["weights w", "cluster home", "weights w cluster home"])
def test_resampling_clusters_and_weights_gives_the_same_errors(words: str) -> None:
    rows = world(2, 3_000, seed=9, homes=300)
    text = f"{WORLDS['back door']}\ndata P {words}\n{ATE}\nquery q = P(y | do(x))"
    fitted = program(text).fit(rows, progress=False)
    quick = fitted.answer(rows, intervals="influence")
    slow = fitted.answer(rows, intervals="bootstrap", replicates=1_000)
    for mine, theirs in zip(quick.intervals, slow.intervals, strict=True):
        assert mine.standard_error == pytest.approx(theirs.standard_error, rel=0.12)
    blind = program(text.replace(f"data P {words}\n", "")).fit(rows, progress=False)
    ignored = blind.answer(rows, intervals="influence")["ate"].standard_error
    assert quick["ate"].standard_error > 1.05 * ignored


def test_rows_that_were_copied_into_clusters_are_worth_no_more() -> None:
    rows = world(2, 500, seed=2)
    rows["home"] = np.arange(500)
    copied = {name: np.repeat(column, 4) for name, column in rows.items()}
    text = f"{WORLDS['front door']}\ndata P cluster home\n{ATE}"
    one, four = (
        program(text).fit(each, progress=False).answer(each, intervals="influence")["ate"]
        for each in (rows, copied)
    )
    assert four.value == pytest.approx(one.value, abs=1e-6)
    assert four.standard_error == pytest.approx(one.standard_error, rel=0.02)


def test_few_clusters_give_no_interval() -> None:
    rows = world(2, 600, seed=1, homes=12)
    text = f"{WORLDS['back door']}\ndata P cluster home\n{ATE}"
    interval = program(text).fit(rows, progress=False).answer(rows, intervals="influence")["ate"].interval
    assert interval is not None
    assert interval.remark == "the rows are of 12 clusters, fewer than 20: sample more clusters"


def test_answers_say_how_rows_were_sampled() -> None:
    rows = world(2, 600, seed=1, homes=90)
    rows["w"][:100] = 0
    answers = program(f"{WORLDS['back door']}\n{DATA}\n{ATE}").fit(rows, progress=False).answer()
    weights = np.asarray(rows["w"])
    worth = weights.sum() ** 2 / (weights**2).sum()
    (sampling,) = answers.to_json()["sampling"]
    homes = len(np.unique(np.asarray(rows["home"])[100:]))
    assert sampling == {
        "data": "P",
        "rows": 500,
        "weights": "w",
        "effective_rows": pytest.approx(worth),
        "cluster": "home",
        "clusters": homes,
    }
    line = f"500 rows weighted by w, worth {worth:.0f} rows of equal weight; {homes} clusters of home"
    assert line in str(answers)
    assert "rows of different home are independent of one another" in answers.assumptions()
    plain = program(f"{WORLDS['back door']}\n{ATE}").fit(rows, progress=False).answer()
    assert "sampling" not in plain.to_json()


def test_replicates_of_networks_draw_whole_clusters_and_hold_out_whole_clusters() -> None:
    network = dofx.compile("P(y | do(x))", "x -> y").network
    home = torch.arange(200) % 40
    x = torch.arange(200)
    types = {"x": Finite(tuple(range(200))), "y": Finite(tuple(range(200)))}
    rows = Dataset({"x": x, "y": x}, types, design=Design(clusters=home))
    drawn = Replicate.drawn(network, rows, fit_options(), seed=4)
    dataset = drawn.plan.dataset
    assert isinstance(dataset, Dataset)
    held_out = dataset.design.held_out
    assert held_out is not None
    times = dataset["x"].bincount(minlength=200)
    for each in range(40):
        mine = home == each
        assert len(times[mine].unique()) == 1
        assert len(held_out[(dataset["x"] % 40) == each].unique()) <= 1
    assert int(times.sum()) == len(dataset) == 200


def test_ratios_of_laws_count_a_row_of_weight_k_as_k_rows() -> None:
    """Rows that are left out together have one weight, and their copies are left out with them."""
    rng = np.random.default_rng(0)
    blocks = np.concatenate([np.ones((20, PARTS, 1)), rng.normal(size=(20, PARTS, 2))], axis=2)
    asked = np.concatenate([np.ones((50, 1)), rng.normal(0.3, 1, (50, 2))], axis=1)
    times = rng.integers(1, 4, 20)
    again, orders = np.repeat(blocks, times, axis=0).reshape(-1, 3), np.array([0, 1, 1])
    mine = ratio_of(blocks.reshape(-1, 3), asked, 0.5, orders, np.repeat(times, PARTS).astype(float))
    np.testing.assert_allclose(mine, ratio_of(again, asked, 0.5, orders), atol=1e-10)
    assert np.abs(mine[1:]).max() > 0.1


def test_trained_generators_are_corrected_by_weighted_rows() -> None:
    """The effect of x is 1 + z, and rows of large z were sampled more often: unweighted, it comes out far above 1."""
    rng = np.random.default_rng(3)
    z = rng.normal(size=4_000)
    z = z[rng.random(4_000) < 1 / (1 + np.exp(1 - z))]
    x = (rng.random(len(z)) < 1 / (1 + np.exp(-z))).astype(int)
    y = (1 + z) * x + z + rng.normal(size=len(z))
    rows = {"z": z, "x": x, "y": y, "w": 1 + np.exp(1 - z)}
    text = f"{WORLDS['back door']}\ndata P weights w\n{ATE}"
    found, blind = (
        program(each).fit(rows, epochs=1, progress=False).answer(rows, intervals="influence", n=5_000)["ate"]
        for each in (text, text.replace("data P weights w\n", ""))
    )
    assert found.interval is not None
    assert blind.interval is not None
    assert 1 in found.interval
    assert 1 not in blind.interval
    assert found.standard_error > blind.standard_error


def test_the_rows_of_a_cluster_are_in_one_fold() -> None:
    home = torch.arange(90) % 23
    rows = Dataset({"x": home}, {"x": Finite(tuple(range(23)))}, design=Design(clusters=home))
    folds = torch.stack(_folds(rows, seed=1))
    assert bool((folds.sum(0) == 1).all())
    for each in range(23):
        assert len(folds[:, home == each].unique(dim=1).T) == 1


@pytest.mark.parametrize("how", ["influence", "bootstrap"])
def test_one_data_set_of_another_name_has_intervals_too(how: str) -> None:
    rows = world(2, 600, seed=4, homes=90)
    text = f"{WORLDS['napkin']}\n{DATA}\n{ATE}\nquery q = P(y | do(x))"
    mine, named = (
        program(each).fit(rows, progress=False) for each in (text, text.replace("data P", "data survey"))
    )
    more = {"replicates": 20} if how == "bootstrap" else {}
    expected = mine.answer(rows, intervals=how, **more)
    for given in (rows, {"survey": rows}):
        found = named.answer(given, intervals=how, **more)
        assert found.numbers == pytest.approx(expected.numbers, abs=1e-9)
        assert [each.standard_error for each in found.intervals] == pytest.approx(
            [each.standard_error for each in expected.intervals], rel=1e-6
        )
        assert found.to_json()["sampling"][0]["data"] == "survey"
    np.testing.assert_allclose(named.influence({"survey": rows})["ate"], mine.influence(rows)["ate"])
