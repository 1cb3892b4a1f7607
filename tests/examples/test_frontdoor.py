"""The discrete front-door: its laws, its truth, and its error on the full number of rows."""

from __future__ import annotations

import frontdoor
import numpy as np
import pytest
from reporting import energy_distance, total_variation, wasserstein


@pytest.mark.parametrize("seed", range(3))
def test_the_truth_of_a_random_law_is_what_the_front_door_formula_gives(seed: int) -> None:
    law = frontdoor.at_random(seed)
    x = law.joint.sum((1, 2))
    z = law.joint.sum(2) / x[:, None]
    y = law.joint / law.joint.sum(2, keepdims=True)
    np.testing.assert_allclose(law.truth, np.einsum("az,x,xzy->ay", z, x, y), atol=1e-12)


def test_the_truth_is_the_one_that_the_notebook_prints() -> None:
    assert total_variation(frontdoor.of_the_notebook().truth[1], [0.29286194, 0.70713805]) < 2e-4


def test_ten_thousand_rows_do_better_than_the_notebook() -> None:
    law = frontdoor.of_the_notebook()
    found = [frontdoor.errors(law, frontdoor.ROWS, seed) for seed in range(5)]
    assert np.median([errors.exact for errors in found]) < frontdoor.NOTEBOOK
    assert np.median([errors.drawn for errors in found]) < frontdoor.NOTEBOOK


def test_the_small_setting_reports_both_kinds_of_law(capsys: pytest.CaptureFixture[str]) -> None:
    frontdoor.main(["--small"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("|")[1].strip() for line in lines if line.startswith("| ")][2:] == [
        "the notebook's law",
        "a random law a seed",
    ]


def test_distances_of_equal_laws_vanish_and_of_shifted_ones_do_not() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(2_000, 2)), rng.normal(size=(2_000, 2))
    assert abs(energy_distance(one, other)) < 0.01
    assert energy_distance(one, other + 1) > 0.5
    assert wasserstein(one[:, 0], other[:, 0]) < 0.08
    assert wasserstein(one[:, 0], one[:, 0] + 2) == pytest.approx(2, abs=1e-9)
