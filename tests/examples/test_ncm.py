"""The neural causal model that experiments compare with, and the sheets that they draw."""

from __future__ import annotations

from pathlib import Path

import ncm
import sheets
import torch
from coloured_digits import World
from glyphs import scans

torch.set_num_threads(1)
ROWS = World(scans().part(0, 300), 8).observed(128, 0)


def test_a_row_has_images_in_range_and_a_label() -> None:
    model = ncm.trained(ROWS, 20, steps=3, width=8)
    made = model(10)
    assert {name: values.shape for name, values in made.items()} == {
        "w1": (10, 3, 8, 8),
        "w2": (10, 20),
        "x": (10, 3, 8, 8),
        "y": (10, 3, 8, 8),
    }
    assert bool((made["w2"].sum(1) == 1).all())
    assert all(bool(((made[name] >= 0) & (made[name] <= 1)).all()) for name in ("w1", "x", "y"))


def test_equal_seeds_train_equal_models_and_leave_torch_s_state_alone() -> None:
    before = torch.get_rng_state()
    one, other = (ncm.trained(ROWS, 20, steps=3, width=8, seed=4) for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
    assert torch.equal(torch.get_rng_state(), before)


def test_an_outcome_under_intervention_reads_x_and_nothing_before_it() -> None:
    model = ncm.trained(ROWS, 20, steps=3, width=8)
    model.zero_grad()
    images = ROWS["x"][:6].clone().requires_grad_()
    model.intervened(images).sum().backward()
    assert images.grad is not None
    assert bool((images.grad.flatten(1).abs().sum(1) > 0).all())
    used = {name.split(".")[0] for name, weights in model.named_parameters() if weights.grad is not None}
    assert used == {"third", "code"}


def test_generators_move_towards_the_data() -> None:
    """Mean colours of y, after few steps, are nearer to those of the rows than at the start."""

    def error(model: ncm.NeuralCausalModel) -> float:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return float((model(256)["y"].mean((0, 2, 3)) - ROWS["y"].mean((0, 2, 3))).abs().sum())

    assert error(ncm.trained(ROWS, 20, steps=80, width=8)) < 0.7 * error(
        ncm.trained(ROWS, 20, steps=1, width=8)
    )


def test_a_sheet_is_drawn(tmp_path: Path) -> None:
    blocks = {"x": ROWS["x"][:4].reshape(2, 2, 3, 8, 8), "y": ROWS["y"][:6].reshape(2, 3, 3, 8, 8)}
    sheets.sheet(blocks, ["first", "second"], tmp_path / "new" / "sheet.png")
    assert (tmp_path / "new" / "sheet.png").read_bytes().startswith(b"\x89PNG")
    assert sheets.tiled(blocks["y"]).shape == (18, 27, 3)
