"""Train a classifier on interventional samples, so that it stops using a shortcut.

Cows stand on grass and camels on sand, mostly: a classifier that sees body and background learns the background. With
samples of `P(animal, body | do(background))` at random backgrounds, the background says nothing about the
animal, while what it does to the picture stays.

    python examples/embed_shortcut.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor, nn

import dofx

GRAPH = "animal -> body; animal <-> background; background -> body"
Batch = tuple[Tensor, Tensor]
"""What a classifier sees, ``(rows, 3)``, and the animal, ``(rows,)``."""


def photos(rows: int, agreement: float, seed: int) -> dict[str, np.ndarray]:
    """Photos in which that share of animals stand where they are expected to."""
    rng = np.random.default_rng(seed)
    animal = rng.integers(0, 2, rows)
    background = np.where(rng.random(rows) < agreement, animal, 1 - animal)
    means = np.stack([1.5 * animal + 0.5 * background, animal - 0.5 * background], axis=1)
    return {"animal": animal, "background": background, "body": means + rng.normal(size=(rows, 2))}


def seen(body: Tensor, background: Tensor) -> Tensor:
    """What the classifier sees of a photo."""
    return torch.cat([body, background.float().unsqueeze(-1)], dim=-1)


def observed(data: dict[str, np.ndarray], size: int = 512) -> Iterator[Batch]:
    """Batches of the photos themselves."""
    body, background, animal = (torch.tensor(data[name]) for name in ("body", "background", "animal"))
    source = torch.Generator().manual_seed(0)
    while True:
        index = torch.randint(len(animal), (size,), generator=source)
        yield seen(body[index].float(), background[index]), animal[index]


def intervened(sampler: dofx.Sampler, size: int = 512) -> Iterator[Batch]:
    """Fresh batches in which the background is set by a coin."""
    module, source = sampler.module, torch.Generator().manual_seed(0)
    while True:
        background = torch.randint(2, (size,), generator=source)
        with torch.no_grad():
            rows = module(module.draw_noise(size, source), {"background": background}, {})
        yield seen(rows["body"], background), rows["animal"]


def trained(batches: Iterator[Batch], steps: int) -> Callable[[Tensor], Tensor]:
    """A classifier trained on so many batches."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 32), nn.ReLU(), nn.Linear(32, 2))
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _, (features, animal) in zip(range(steps), batches, strict=False):
        optimiser.zero_grad()
        nn.functional.cross_entropy(network(features), animal).backward()
        optimiser.step()
    return network


def accuracy(network: Callable[[Tensor], Tensor], data: dict[str, np.ndarray]) -> float:
    """The share of animals that are recognised."""
    features = seen(torch.tensor(data["body"]).float(), torch.tensor(data["background"]))
    return float((network(features).argmax(1) == torch.tensor(data["animal"])).float().mean())


def main(rows: int = 10_000, epochs: int | None = None, steps: int = 400) -> dict[str, tuple[float, float]]:
    """Train both ways, and print how well each does where animals stand as usual and where they do not."""
    data = photos(rows, agreement=0.95, seed=0)
    sampler = dofx.compile("P(animal, body | do(background))", GRAPH)
    sampler.fit(data, epochs=epochs, progress=False)
    print(sampler.estimand)
    usual, unusual = photos(5_000, 0.95, seed=1), photos(5_000, 0.05, seed=2)
    found = {}
    for name, batches in (("observed", observed(data)), ("intervened", intervened(sampler))):
        network = trained(batches, steps)
        found[name] = accuracy(network, usual), accuracy(network, unusual)
        print(f"trained on {name} photos: {found[name][0]:.0%} as usual, {found[name][1]:.0%} elsewhere")
    return found


if __name__ == "__main__":
    main()
