"""The family study: its truths, its references, and that it runs over every family."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.append(str(Path(__file__).parents[2] / "benchmarks" / "fitting"))
import mediators
from rivals import Gan, Rival, Vae
from same_state import SameState

from dofx.runtime.training.settings import FitSettings
from dofx.runtime.variables import parse_type


def test_the_truth_of_a_finite_mediator_is_the_front_door_formula_on_many_rows() -> None:
    task = next(task for task in mediators.TASKS if task.name == "finite")
    rows = task.rows(200_000, seed=0)
    joint = np.zeros((3, 6, 2))
    np.add.at(joint, (rows["x"], rows["z"], rows["y"]), 1 / len(rows["x"]))
    x = joint.sum((1, 2))
    z, y = joint.sum(2) / x[:, None], joint[..., 1] / joint.sum(2)
    np.testing.assert_allclose(np.einsum("az,x,xz->a", z, x, y), task.truth(), atol=0.01)


@pytest.mark.parametrize("rival", [Gan, Vae])
@pytest.mark.parametrize("type", ["category(4)", "real", "real(2)", "image(1, 4, 4)"])
def test_rivals_are_functions_of_noise_that_draw_values_of_the_type(rival: type[Rival], type: str) -> None:
    target = parse_type(type)
    shape = {"category(4)": (), "real": (), "real(2)": (2,), "image(1, 4, 4)": (1, 4, 4)}[type]
    values = torch.randint(4, (50,)) if type == "category(4)" else torch.randn(50, *shape)
    given = [torch.randint(3, (50,))]
    torch.manual_seed(0)
    module = rival(target, [parse_type("category(3)")])
    module.fit(values, given, FitSettings(epochs=2))
    noise = module.noise.draw(50)
    drawn = module(noise, *given)
    assert drawn.shape == values.shape
    assert drawn.dtype == values.dtype
    assert torch.equal(drawn, module(noise, *given))


def test_rows_of_the_same_state_are_picked_evenly_and_from_nowhere_else() -> None:
    states = torch.tensor([0, 1, 0, 2, 1, 0])
    values = torch.arange(6.0)
    module = SameState(parse_type("real"), [parse_type("category(3)")])
    module.fit(values, [states], FitSettings())
    noise = torch.linspace(0, 1, 301)
    assert set(module(noise, torch.zeros(301, dtype=torch.int64)).tolist()) == {0.0, 2.0, 5.0}
    assert module(noise[:300], torch.ones(300, dtype=torch.int64)).mean() == pytest.approx(2.5)
