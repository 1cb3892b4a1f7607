"""Small generators of one's own, for tests of what is around generators."""

import time
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dofx.runtime.families import Noise
from dofx.runtime.training.settings import FitReport, FitSettings


class Linear(nn.Module):
    """target = a + b · given + s · noise, fitted by least squares: continuous, and no log_prob."""

    def __init__(self, conditions: int) -> None:
        super().__init__()
        self.noise = Noise((), "normal")
        self.register_buffer("weights", torch.zeros(conditions + 1))
        self.register_buffer("spread", torch.ones(()))

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        return self._mean(given, len(noise)) + self.spread * noise

    def fit(self, target: Tensor, given: Sequence[Tensor], settings: FitSettings) -> FitReport:
        design = torch.stack([torch.ones(len(target)), *(g.float() for g in given)], dim=1)
        self.weights = torch.linalg.lstsq(design, target.float()).solution
        self.spread = (target - design @ self.weights).std()
        for epoch in range(3):
            if settings.progress:
                settings.progress(epoch + 1, 3, float(-self.spread))
        return FitReport(None, epochs=3, rows=len(target), seconds=0.0)

    def _mean(self, given: Sequence[Tensor], rows: int) -> Tensor:
        mean = self.weights[0].expand(rows)
        for weight, value in zip(self.weights[1:], given, strict=True):
            mean = mean + weight * value.float()
        return mean


class Probit(Linear):
    """One of two states, by the sign of a linear model: finite, and no log_prob."""

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        return (super().forward(noise, *given) > 0.5).long()


class Softmax(nn.Module):
    """A finite target by a table of logits over finite conditions: a finite generator that is not a table."""

    def __init__(self, states: Sequence[int]) -> None:
        super().__init__()
        self.noise = Noise((), "uniform")
        self.logits = nn.Parameter(torch.zeros(*states))

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        cdf = self.logits.softmax(-1)[given].cumsum(-1) if given else self.logits.softmax(-1).cumsum(-1)
        return (noise.unsqueeze(-1) >= cdf[..., :-1]).sum(-1)

    def log_prob(self, target: Tensor, *given: Tensor) -> Tensor:
        return self.logits.log_softmax(-1)[(*given, target)]

    def fit(self, target: Tensor, given: Sequence[Tensor], settings: FitSettings) -> FitReport:
        counts = torch.zeros(self.logits.shape)
        counts.index_put_((*given, target), torch.ones(len(target)), accumulate=True)
        with torch.no_grad():
            self.logits.copy_((counts + 0.1).log())
        return FitReport(0.0, epochs=1, rows=len(target), seconds=0.0)


class Slow(Softmax):
    """A generator whose training takes its time, so that a test can kill it."""

    def fit(self, target: Tensor, given: Sequence[Tensor], settings: FitSettings) -> FitReport:
        time.sleep(60)
        return super().fit(target, given, settings)


class Broken(Softmax):
    """A generator that cannot be trained."""

    def fit(self, target: Tensor, given: Sequence[Tensor], settings: FitSettings) -> FitReport:
        raise ArithmeticError("loss is nan")
