"""Velocities of a flow along straight paths: what is known without training, and a network for the rest."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import pi, prod

import torch
from torch import Tensor, nn

from ..variables import Image, VariableType, event_shape
from .context import Read
from .unet import UNet

TIME_WAVES = 8


class Velocity(nn.Module):
    """The velocity at a place and a time, on the way from normal noise at time 0 to standardised data at 1.

    Were the data normal, independent and standardised, the velocity would be ``(2t - 1) / (t² + (1 - t)²)``
    times the place. A network that starts at zero learns what is left, in units of its standard deviation. So
    an untrained flow samples the product of the marginals of what was standardised.

    Args:
        target: What the flow makes.
        embedding: Numbers in the embedding of the conditions.
        beside: Channels of the images that are read beside it.
        width: Channels of the network's finest level, or the width of its layers where a vector is made.
        patch: See `UNet`.

    References:
        Lipman, Chen, Ben-Hamu, Nickel, Le (ICLR 2023): Flow matching for generative modeling, arXiv
        2210.02747, section 4.1 (optimal transport paths). The parts that are known are the preconditioning of
        Karras, Aittala, Aila, Laine (NeurIPS 2022), arXiv 2206.00364, for these paths.
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
        drift, size = (part.reshape(-1, *[1] * (place.ndim - 1)) for part in known_velocity(time))
        rest: Tensor = self.network(place, embedding, read.beside)
        return drift * place + size * rest


class Perceptron(nn.Module):
    """Layers with shortcuts that a vector and an embedding go through; it starts at zero.

    Args:
        size: Numbers of the vector.
        embedding: Numbers of the embedding.
        width: Of each layer.
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
        """A vector for each, ``(rows, *event)``."""
        h = self.enter(place.reshape(-1, self.size))
        for layer, condition in zip(self.layers, self.condition, strict=True):
            h = h + layer(nn.functional.silu(h + condition(embedding)))
        out: Tensor = self.leave(nn.functional.silu(h))
        return out.reshape(place.shape)


def known_velocity(time: Tensor) -> tuple[Tensor, Tensor]:
    """For normal data: the velocity's factor of the place, and the standard deviation of what is left.

    >>> drift, size = known_velocity(torch.tensor([0.0, 0.5, 1.0]))
    >>> drift.tolist(), size.tolist()
    ([-1.0, 0.0, 1.0], [1.0, 1.4142135381698608, 1.0])
    """
    variance = time**2 + (1 - time) ** 2
    return (2 * time - 1) / variance, variance.rsqrt()


def integrate(velocity: Callable[[Tensor, Tensor], Tensor], place: Tensor, steps: int) -> Tensor:
    """Where the flow takes places from time 0 to time 1, by the midpoint rule in equal steps.

    Args:
        velocity: From places ``(rows, *event)`` and a time ``(1,)``.
        place: At time 0.
        steps: How many; each asks for two velocities.

    >>> end = integrate(lambda place, time: place * time, torch.ones(1), 10)
    >>> round(float(end), 2)  # exp(1 / 2)
    1.65
    """
    for begin, end in pairwise(k / steps for k in range(steps + 1)):
        half = (end - begin) / 2
        middle = place + half * velocity(place, place.new_tensor([begin]))
        place = place + (end - begin) * velocity(middle, place.new_tensor([begin + half]))
    return place


def _waves(time: Tensor) -> Tensor:
    """Sines and cosines of a time between 0 and 1, ``(rows, 2 * TIME_WAVES)``."""
    frequencies = pi * torch.logspace(-1, 5, TIME_WAVES, base=2.0, device=time.device)
    angles = time[:, None] * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=1)
