"""The image experiments compile to what they should, and run from end to end in a tiny setting."""

from __future__ import annotations

from pathlib import Path

import fashion_front_door
import napkin_mnist
import numpy as np
import pytest
import torch
from coloured_digits import STATES, World

import dofx

torch.set_num_threads(1)
REFIT_ONCE = """\
network P(y | do(x))
interim Q₁(x, y ‖ w2) do(w2)
  w1 ~ P(w1)
  x ~ P(x | w1, w2)
  y ~ P(y | w1, w2, x)
answer (y ‖ x)
  y ~ Q₁(y | x)"""


def test_the_napkin_is_one_refit_of_y_given_x_on_simulated_x_and_y() -> None:
    network = napkin_mnist.sampler(napkin_mnist.SMALL, "P(y | do(x))").network
    assert str(network) == REFIT_ONCE
    assert network.refits == 1


def test_a_model_without_latents_answers_what_is_seen() -> None:
    """So the baselines P(y | x) and DCM are one generator, trained once."""
    blind = napkin_mnist.sampler(napkin_mnist.SMALL, "P(y | do(x))", napkin_mnist.NO_LATENTS).network
    seen = napkin_mnist.sampler(napkin_mnist.SMALL, "P(y | x)").network
    assert [(fit.targets, fit.given) for fit in blind.fits] == [(("y",), ("x",))]
    assert blind.fits == seen.fits


def test_the_front_door_draws_the_image_and_no_refit_is_needed() -> None:
    network = fashion_front_door.sampler(8, "P(n | do(c))").network
    assert network.refits == 0
    assert [fit.targets for fit in network.fits] == [("c",), ("x",), ("n",)]


def test_the_front_door_s_truth_is_the_answer_of_the_estimand() -> None:
    """By the formula on the joint where x is what the garment is."""
    world = fashion_front_door
    joint = np.einsum("k,kc,cg,gkn->cgn", world.KIND, world.ORDERED, world.SENT, world.FATE)
    graph = dofx.graph("c -> x -> n; c <-> n")
    found = dofx.identify("P(n | do(c))", graph).estimand.evaluate(dofx.Table("cxn", joint)).array(["c", "n"])
    np.testing.assert_allclose(found, world.truth(), atol=1e-12)
    conditional = joint.sum(1) / joint.sum((1, 2))[:, None]
    np.testing.assert_allclose(conditional, world.seen(), atol=1e-12)
    assert (np.abs(world.seen() - world.truth()).sum(1) / 2).mean() > 0.15


def test_the_front_door_holds_as_far_as_photographs_tell_the_garment() -> None:
    world = fashion_front_door
    np.testing.assert_allclose(world.limit(np.eye(STATES)), world.truth(), atol=1e-12)
    blind = world.limit(np.full((STATES, STATES), 1 / STATES))
    fates = np.einsum("k,kc,cg,gkn->n", world.KIND, world.ORDERED, world.SENT, world.FATE)
    np.testing.assert_allclose(blind, np.tile(fates, (STATES, 1)), atol=1e-12)


def test_the_rows_are_those_of_the_world() -> None:
    rows = fashion_front_door.observed(fashion_front_door.glyphs.scans(), 8, 50_000, seed=0)
    found = fashion_front_door.counted(rows)
    assert np.abs(found - fashion_front_door.seen()).max() < 0.04


def test_each_setting_of_x_has_equal_parts_of_thickness() -> None:
    shown = napkin_mnist.tests(30)
    truths = napkin_mnist.truths(shown)
    assert truths.shape == (20, napkin_mnist.CELLS)
    np.testing.assert_allclose(truths.sum(1), 1)
    np.testing.assert_allclose(truths.reshape(20, STATES, 6, 3).sum((1, 2)), 1 / 3)


def test_perfect_samples_are_near_the_truth_and_confounded_ones_are_not() -> None:
    world = World(napkin_mnist.digits(napkin_mnist.SMALL)[0], 8)
    shown = napkin_mnist.tests(150)
    hand = world.hands(shown.digit, torch.Generator().manual_seed(1))
    true = world.intervened(shown, hand, 0)[1].cell.reshape(20, -1)
    seen = torch.from_numpy(napkin_mnist.coloured_digits.seen()).reshape(10, 2, 3, -1)
    rows = seen[shown.digit, shown.colour, shown.thickness]
    confounded = rows.multinomial(1, generator=torch.Generator().manual_seed(0)).reshape(20, -1)
    truths = napkin_mnist.truths(shown)

    def distance(cells: torch.Tensor) -> float:
        found = np.stack([napkin_mnist.image_measures.frequencies(row, napkin_mnist.CELLS) for row in cells])
        return float(np.abs(found - truths).sum(1).mean() / 2)

    floor = np.mean([napkin_mnist.image_measures.sampling_floor(row, 150) for row in truths])
    assert distance(true) == pytest.approx(floor, abs=0.02)
    assert distance(confounded) > floor + 0.2


@pytest.mark.long
def test_the_napkin_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcomes = napkin_mnist.main(["--small", "--out", str(tmp_path)])
    assert [outcome.name for outcome in outcomes] == ["truth", "dofx", "block", "seen", "ncm"]
    assert all(outcome.y.shape == (400, 3, 8, 8) for outcome in outcomes)
    shown = capsys.readouterr().out
    assert "Q₁(y | x)" in shown
    assert "P(x, y | w1, w2)" in shown
    assert (tmp_path / "napkin_mnist.png").read_bytes().startswith(b"\x89PNG")
    again = napkin_mnist.main(["--small", "--only", "dofx", "--out", str(tmp_path)])
    torch.testing.assert_close(again[1].y, outcomes[1].y, atol=1 / 255, rtol=0)
    assert "P(x | w1, w2)" not in capsys.readouterr().out


def test_the_front_door_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = fashion_front_door.main(["--small", "--seeds", "0", "1", "--out", str(tmp_path)])
    assert [name[:6] for name in runs[0].distances] == ["dofx", "dofx, ", "P(n gi", "a rand"]
    assert (runs[0].distances["dofx"] != runs[1].distances["dofx"]).any()
    shown = capsys.readouterr().out
    assert "P(n | c, x)" in shown
    assert "--seeds 0 1`, seeds 0 to 1" in shown
    assert (tmp_path / "fashion_front_door.png").read_bytes().startswith(b"\x89PNG")
