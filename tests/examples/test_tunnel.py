"""The light tunnel: its world, its read-out, and that the query needs no more than an image generator."""

from __future__ import annotations

import numpy as np
import pytest
import tunnel


def test_setting_red_leaves_blue_as_it_was_and_moves_the_polariser() -> None:
    left, forced = tunnel.world(600, seed=0), tunnel.world(600, seed=0, red=220.0)
    assert np.corrcoef(left["red"], left["blue"])[0, 1] < -0.5
    np.testing.assert_array_equal(forced["blue"], left["blue"])
    assert (forced["pol_1"] >= 45 * 220 / 255).all()
    assert forced["image"].shape == (600, 3, tunnel.SIZE, tunnel.SIZE)


def test_with_the_simulator_as_generator_only_chance_is_left() -> None:
    data = tunnel.world(1_500, seed=1)
    sampler = tunnel.fitted("P(image | do(red))", data, 0, 1, tunnel.Simulated)
    true = tunnel.world(400, seed=2, red=220.0)["image"]
    found = tunnel.distance(tunnel.images_of(sampler, 220.0, 400, seed=0), true)
    seen = tunnel.distance(data["image"][np.abs(data["red"] - 220) < 20], true)
    assert max(found) < 0.15
    assert min(seen) > 2 * max(found)


def test_the_small_setting_reports_every_method(capsys: pytest.CaptureFixture[str]) -> None:
    tunnel.main(["--small"])
    text = capsys.readouterr().out
    for name in (
        "seen: `P(image | red)`",
        "dofx: `P(image | do(red))`",
        "dofx, images by the simulator",
        "floor",
    ):
        assert f"| {name}" in text
