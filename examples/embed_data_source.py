"""A compiled sampler as the data source of a plain training loop.

A small network learns the 10 %, 50 % and 90 % quantiles of `P(harvest | do(water), soil)` for every setting at once,
from fresh samples in each step. It never sees the same row twice, and afterwards answers in microseconds.

    python examples/embed_data_source.py
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import NormalDist

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, IterableDataset

import dofx

LEVELS = torch.tensor([0.1, 0.5, 0.9])
SOILS = ("clay", "loam", "sand")


def fields(rows: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Fields whose farmers water more where weather is dry, which costs yield too; sand holds less water."""
    rng = np.random.default_rng(seed)
    soil, drought = rng.integers(0, 3, rows), rng.normal(size=rows)
    water = 1 + 0.5 * drought + 0.5 * rng.normal(size=rows)
    harvest = (2 - 0.5 * soil) * water - drought + 0.5 * rng.normal(size=rows)
    return {"soil": np.array(SOILS)[soil], "drought": drought, "water": water, "harvest": harvest}


class Interventions(IterableDataset[tuple[Tensor, Tensor, Tensor]]):
    """Endless batches: waters chosen at random, soils as they come, and what is harvested then.

    Args:
        sampler: Of ``P(harvest | do(water), soil)``, fitted.
        rows: Of each batch.
    """

    def __init__(self, sampler: dofx.Sampler, rows: int = 1_024) -> None:
        self.module, self.rows = sampler.module, rows

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
        source = torch.Generator().manual_seed(torch.initial_seed())
        while True:
            water = 3 * torch.rand(self.rows, generator=source) - 0.5
            soil = torch.randint(len(SOILS), (self.rows,), generator=source)
            with torch.no_grad():
                rows = self.module(
                    self.module.draw_noise(self.rows, source), {"water": water}, {"soil": soil}
                )
            yield water, soil, rows["harvest"]


def features(water: Tensor, soil: Tensor) -> Tensor:
    """What the network reads: the water, and the soil one-hot."""
    return torch.cat([water.unsqueeze(1), nn.functional.one_hot(soil, len(SOILS)).float()], dim=1)


def trained(source: Interventions, steps: int) -> nn.Module:
    """A network that predicts quantiles, trained by the pinball loss."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(1 + len(SOILS), 64), nn.SiLU(), nn.Linear(64, len(LEVELS)))
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.01, total_iters=steps)
    for _, (water, soil, harvest) in zip(range(steps), DataLoader(source, batch_size=None), strict=False):
        off = harvest.unsqueeze(1) - network(features(water, soil))
        loss = torch.maximum(LEVELS * off, (LEVELS - 1) * off).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    return network


def main(rows: int = 10_000, epochs: int | None = None, steps: int = 600) -> float:
    """Fit, train, and print predicted beside true quantiles at two settings. Returns the largest error."""
    sampler = dofx.compile(
        "P(harvest | do(water), soil)", "drought -> {water, harvest}; {water, soil} -> harvest"
    )
    sampler.fit(fields(rows), epochs=epochs, progress=False)
    print(sampler.estimand)
    network, worst = trained(Interventions(sampler), steps), 0.0
    spread = NormalDist(0, float(np.hypot(1, 0.5)))
    for soil, water in ((0, 1.0), (2, 2.0)):
        with torch.no_grad():
            found = network(features(torch.tensor([water]), torch.tensor([soil])))[0]
        truth = torch.tensor([(2 - 0.5 * soil) * water + spread.inv_cdf(level) for level in LEVELS.tolist()])
        worst = max(worst, float((found - truth).abs().max()))
        shown = ", ".join(f"{f:.2f} ({t:.2f})" for f, t in zip(found.tolist(), truth.tolist(), strict=True))
        print(f"water {water} on {SOILS[soil]}: quantiles {shown} (truth)")
    return worst


if __name__ == "__main__":
    main()
