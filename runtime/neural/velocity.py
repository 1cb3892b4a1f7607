"""A network for the velocity on the path between normal noise and an image or a vector."""

from __future__ import annotations

from math import pi, prod

import torch
from torch import Tensor, nn

from ..variables import Image, VariableType, event_shape
from .context import Read
from .unet import UNet

TIME_WAVES = 8


class Velocity(nn.Module):
    """The network of a velocity at a place and a time between 0 and 1, given conditions; it starts at zero.

    Args:
        target: The type of the image or vector.
        embedding: The number of numbers in the embedding of the conditions.
        beside: Channels of the images that are read beside it.
        width: Channels of the network's finest level for an image, or the width of its layers for a vector.
        patch: See `UNet`.
    """

    def __init__(
        self, target: VariableType, embedding: int, beside: int, width: int, patch: int | None = None
    ) -> None:
        super().__init__()
        self.time = nn.Sequential(
            nn.Linear(2 * TIME_WAVES, embedding), nn.SiLU(), nn.Linear(embedding, embedding)
        )
        self.network: nn.Module
        if isinstance(target, Image):
            sizes = (target.channels, target.height, target.width)
            self.network = UNet(*sizes, beside=beside, embedding=embedding, width=width, patch=patch)
        else:
            self.network = Perceptron(prod(event_shape(target)), embedding, width)

    def forward(self, place: Tensor, time: Tensor, read: Read) -> Tensor:
        """Velocities ``(rows, *event)``.

        Args:
            place: ``(rows, *event)``.
            time: ``(rows,)``, or ``(1,)`` for all rows.
            read: The conditions.
        """
        embedding = nn.functional.silu(self.time(_waves(time)) + read.embedding)
        velocities: Tensor = self.network(place, embedding, read.beside)
        return velocities


class Perceptron(nn.Module):
    """A perceptron with shortcuts that reads a vector and an embedding; its output starts at zero.

    Args:
        size: The number of numbers of the vector.
        embedding: The number of numbers of the embedding.
        width: Width of each layer.
        depth: Number of layers after the first.
    """

    def __init__(self, size: int, embedding: int, width: int, depth: int = 3) -> None:
        super().__init__()
        self.size = size
        self.enter = nn.Linear(size, width)
        self.condition = nn.ModuleList(nn.Linear(embedding, width) for _ in range(depth))
        self.layers = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.leave = nn.Linear(width, size)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, place: Tensor, embedding: Tensor, beside: Tensor | None = None) -> Tensor:
        """A vector for each row, ``(rows, *event)``."""
        h = self.enter(place.reshape(-1, self.size))
        for layer, condition in zip(self.layers, self.condition, strict=True):
            h = h + layer(nn.functional.silu(h + condition(embedding)))
        out: Tensor = self.leave(nn.functional.silu(h))
        return out.reshape(place.shape)


def _waves(time: Tensor) -> Tensor:
    """Sines and cosines of a time between 0 and 1, ``(rows, 2 * TIME_WAVES)``."""
    frequencies = pi * torch.logspace(-1, 5, TIME_WAVES, base=2.0, dtype=time.dtype, device=time.device)
    angles = time[:, None] * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=1)
