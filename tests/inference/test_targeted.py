"""The targeted step: chances of finite outcomes under trained generators stay within their bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import dofx
from dofx.runtime.answers.influence.by_influence import interval_of_number
from dofx.runtime.answers.influence.inferred import evaluated
from dofx.runtime.answers.influence.one_step import CrossFitted
from dofx.runtime.data.dataset import read_data
from dofx.runtime.inference.one_step import Trained
from dofx.runtime.inference.targeted import Tilted, targeted

Rows = dict[str, Any]


def rare(seed: int, rows: int = 300) -> Rows:
    """Rows of {z, w} -> {x, y}, x -> y, with few y among those without x."""
    rng = np.random.default_rng([seed, rows])
    z = rng.normal(size=(rows, 2))
    x = (rng.random(rows) < 1 / (1 + np.exp(-1.2 * z[:, 0]))).astype(int)
    y = rng.random(rows) < 1 / (1 + np.exp(4.5 - 1.2 * z[:, 0] - 0.3 * x))
    return {"z": z[:, 0], "w": z[:, 1], "x": x, "y": y}


def often(rows: int) -> Rows:
    """Rows of z -> {x, y}, x -> y, where y has three states and each of them many rows."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=rows)
    x = (rng.random(rows) < 1 / (1 + np.exp(-0.5 * z))).astype(int)
    return {"z": z, "x": x, "y": np.digitize(0.5 * z + 0.5 * x + rng.normal(size=rows), [-0.5, 0.7])}


def program(text: str, rows: Rows) -> dofx.CompiledProgram:
    found = dofx.compile(text)
    assert isinstance(found, dofx.CompiledProgram)
    return found.fit(rows, epochs=1, progress=False)


def crossed(asked: dofx.CompiledProgram, rows: Rows) -> CrossFitted:
    """Generators that hardly learned anything, corrected by the rows that they learned from: one fold of all."""
    (sampler,), data = asked.samplers, read_data(rows, asked.columns, asked.types)
    trained = Trained(sampler.network, sampler.modules, sampler.types, data, data, 0)
    everything = {"P": torch.ones(data.rows, dtype=torch.bool)}
    return CrossFitted(asked, data, [everything], {sampler.query.kernel: [trained]}, [])


class Known(nn.Module):
    """A generator whose chances depend on one condition."""

    def __init__(self, scores: Tensor) -> None:
        super().__init__()
        self.scores = scores

    def log_prob(self, target: Tensor, *given: Tensor) -> Tensor:
        logs = (given[0][:, None] * self.scores).log_softmax(-1)
        return logs.gather(-1, target[:, None])[:, 0]


class AllAtOnce(Known):
    """The same, which finds the chances of all states in one call, and of none by itself."""

    def log_probs(self, like: Tensor, *given: Tensor) -> Tensor:
        return (given[0][:, None] * self.scores).log_softmax(-1)

    def log_prob(self, target: Tensor, *given: Tensor) -> Tensor:
        raise AssertionError("one state was asked for")


def test_a_tilted_generator_draws_states_by_their_chances_times_factors() -> None:
    scores, tilt = torch.tensor([0.0, 1.0, -0.5]), torch.tensor([0.3, -2.0, 1.1])
    given = torch.tensor([-1.0, 0.4]).repeat_interleave(100_000)
    noise = (torch.arange(100_000) + 0.5).div(100_000).repeat(2)
    found = Tilted(Known(scores), tilt)(noise, given)
    assert torch.equal(Tilted(AllAtOnce(scores), tilt)(noise, given), found)
    drawn = found.reshape(2, -1)
    for states, value in zip(drawn, (-1.0, 0.4), strict=True):
        wanted = np.exp(value * scores.numpy() + tilt.numpy())
        found = np.bincount(states.numpy(), minlength=3) / len(states)
        np.testing.assert_allclose(found, wanted / wanted.sum(), atol=2e-5)


