"""A neural causal model of the napkin, trained jointly as a generative adversarial network: a baseline.

Each variable is a network of its parents, of noise of its own, and of the unobserved causes that it shares: one
normal vector for ``w1 <-> x`` and one for ``w1 <-> y``. One critic compares whole rows. The model that matches the
data answers a query that can be identified at all; to set x, its network is passed over.

References:
    Xia, Lee, Bengio, Bareinboim (NeurIPS 2021), The causal-neural connection, arXiv 2107.00793; Xia, Pan,
    Bareinboim (ICLR 2023), arXiv 2210.00035, for the adversarial way.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

LATENT = 32
MEMORY = 500
RATE = 5e-4
DARK = -2.0
"""Where images start on the logistic scale: most pixels of the data are black."""


class NeuralCausalModel(nn.Module):
    """``w1 -> w2 -> x -> y`` with ``x <-> w1 <-> y``: w2 is a label, the others are images.

    Args:
        channels: Of the images.
        size: Rows and columns of pixels, a multiple of 4.
        labels: States of w2.
        width: Channels at the finest level.
    """

    def __init__(self, channels: int, size: int, labels: int, width: int) -> None:
        super().__init__()
        self.labels = labels
        self.first = Painter(3 * LATENT, channels, size, width)
        self.label = Reader(channels, size, width, labels)
        self.second = Painter(labels + 2 * LATENT, channels, size, width)
        self.code = Reader(channels, size, width, 2 * LATENT)
        self.third = Painter(4 * LATENT, channels, size, width)

    def forward(self, rows: int) -> dict[str, Tensor]:
        """Rows of the model; w2 is one-hot, with the gradient of a relaxed draw."""
        one, other = self.noise(rows), self.noise(rows)
        w1 = self.first(torch.cat([one, other, self.noise(rows)], 1))
        w2 = F.gumbel_softmax(self.label(w1), tau=0.5, hard=True)
        x = self.second(torch.cat([w2, one, self.noise(rows)], 1))
        return {"w1": w1, "w2": w2, "x": x, "y": self._outcome(x, other)}

    def intervened(self, x: Tensor) -> Tensor:
        """Samples of y under ``do(x)``, one for each image."""
        return self._outcome(x, self.noise(len(x)))

    def noise(self, rows: int) -> Tensor:
        """A normal vector for each row."""
        return torch.randn(rows, LATENT, device=self.third.start.weight.device)

    def _outcome(self, x: Tensor, shared: Tensor) -> Tensor:
        image: Tensor = self.third(torch.cat([self.code(x), shared, self.noise(len(x))], 1))
        return image


class Painter(nn.Module):
    """A vector to an image with pixels in 0 to 1."""

    def __init__(self, inputs: int, channels: int, size: int, width: int) -> None:
        super().__init__()
        self.start = nn.Linear(inputs, 4 * width * (size // 4) ** 2)
        self.shape = (4 * width, size // 4, size // 4)
        self.layers = nn.Sequential(
            nn.BatchNorm2d(4 * width),
            nn.ReLU(),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(4 * width, 2 * width, 3, padding=1),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
            nn.Upsample(scale_factor=2),
            nn.Conv2d(2 * width, width, 3, padding=1),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, channels, 3, padding=1),
            nn.Sigmoid(),
        )
        with torch.no_grad():
            self.layers[-2].bias.fill_(DARK)

    def forward(self, vector: Tensor) -> Tensor:
        """Images ``(rows, channels, size, size)``."""
        image: Tensor = self.layers(self.start(vector).unflatten(1, self.shape))
        return image


class Reader(nn.Sequential):
    """An image to a vector."""

    def __init__(self, channels: int, size: int, width: int, outputs: int) -> None:
        super().__init__(
            nn.Conv2d(channels, width, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(2 * width * (size // 4) ** 2, outputs),
        )


class Critic(nn.Module):
    """How real a whole row looks."""

    def __init__(self, channels: int, size: int, labels: int, width: int) -> None:
        super().__init__()
        self.images = Reader(3 * channels, size, 2 * width, 128)
        self.score = nn.Sequential(
            nn.LeakyReLU(0.2), nn.Linear(128 + labels, 128), nn.LeakyReLU(0.2), nn.Linear(128, 1)
        )
        for layer in [*self.images, *self.score]:
            if isinstance(layer, (nn.Conv2d, nn.Linear)):
                spectral_norm(layer)

    def forward(self, row: Mapping[str, Tensor]) -> Tensor:
        """Scores ``(rows, 1)``."""
        images = self.images(torch.cat([row[name] for name in ("w1", "x", "y")], 1))
        score: Tensor = self.score(torch.cat([images, row["w2"]], 1))
        return score


def trained(
    rows: Mapping[str, Tensor], labels: int, steps: int, width: int = 24, seed: int = 0, device: str = "cpu"
) -> NeuralCausalModel:
    """A model trained on observational rows by the hinge loss; its weights are averaged along the way."""
    devices = [] if device == "cpu" else [torch.device(device)]
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        channels, size = rows["x"].shape[1], rows["x"].shape[-1]
        model = NeuralCausalModel(channels, size, labels, width).to(device)
        critic = Critic(channels, size, labels, width).to(device)
        average = copy.deepcopy(model)
        makers = torch.optim.Adam(model.parameters(), lr=RATE, betas=(0.5, 0.9))
        critics = torch.optim.Adam(critic.parameters(), lr=RATE, betas=(0.5, 0.9))
        for step in range(steps):
            real = _batch(rows, labels, device)
            made = model(len(real["x"]))
            kept = {name: values.detach() for name, values in made.items()}
            _descend(critics, F.relu(1 - critic(real)).mean() + F.relu(1 + critic(kept)).mean())
            _descend(makers, -critic(made).mean())
            _average(average, model, min(1 - 1 / (step + 1), 1 - 1 / MEMORY))
    return average.eval()


def _batch(rows: Mapping[str, Tensor], labels: int, device: str, size: int = 64) -> dict[str, Tensor]:
    chosen = torch.randint(len(rows["x"]), (size,))
    batch = {name: values[chosen].to(device) for name, values in rows.items()}
    return {**batch, "w2": F.one_hot(batch["w2"], labels).float()}


def _descend(optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


def _average(average: nn.Module, model: nn.Module, share: float) -> None:
    with torch.no_grad():
        for kept, new in zip(average.parameters(), model.parameters(), strict=True):
            kept.lerp_(new, 1 - share)
        for kept, new in zip(average.buffers(), model.buffers(), strict=True):
            kept.copy_(new)
