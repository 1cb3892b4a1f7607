"""Generators of one's own by the documented protocol: what `fit` may return, and laws of noise."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Normal

import dofx
from dofx import Sampler
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.families import Noise
from dofx.runtime.foreign import from_distribution
from dofx.runtime.training.settings import FitReport, FitSettings

ROWS = {"x": np.linspace(-1, 1, 40), "y": np.linspace(0, 1, 40)}


class Own(nn.Module):
    """Noise about a mean; what training returns is up to the test."""

    def __init__(self, returned: Any) -> None:
        super().__init__()
        self.noise, self.returned = Noise((), "normal"), returned
        self.register_buffer("mean", torch.zeros(()))

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        return noise + self.mean  # type: ignore[operator]

    def fit(self, target: Tensor, given: Sequence[Tensor], settings: FitSettings) -> Any:
        self.mean = target.mean()
        return self.returned


def fitted(generator: Any) -> Sampler:
    return dofx.compile("P(y | do(x))", "x -> y").fit(ROWS, generators={"y": generator}, progress=False)


def test_training_may_return_a_report_or_nothing() -> None:
    reported, silent = fitted(Own(FitReport(-1.0, 3, 40, 0.5))), fitted(Own(None))
    drawn = [sampler.sample(5, do={"x": 0.5}, seed=0)["y"] for sampler in (reported, silent)]
    assert torch.equal(*drawn)
    reports = [(sampler.report or ()) and sampler.report.records[-1].report for sampler in (reported, silent)]
    assert [(report.score, report.rows) for report in reports if report] == [(-1.0, 40), (None, 40)]


def test_what_else_training_returns_is_reported() -> None:
    """It used to be an AttributeError once all was trained."""
    with pytest.raises(
        DofxError, match=r"Own, which is to draw P\(y \| x\), returns a dict from `fit`"
    ) as raised:
        fitted(Own({"loss": 0.5}))
    assert raised.value.diagnostics[0].code == "E0411"


def test_a_law_of_noise_is_one_of_two() -> None:
    """Any other word used to mean normal noise."""
    law: Any = "gaussian"
    with pytest.raises(DofxError) as raised:
        Noise((), law)
    assert raised.value.diagnostics[0].code == "E0411"


def test_a_density_that_is_no_number_is_reported() -> None:
    def law(given: Any) -> Normal:
        return Normal(given["x"], -1.0, validate_args=False)

    with pytest.raises(DofxError, match="log-probabilities that are not numbers") as raised:
        fitted(from_distribution(law))
    assert raised.value.diagnostics[0].code == "E0412"
