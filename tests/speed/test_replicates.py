"""Bootstrap replicates: as far apart as data sets are, and the same for the same seed."""

import numpy as np
import pytest
import torch

from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.answers.bootstrap.stacked_fits import Replicate
from dofx.runtime.data.dataset import Dataset, read_data
from dofx.runtime.fitting.fit import fit_options
from dofx.runtime.sampler import Sampler
from models.worlds import FRONT_DOOR, NAPKIN, front_door_rows, napkin_rows
from stand_ins.stubs import Linear

SEEN = SamplingNetwork(
    Query.of(("y",), (), ("x",)),
    (Stage("answer", (("x", "x"),), (Draw.of("y", "y", (("x", "x"),)),), (("y", "y"),)),),
)


def coins(rows: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, rows)
    return {"x": x, "y": (rng.random(rows) < 0.3 + 0.4 * x).astype(int)}


def binomial_error(rows: dict[str, np.ndarray]) -> float:
    """The textbook's standard error of P(y = 1 | x = 1)."""
    y = rows["y"][rows["x"] == 1]
    return float(np.sqrt(y.mean() * (1 - y.mean()) / len(y)))


def test_tables_vary_as_the_textbook_says() -> None:
    rows = coins(800)
    sampler = Sampler(SEEN).fit(rows)
    replicates = sampler.bootstrap(rows, 200, seed=1)
    spread = replicates.distribution(given={"x": 1})
    # The spread of 200 replicates has a standard error of 5 %: the bound is four of them.
    assert spread.standard_error[1] == pytest.approx(binomial_error(rows), rel=0.2)
    assert (spread.low <= spread.table.array()).all()
    assert (spread.table.array() <= spread.high).all()
    interval = replicates.effect("P(y = 1 | x = 1)")
    assert (interval.low, interval.high) == pytest.approx((spread.low[1], spread.high[1]))
    assert interval.replicates == 200


def test_networks_vary_by_the_data_and_by_their_training() -> None:
    rows = coins(800)
    sampler = Sampler(SEEN).fit(rows, generators={"y": "softmax"})
    replicates = sampler.bootstrap(rows, 24, seed=1, generators={"y": "softmax"})
    found = replicates.distribution(given={"x": 1}).standard_error[1]
    # Training alone varies by 1.6 times the textbook's error of the data, and 24 replicates tell that to 15 %.
    assert 0.7 * binomial_error(rows) < found < 4 * binomial_error(rows)


def test_continuous_means_vary_as_the_textbook_says() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    rows = {"x": x, "y": 2 * x + rng.normal(size=400)}
    linear = {"y": lambda target, given: Linear(len(given))}
    sampler = Sampler(SEEN).fit(rows, generators=linear)
    replicates = sampler.bootstrap(rows, 200, seed=1, generators=linear)
    interval = replicates.interval(lambda s: float(s.sample(2_000, given={"x": 0.0}, seed=0)["y"].mean()))
    residual = rows["y"] - np.polyval(np.polyfit(x, rows["y"], 1), x)
    assert interval.standard_error == pytest.approx(residual.std() / np.sqrt(400), rel=0.2)


@pytest.mark.parametrize("generators", [None, {"y": "softmax"}])
def test_a_replica_depends_on_seed_and_number_alone(generators: dict[str, str] | None) -> None:
    rows, _ = front_door_rows(600)
    sampler = Sampler(FRONT_DOOR).fit(rows, generators=generators, epochs=3)
    made = [
        sampler.bootstrap(rows, n, seed=s, generators=generators, epochs=3)
        for n, s in ((2, 5), (4, 5), (2, 6))
    ]
    tables = [[replicate.distribution().array() for replicate in replicates] for replicates in made]
    np.testing.assert_array_equal(tables[0], tables[1][:2])
    assert not np.array_equal(tables[0][0], tables[0][1])
    assert not np.array_equal(tables[0], tables[2])


def test_refits_are_replicated_from_their_own_stage() -> None:
    rows, truth = napkin_rows(4_000)
    sampler = Sampler(NAPKIN).fit(rows)
    counted: list[int] = []
    replicates = sampler.bootstrap(rows, 40, done=counted.append)
    assert counted == list(range(1, 41))
    effect = replicates.effect("E[y | do(x = 1)] - E[y | do(x = 0)]")
    assert effect.low < truth[1, 1] - truth[0, 1] < effect.high
    for mine, theirs in zip(sampler.modules.values(), replicates[0].modules.values(), strict=True):
        assert mine is not theirs


def test_no_real_row_is_learned_from_and_held_out() -> None:
    rows, _ = front_door_rows(500)
    data = read_data({**rows, "w": np.arange(500) + 0.5}, ["x", "y", "z", "w"])
    replicate = Replicate.drawn(FRONT_DOOR, data, fit_options(), seed=3)
    dataset = replicate.plan.dataset
    assert isinstance(dataset, Dataset)
    number, held_out = dataset["w"], dataset.design.held_out
    assert held_out is not None
    assert len(number) == 500
    assert number.unique().numel() == pytest.approx(500 * (1 - np.exp(-1)), abs=30)
    assert not set(number[held_out].tolist()) & set(number[~held_out].tolist())
    assert 0.04 < float(held_out.float().mean()) < 0.16


def test_what_is_not_asked_of_the_query_is_refused() -> None:
    rows, _ = front_door_rows(300)
    replicates = Sampler(FRONT_DOOR).fit(rows).bootstrap(rows, 2)
    assert repr(replicates) == "Replicates(P(y | do(x)), 2 of them)"
    assert len(replicates[:1]) == 1
    assert torch.equal(
        replicates[1].sample(5, do={"x": 1}, seed=0)["y"], replicates[1].sample(5, do={"x": 1}, seed=0)["y"]
    )
    for effect in ("P(y = 1 | x = 1)", "E[z | do(x = 1)]", "E[y]"):
        with pytest.raises(DofxError) as error:
            replicates.effect(effect)
        assert [diagnostic.code for diagnostic in error.value.diagnostics] == ["E0434"]
    with pytest.raises(DofxError) as error:
        Sampler(FRONT_DOOR).fit(rows).bootstrap(rows, 1)
    assert [diagnostic.code for diagnostic in error.value.diagnostics] == ["E0424"]
