"""ACIC 2016: what is read, what is estimated from it, and how that is judged."""

from __future__ import annotations

import acic
import numpy as np
import pytest


@pytest.fixture(scope="module")
def data() -> acic.Instance:
    return acic.load(2)


def test_the_data_are_those_of_the_competition(data: acic.Instance) -> None:
    assert data.covariates.shape == (4_802, 58)
    assert data.treated.mean() == pytest.approx(0.3117, abs=1e-4)
    np.testing.assert_allclose(data.effects, 4.679244876982742)
    assert (data.seen[data.treated] == data.outcomes[data.treated, 1]).all()


def test_true_effects_have_no_error_and_shifted_ones_their_shift(data: acic.Instance) -> None:
    true = acic.Estimate(data.effects, (data.outcomes[:, 0], data.outcomes[:, 1]))
    np.testing.assert_allclose(acic.errors(data, true), 0, atol=1e-12)
    shifted = acic.errors(data, acic.Estimate(data.effects + 2))
    np.testing.assert_allclose(shifted[:3], 2 / data.seen.std())
    assert np.isnan(shifted[3])


def test_one_generator_adjusts_for_all_covariates(data: acic.Instance) -> None:
    estimate = acic.by_dofx(data, seed=0, copies=2, epochs=None)
    found, seen = acic.errors(data, estimate), acic.errors(data, acic.by_seeing(data))
    assert found[0] < 0.5 * seen[0]
    assert found[3] < seen[3]


def test_the_small_setting_reports_every_method(capsys: pytest.CaptureFixture[str]) -> None:
    acic.main(["--small"])
    text = capsys.readouterr().out
    for name in ("seen", "least squares in each arm", "dofx, mean of 2 fits", "floor"):
        assert f"| {name}" in text
