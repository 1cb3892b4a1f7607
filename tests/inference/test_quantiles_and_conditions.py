"""How rows move quantiles, and effects given conditions where rows have weights and clusters: by differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import dofx
from dofx.runtime.answers.influence.one_step import CrossFitted
from dofx.runtime.answers.influence.queries import numbers_of_query
from dofx.runtime.answers.summaries import LEVELS
from dofx.runtime.data.dataset import read_data
from dofx.runtime.inference.one_step import Trained
from posed.compiled import program

Rows = dict[str, Any]
STEP = 1e-5


def test_quantiles_move_as_exact_chances_over_an_exact_density() -> None:
    """A quantile q of y under do(x = 1) moves by what moves P(y <= q), which is finite, over the density at q.

    The density is a difference of P(y <= q) beside q, and both come from the exact interpreter.
    """
    rng = np.random.default_rng(0)
    z = rng.integers(2, size=500)
    x = (rng.random(500) < 0.3 + 0.4 * z).astype(int)
    rows: Rows = {"z": z, "x": x, "y": x + 1.5 * z + rng.normal(size=500)}
    graph = "graph { z -> {x, y}; x -> y }"
    asked = program(f"{graph}\nquery law = P(y | do(x = 1))\neffect e = E[y | do(x = 1)]").fit(
        rows, epochs=3, progress=False
    )
    sampler, data = asked["law"], read_data(rows, asked.columns, asked.types)
    trained = Trained(sampler.network, sampler.modules, sampler.types, data, data, 0)
    everything = {"P": torch.ones(data.rows, dtype=torch.bool)}
    once = CrossFitted(asked, data, [everything], {sampler.query.kernel: [trained]}, [])
    answer: Any = asked.answer(n=4_000)["law"]
    numbers = numbers_of_query(once, answer)
    quantiles = dict(zip(LEVELS, answer.settings[0].outcomes.parts[0].quantiles, strict=True))
    finite = program(f"{graph}\neffect below = P(y = 1 | do(x = 1))")

    def exact(quantile: float) -> dofx.CompiledProgram:
        return finite.fit({**rows, "y": (rows["y"] <= quantile).astype(int)}, progress=False)

    for level, number in zip(LEVELS, numbers[2:], strict=True):
        quantile, wide = quantiles[level], 0.3
        chances = [exact(quantile + sign * wide).answer()["below"].value for sign in (1, -1)]
        density = (chances[0] - chances[1]) / (2 * wide)
        below = exact(quantile)
        wanted = -below.influence({**rows, "y": (rows["y"] <= quantile).astype(int)})["below"] / density
        assert np.corrcoef(number.moved, wanted)[0, 1] > 0.95, level
        assert number.moved.std() == pytest.approx(wanted.std(), rel=0.2), level
        missed = (below.answer()["below"].value - level) / density
        assert number.value == pytest.approx(quantile - missed, abs=0.1 * wanted.std() / np.sqrt(500) + 0.03)


def arm(rows: Rows, weights: np.ndarray, state: int) -> float:
    """E[y | do(x = state), c = 1] where z and c confound, by enumeration of the states of z."""
    found = 0.0
    given = rows["c"] == 1
    for z in range(3):
        here = given & (rows["z"] == z)
        share = weights[here].sum() / weights[given].sum()
        found += share * np.average(
            rows["y"][here & (rows["x"] == state)], weights=weights[here & (rows["x"] == state)]
        )
    return found


EFFECTS: dict[str, Callable[[Rows, np.ndarray], float]] = {
    "E[y | do(x = 1), c = 1] - E[y | do(x = 0), c = 1]": lambda rows, w: arm(rows, w, 1) - arm(rows, w, 0),
    "E[y | do(x = 1), c = 1] / E[y | do(x = 0), c = 1]": lambda rows, w: arm(rows, w, 1) / arm(rows, w, 0),
}


@pytest.mark.parametrize("effect", EFFECTS)
def test_conditional_effects_of_weighted_rows_in_clusters(effect: str) -> None:
    """The influence is the derivative by a weight, and clusters add it up before it is squared (Liang, Zeger 1986)."""
    rng = np.random.default_rng(1)
    count, homes = 1_200, 120
    home = rng.integers(homes, size=count)
    shared = rng.random(homes)[home]
    c, z = rng.integers(2, size=count), rng.integers(3, size=count)
    mostly = rng.integers(2, size=homes)[home]
    x = np.where(rng.random(count) < 0.2 + 0.1 * z, 1 - mostly, mostly)
    y = (rng.random(count) < 0.05 + 0.1 * x + 0.05 * z + 0.7 * (shared < 0.5)).astype(int)
    rows: Rows = {"c": c, "z": z, "x": x, "y": y, "w": rng.uniform(0.5, 3, count), "home": home}
    text = f"graph {{ c -> {{z, x, y}}; z -> {{x, y}}; x -> y }}\ndata P weights w cluster home\neffect e = {effect}"
    fitted = program(text).fit(rows, progress=False)
    by_hand, weights = EFFECTS[effect], np.asarray(rows["w"])
    answer = fitted.answer(rows, intervals="influence")["e"]
    assert answer.value == pytest.approx(by_hand(rows, weights), abs=1e-5)
    moved = fitted.influence(rows)["e"]
    for row in rng.choice(count, 40, replace=False):
        ends = [by_hand(rows, weights + sign * STEP * (np.arange(count) == row)) for sign in (1, -1)]
        slope = (ends[0] - ends[1]) / (2 * STEP) * weights.sum()
        assert moved[row] == pytest.approx(slope, abs=1e-4 * np.abs(moved).max())
    sums = np.bincount(home, weights / weights.mean() * moved)
    assert answer.standard_error == pytest.approx(np.sqrt((sums**2).sum()) / count, rel=0.05)
    alone = np.sqrt(((weights / weights.mean() * moved) ** 2).sum()) / count
    assert answer.standard_error > 1.08 * alone
