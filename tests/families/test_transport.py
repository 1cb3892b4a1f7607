"""What flow matching and diffusion share: what they train on, and what stops them."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from dofx.runtime.families.velocities.ddpm import DdpmGenerator
from dofx.runtime.families.velocities.flow_matching import FlowMatchingGenerator
from dofx.runtime.families.velocities.transport import Transport
from dofx.runtime.training.settings import FitReport, FitSettings
from dofx.runtime.training.team import Loss
from dofx.runtime.variables import Real


@pytest.mark.parametrize("family", [FlowMatchingGenerator, DdpmGenerator])
def test_a_vector_is_judged_by_more_than_one_noise(
    family: type[Transport], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under other noise the score of the same rows and weights moves by at most half of what the loss does.

    Eight independent looks would leave a third; over 30 seeds a ratio of deviations is off by about an eighth.
    """
    rows = torch.randn(200, 2, generator=torch.Generator().manual_seed(0))
    heard: dict[str, list[float]] = {"loss": [], "judge": []}

    def train(network: Transport, loss: Loss, *others: object) -> FitReport:
        for name, errors in (("loss", loss), ("judge", others[3])):
            assert callable(errors)
            found = errors(torch.arange(200))
            assert isinstance(found, Tensor)
            assert found.shape == (200,)
            heard[name].append(float(found.detach().mean()))
        return FitReport(None, epochs=0, rows=200, seconds=0)

    monkeypatch.setattr("dofx.runtime.families.velocities.transport.train", train)
    for seed in range(30):
        family(Real((2,)), []).fit(rows, [], FitSettings(seed=seed))
    moved = {name: float(torch.tensor(scores).std()) for name, scores in heard.items()}
    assert moved["judge"] < moved["loss"] / 2
    assert sum(heard["judge"]) == pytest.approx(sum(heard["loss"]), rel=0.05)
