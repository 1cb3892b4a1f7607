"""The scale on which a network makes images and vectors, and the map back into the range of the data."""

from __future__ import annotations

from math import prod

import torch
from torch import Tensor, nn

from ..variables import Image, VariableType, event_shape
from .marginals import DrawnMarginals
from .moments import std_mean

MOST_SCALED = 4_096
"""Largest number of images from which scales are learned."""


class Pixels(nn.Module):
    """Maps images to channels of mean 0 and variance 1, and back into the range of all pixels.

    Args:
        type: The image's type.

    >>> pixels = Pixels(Image(1, 1, 2))
    >>> pixels.fit(torch.tensor([[[[0.0, 8.0]]]]))
    >>> pixels(torch.tensor([[[[8.0, 4.0]]]])).tolist(), pixels.inverse(torch.tensor([[[[-0.5, 9.0]]]])).tolist()
    ([[[[1.0, 0.0]]]], [[[[2.0, 8.0]]]])
    """

    mean: Tensor
    spread: Tensor
    lowest: Tensor
    highest: Tensor

    def __init__(self, type: Image) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(type.channels, 1, 1))
        self.register_buffer("spread", torch.ones(type.channels, 1, 1))
        self.register_buffer("lowest", torch.tensor(-1.0))
        self.register_buffer("highest", torch.tensor(1.0))

    def fit(self, images: Tensor, weights: Tensor | None = None) -> None:
        """Learns the scale from ``(rows, channels, height, width)``, and how much each row counts, ``(rows,)``."""
        seen = images[:MOST_SCALED].detach().cpu().double()  # squares of float32 may overflow
        spread, mean = std_mean(seen, (0, 2, 3), None if weights is None else weights[:MOST_SCALED])
        self.mean = mean[:, None, None].to(self.mean)
        self.spread = torch.where(spread > 0, spread, 1.0)[:, None, None].to(self.spread)
        self.lowest, self.highest = (part.to(self.mean) for part in images.detach().aminmax())

    def forward(self, images: Tensor) -> Tensor:
        """Standardised images, ``(rows, channels, height, width)``."""
        return (images - self.mean) / self.spread

    def inverse(self, standardised: Tensor) -> Tensor:
        """Images on the scale of the data."""
        return (standardised * self.spread + self.mean).clamp(self.lowest, self.highest)

    def shown(self, images: Tensor) -> Tensor:
        """Images for display, from 0 at the lowest pixel of the data to 1 at the highest."""
        reach = self.highest - self.lowest
        return (images - self.lowest) / torch.where(reach > 0, reach, 1.0)


class Scores(nn.Module):
    """Maps each component of a real number, vector or array to its normal score, and back.

    Args:
        type: The real type.
    """

    def __init__(self, type: VariableType) -> None:
        super().__init__()
        self.marginals = DrawnMarginals(prod(event_shape(type)))

    def fit(self, values: Tensor, weights: Tensor | None = None) -> None:
        """Learns the quantiles of ``(rows, *shape)``, and how much each row counts, ``(rows,)``."""
        self.marginals.fit(values.flatten(1) if values.ndim > 1 else values.unsqueeze(1), weights=weights)

    def forward(self, values: Tensor) -> Tensor:
        """Normal scores, ``(rows, *shape)``."""
        flat = values.reshape(-1, self.marginals.x.shape[0])
        return self.marginals.forward(flat).reshape(values.shape)

    def inverse(self, standardised: Tensor) -> Tensor:
        """The values of normal scores."""
        flat = standardised.reshape(-1, self.marginals.x.shape[0])
        return self.marginals.inverse(flat).reshape(standardised.shape)
