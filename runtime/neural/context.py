"""The conditions of a generative network: an embedding, and images that are read beside the generated image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..variables import Image, VariableType
from .encoder import Encoder
from .features import Features
from .standard_scale import Pixels

WAVES = 4
"""Frequencies of the Fourier features of a real condition: 1 to 8 waves over most of its range."""


@dataclass(frozen=True)
class Read:
    """The encoded conditions of some rows.

    Args:
        embedding: ``(rows, embedding)``, or ``(1, embedding)`` if all conditions are images.
        beside: ``(rows, channels, height, width)``, or None without images.
    """

    embedding: Tensor
    beside: Tensor | None


class Context(nn.Module):
    """The conditions of a network that makes an image or a vector: as an embedding, and as images beside the target.

    Finite conditions are embedded, and real conditions become Fourier features. If the target is an image, an image
    condition is resized to its size and read beside it. If the target is a vector, an image condition is encoded and
    embedded.

    Args:
        given: Types of the conditions.
        embedding: The number of numbers in the embedding.
        image: The type of the generated image, or None.
    """

    def __init__(self, given: Sequence[VariableType], embedding: int, image: Image | None) -> None:
        super().__init__()
        self.given, self.image = tuple(given), image
        plain = [type for type in given if not isinstance(type, Image)]
        pictures = [type for type in given if isinstance(type, Image)]
        self.features = Features(plain, WAVES)
        self.embed = nn.Linear(self.features.width, embedding)
        self.pixels = nn.ModuleList(Pixels(type) for type in pictures)
        encoded = [] if image else pictures
        self.encoders = nn.ModuleList(Encoder(type, embedding) for type in encoded)
        self.channels = sum(type.channels for type in pictures) if image else 0

    def fit(self, given: Sequence[Tensor], weights: Tensor | None = None) -> None:
        """Learns scales from encoded rows, and from how much each row counts, ``(rows,)``."""
        plain, pictures = self._parted(given)
        self.features.fit(plain, weights)
        for pixels, values in zip(self.pixels, pictures, strict=True):
            assert isinstance(pixels, Pixels)
            pixels.fit(values, weights)

    def forward(self, like: Tensor, *given: Tensor) -> Read:
        """The encoded conditions; `like` gives the number of rows if there are no conditions."""
        plain, pictures = self._parted(given)
        scaled = [pixels(values) for pixels, values in zip(self.pixels, pictures, strict=True)]
        features = (
            self.features(like, *plain)
            if plain
            else torch.ones(1, 1, dtype=torch.float32, device=like.device)
        )
        embedding: Tensor = self.embed(features)
        for encoder, values in zip(self.encoders, scaled, strict=False):
            embedding = embedding + encoder(values)
        if self.image is None or not scaled:
            return Read(embedding, None)
        return Read(embedding, torch.cat([_resized(values, self.image) for values in scaled], dim=1))

    def _parted(self, given: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        """The conditions that are not images, and the images."""
        pairs = list(zip(self.given, given, strict=True))
        plain = [values for type, values in pairs if not isinstance(type, Image)]
        return plain, [values for type, values in pairs if isinstance(type, Image)]


def _resized(values: Tensor, image: Image) -> Tensor:
    """Images resized to the size of another; if they shrink to half or less, pixels are averaged first."""
    factors = (values.shape[2] // image.height, values.shape[3] // image.width)
    if max(factors) > 1:
        values = F.avg_pool2d(values, (max(1, factors[0]), max(1, factors[1])))
    if values.shape[2:] == (image.height, image.width):
        return values
    return F.interpolate(values, size=(image.height, image.width), mode="bilinear")
