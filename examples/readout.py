"""A small convolutional network that reads off what images show; its last layer but one gives their features."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

FEATURES = 64


class Readout(nn.Module):
    """Reads several attributes of an image at once.

    Args:
        channels: Of the images.
        size: Rows and columns of pixels, at least 4.
        states: How many states each attribute has.
    """

    def __init__(self, channels: int, size: int, states: Sequence[int]) -> None:
        super().__init__()
        self.states = tuple(states)
        side = (size + 3) // 4
        self.body = nn.Sequential(
            nn.Conv2d(channels, 16, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(32, 64, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Flatten(),
            nn.Linear(64 * side**2, FEATURES),
        )
        self.heads = nn.ModuleList(nn.Linear(FEATURES, n) for n in self.states)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Logits of each attribute, ``(rows, states)``."""
        features = F.relu(self.body(images))
        return [head(features) for head in self.heads]

    @torch.no_grad()
    def features(self, images: Tensor) -> Tensor:
        """The last layer but one, ``(rows, 64)``, before it is rectified."""
        return torch.cat([self.body(part) for part in images.split(2_000)])

    @torch.no_grad()
    def read(self, images: Tensor) -> list[Tensor]:
        """The likeliest state of each attribute, int64 ``(rows,)``."""
        parts = [[logits.argmax(1) for logits in self(part)] for part in images.split(2_000)]
        return [torch.cat(states) for states in zip(*parts, strict=True)]

    def cells(self, images: Tensor) -> Tensor:
        """The likeliest states as one number, the last attribute running fastest."""
        cell = torch.zeros(len(images), dtype=torch.int64, device=images.device)
        for states, n in zip(self.read(images), self.states, strict=True):
            cell = cell * n + states
        return cell


def trained(
    images: Tensor, labels: Sequence[Tensor], states: Sequence[int], seed: int = 0, epochs: int = 8
) -> Readout:
    """A reader of images ``(rows, channels, size, size)``, by the labels of each attribute."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        reader = Readout(images.shape[1], images.shape[-1], states).to(images.device)
    source = torch.Generator().manual_seed(seed)
    batches = -(-len(images) // 128)
    optimiser = torch.optim.AdamW(reader.parameters(), lr=2e-3, weight_decay=1e-2)
    pace = torch.optim.lr_scheduler.OneCycleLR(optimiser, 3e-3, total_steps=epochs * batches)
    for _ in range(epochs):
        for batch in torch.randperm(len(images), generator=source).split(128):
            pairs = zip(reader(images[batch]), labels, strict=True)
            loss = torch.stack([F.cross_entropy(logits, label[batch]) for logits, label in pairs]).sum()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            pace.step()
    return reader.eval()
