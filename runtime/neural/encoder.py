"""Encodes each image that is a condition as a few numbers, for the networks that read it."""

from __future__ import annotations

from torch import Tensor, nn

from ..variables import Image
from .unet import Norm, folded, patch_of


class Encoder(nn.Module):
    """Convolutions that turn an image into a few numbers: each level halves it, until 4 × 4 places are left.

    Args:
        type: The image's type.
        features: The number of numbers that an image becomes.
        width: Channels of the first level; each further level has twice as many, up to four times.

    >>> import torch
    >>> Encoder(Image(3, 28, 28), 16)(torch.zeros(5, 3, 28, 28)).shape
    torch.Size([5, 16])
    """

    def __init__(self, type: Image, features: int, width: int = 16) -> None:
        super().__init__()
        self.patch = patch_of(type.height, type.width)
        height, columns = type.height // self.patch, type.width // self.patch
        before, after = type.channels * self.patch**2, width
        layers: list[nn.Module] = []
        while True:
            stride = 2 if max(height, columns) > 4 else 1
            layers += [nn.Conv2d(before, after, 3, stride, padding=1), Norm(after), nn.SiLU()]
            height, columns = -(-height // stride), -(-columns // stride)
            before, after = after, min(2 * after, 4 * width)
            if max(height, columns) <= 4:
                break
        self.layers = nn.Sequential(*layers)
        self.last = nn.Linear(before * height * columns, features)

    def forward(self, images: Tensor) -> Tensor:
        """Features ``(rows, features)`` of standardised images ``(rows, channels, height, width)``."""
        features: Tensor = self.last(self.layers(folded(images, self.patch)).flatten(1))
        return features
