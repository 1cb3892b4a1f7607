"""A policy that is learned by gradient ascent through a fitted sampler: whom to treat, if treating costs something.

Rows show who was treated, for reasons z that also matter for the outcome. Treating helps where z is high and harms
where it is low. The sampler of y and x under the policy is fitted once; then a policy with parameters is bound to it,
and the mean of y, less the cost of treating, is raised by gradient steps through its graph.

    python examples/learn_policy.py
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

import dofx

COST = 0.1
"""What treating one person costs, in units of y."""


def rows(n: int = 20_000, seed: int = 0) -> dict[str, np.ndarray]:
    """Rows in which z, one of five levels, drives both the treatment x and the outcome y."""
    rng = np.random.default_rng(seed)
    z = rng.integers(0, 5, n)
    x = rng.random(n) < 0.2 + 0.15 * z
    y = rng.random(n) < 0.4 + x * (0.15 * z - 0.25)
    return {"z": z, "x": x.astype(int), "y": y.astype(int)}


class Advice(nn.Module):
    """Logits of treating, a line in z."""

    def __init__(self) -> None:
        super().__init__()
        self.line = nn.Linear(1, 1)
        nn.init.zeros_(self.line.weight)
        nn.init.zeros_(self.line.bias)

    def forward(self, z: Tensor) -> Tensor:
        """Logits of not treating and of treating, ``(rows, 2)``."""
        treat = self.line(z.float().unsqueeze(-1) - 2).squeeze(-1)
        return torch.stack([torch.zeros_like(treat), treat], dim=-1)


@dataclass(frozen=True)
class Learned:
    """What was learned.

    Args:
        treated: The chance of being treated at each level of z.
        before: The mean of y less the cost, if everybody is treated by the toss of a coin.
        after: The same under the learned policy.
    """

    treated: list[float]
    before: float
    after: float


def learn(steps: int = 150, draws: int = 4_000, seed: int = 0) -> Learned:
    """Fit the sampler once, and raise the value of a policy step by step."""
    query = "P(y[x ~ advice(z)], x[x ~ advice(z)])"
    sampler = dofx.compile(query, "z -> x -> y; z -> y").fit(rows())
    outcome, treatment = sampler.query.outcomes
    advice = Advice()
    graph = sampler.following({"advice": advice}).relaxed()
    optimiser = torch.optim.Adam(advice.parameters(), lr=0.1)
    source = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        drawn = graph(graph.draw_noise(draws, source), {}, {})
        value = drawn[outcome][:, 1].mean() - COST * drawn[treatment][:, 1].mean()
        optimiser.zero_grad()
        (-value).backward()
        optimiser.step()

    def value_of(policy: object) -> float:
        table = sampler.distribution(policies={"advice": policy})  # type: ignore[dict-item]
        means = [table.marginal([name]).array()[1] for name in (outcome, treatment)]
        return float(means[0] - COST * means[1])

    half = dofx.Table(["z", "x"], np.full((5, 2), 0.5))
    with torch.no_grad():
        treated = advice(torch.arange(5)).softmax(-1)[:, 1].tolist()
    return Learned(treated, value_of(half), value_of(advice))


if __name__ == "__main__":
    found = learn()
    for level, chance in enumerate(found.treated):
        print(f"z = {level}: treat with chance {chance:.2f}")
    print(f"value by a coin {found.before:.3f}, learned {found.after:.3f}")