@pytest.mark.parametrize("shown", [(0.2, 0.5, 0.3), (0.9, 0.1, 0.0), (0.995, 0.004, 0.001)])
def test_the_step_ends_where_the_weighted_residuals_have_mean_0(shown: tuple[float, ...]) -> None:
    """Chances that are wrong, and rows with weights: what is left is 0, whatever the shares of the states."""
    rng = np.random.default_rng(1)
    given, weights = rng.normal(size=500), rng.exponential(size=500)
    hits = np.eye(3)[rng.choice(3, size=500, p=shown)]

    def law(tilt: np.ndarray) -> np.ndarray:
        scores = np.exp(given[:, None] * np.array([0.5, 0.0, -1.0]) + tilt)
        return np.asarray(scores / scores.sum(axis=1, keepdims=True))

    def missed(tilt: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        moved = weights[:, None] * (hits - law(tilt))
        return law(tilt).mean(axis=0), moved.mean(axis=0), moved.std(axis=0) / np.sqrt(500)

    plain, off, errors = missed(np.zeros(3))
    assert (plain + off).min() < 0 or shown[0] == 0.2
    found = targeted(missed, 3)
    assert found is not None
    assert found.sum() == pytest.approx(1, abs=1e-9)
    assert found.min() >= 0
    balanced = (weights[:, None] * hits).mean(axis=0) / weights.mean()
    assert np.abs(found - balanced).max() < 3 * errors.max()


def test_a_state_that_is_never_drawn_does_not_stop_the_step() -> None:
    """No factor gives it a chance; the other states get theirs without a warning of arithmetic."""
    shown = np.array([0.3, 0.7, 0.0])

    def missed(tilt: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        scores = np.array([0.8, 0.2, 0.0]) * np.exp(tilt)
        chances = scores / scores.sum()
        return chances, shown - chances, np.full(3, 0.01)

    with np.errstate(all="raise"):
        found = targeted(missed, 3)
    assert found == pytest.approx(shown, abs=0.001)


def test_a_mean_within_its_bounds_is_the_corrected_one_whatever_its_states_have() -> None:
    """Counts have states that few rows show, of which some chance is below 0: that is no reason to move the mean."""
    rows = often(400)
    rows["y"][np.flatnonzero(rows["x"] == 0)[:2]] = 9
    asked = program("graph { z -> {x, y}; x -> y }\neffect e = E[y | do(x = 1)]", rows)
    once = crossed(asked, rows)
    law = once.law(asked.samplers[0], {"x": 1}, {})
    numbers = np.array([float(state) for state in asked.samplers[0].types["y"].states])
    cells = law.parts([law.hits({"y": state}) for state in range(len(numbers))])
    assert min(cell.value[0] for cell in cells) < 0
    (mean,) = law.parts([law.value_of("y", numbers)])
    assert law.mean("y", numbers).value[0] == mean.value[0]


def test_a_chance_that_the_correction_takes_below_0_stays_within_its_bounds() -> None:
    """Of 300 rows seven show the outcome, and of those without x hardly any: 2.1 % is the truth."""
    rows = rare(2)
    asked = program("graph { z -> {x, y}; w -> {x, y}; x -> y }\neffect risk = P(y = true | do(x = 0))", rows)
    once = crossed(asked, rows)
    law = once.law(asked.samplers[0], {"x": 0}, {})
    (plain,) = law.parts([law.hits({"y": 1})])
    assert plain.value[0] < 0
    found = evaluated(once, asked.asked.effects[0])
    assert 0 <= found.value < 0.01
    interval = interval_of_number(found, once.sample)
    assert interval.known
    assert 0 <= interval.low < 0.021 < interval.high < 0.1


def test_a_chance_of_several_outcomes_is_cut_at_0_and_as_uncertain_as_the_rows_leave_it() -> None:
    """The same chance, by half: of the outcome together with a coin."""
    rows = rare(2)
    rows["s"] = (np.random.default_rng(3).random(300) < 0.5).astype(int)
    text = "graph { z -> {x, y}; w -> {x, y}; x -> {y, s} }\neffect risk = P(y = true, s = 1 | do(x = 0))"
    asked = program(text, rows)
    once = crossed(asked, rows)
    law = once.law(asked.samplers[0], {"x": 0}, {})
    (plain,) = law.parts([law.hits({"y": 1, "s": 1})])
    assert plain.value[0] < 0
    found = evaluated(once, asked.asked.effects[0])
    assert found.value == 0
    interval = interval_of_number(found, once.sample)
    assert interval.low == 0
    assert 0.0105 < interval.high < 0.1


def test_a_chance_that_no_row_shows_has_an_interval_that_goes_on() -> None:
    """No row without x shows the outcome, and what rows add hardly spreads: the interval is as wide as none of as many.

    Before, it ended at a twentieth of a point where the rule of three has it end at three points of a hundred.
    """
    rows = rare(2)
    rows["y"] = rows["y"] & (rows["x"] == 1)
    asked = program("graph { z -> {x, y}; w -> {x, y}; x -> y }\neffect risk = P(y = true | do(x = 0))", rows)
    once = crossed(asked, rows)
    found = evaluated(once, asked.asked.effects[0])
    interval = interval_of_number(found, once.sample)
    effective = found.effective
    assert 0 <= interval.low < 0.005
    assert 3 / effective < interval.high < 8 / effective


def test_where_no_bound_is_near_the_step_agrees_with_the_correction() -> None:
    """By a fifth of a standard error: both solve the same equation but for terms of second order."""
    rows = often(400)
    asked = program("graph { z -> {x, y}; x -> y }\neffect e = P(y = 2 | do(x = 1))", rows)
    once = crossed(asked, rows)
    law = once.law(asked.samplers[0], {"x": 1}, {})
    wanted = law.parts([law.hits({"y": state}) for state in range(3)])
    found = law.targeted("y", 400.0)
    assert found is not None
    for chance, part in zip(found, wanted, strict=True):
        assert part.influence is not None
        assert chance == pytest.approx(part.value[0], abs=0.2 * part.influence.std() / 20)
