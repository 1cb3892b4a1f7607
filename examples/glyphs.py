"""Handwritten digits and clothes as arrays: MNIST, Fashion-MNIST, and the 8×8 scans that scikit-learn ships."""

from __future__ import annotations

import gzip
from dataclasses import dataclass

import numpy as np
import torch
from archives import FASHION, MNIST
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d, interpolate, pad

Bytes = NDArray[np.uint8]
STATES = 10
PENS = (0.6, 1.5, 2.5)
"""Radii of a thin, a regular and a thick pen, in pixels of a 28×28 image."""


@dataclass(frozen=True)
class Glyphs:
    """Grey images with a label each.

    Args:
        images: uint8 ``(rows, height, width)``.
        labels: int64 ``(rows,)``, 0 to 9.
    """

    images: Tensor
    labels: Tensor

    def part(self, start: int, stop: int | None = None) -> Glyphs:
        """Some of them, in their order."""
        return Glyphs(self.images[start:stop], self.labels[start:stop])


def mnist(train: bool = True) -> Glyphs:
    """The 60,000 training or 10,000 test images of MNIST, 28×28 (LeCun, Cortes and Burges, 1998)."""
    part = "train" if train else "t10k"
    names = (f"data/{part}-images-idx3-ubyte", f"data/{part}-labels-idx1-ubyte")
    return _glyphs(*(idx(MNIST.read(name)) for name in names))


def fashion(train: bool = True) -> Glyphs:
    """The 60,000 training or 10,000 test images of Fashion-MNIST, 28×28 (Xiao, Rasul and Vollgraf, 2017)."""
    part = "train" if train else "t10k"
    names = (f"{part}-images-idx3-ubyte.gz", f"{part}-labels-idx1-ubyte.gz")
    return _glyphs(*(idx(gzip.decompress(FASHION.read(name))) for name in names))


def scans() -> Glyphs:
    """The 1,797 digits of scikit-learn, 8×8, for small settings: they need no download."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    return _glyphs((digits.images * 255 / 16).astype(np.uint8), digits.target)


def idx(content: bytes) -> Bytes:
    """The array of unsigned bytes in a file of MNIST's format.

    >>> idx(bytes([0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 2, 7, 9])).tolist()
    [[7, 9]]

    Raises:
        ValueError: If it is not such a file.
    """
    axes = content[3]
    if content[:3] != b"\x00\x00\x08":
        raise ValueError("not a file of unsigned bytes in the format IDX")
    shape = np.frombuffer(content, ">u4", axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _glyphs(images: Bytes, labels: NDArray[np.integer]) -> Glyphs:
    return Glyphs(torch.from_numpy(images.copy()), torch.from_numpy(labels.astype(np.int64)))


def resized(images: Tensor, size: int) -> Tensor:
    """Grey images as bytes ``(rows, size, size)``, each pixel the mean of what it covers.

    28×28 images get a margin first where it makes 32×32, a multiple of the size.
    """
    values = images.float()
    margin = 32 - images.shape[-1]
    if 0 < margin < 5 and 32 % size == 0:
        values = pad(values, [margin // 2] * 4)
    return adaptive_avg_pool2d(values.unsqueeze(1), size).squeeze(1).round().to(torch.uint8)


def redrawn(images: Tensor, size: int) -> Tensor:
    """Each digit written along its middle line with each pen, bytes ``(pens, rows, size, size)``.

    MNIST's digits differ in thickness; after this it is the pen's alone, and can be read off again.
    """
    parts = []
    for part in images.split(1_000):
        lines = skeleton(_enlarged(part) > 100)
        parts.append(torch.stack([resized(_written(lines, radius), size) for radius in PENS]))
    return torch.cat(parts, dim=1)


def _enlarged(images: Tensor) -> Tensor:
    if images.shape[-1] >= 28:
        return images
    wide = interpolate(images.float().unsqueeze(1), 24, mode="bilinear", align_corners=False)
    return pad(wide.squeeze(1), [2] * 4)


def _written(lines: Tensor, radius: float) -> Tensor:
    """Lines drawn with a round pen whose rim is a pixel soft, bytes."""
    reach = int(radius + 0.5)
    framed = pad(lines.to(torch.uint8), [reach] * 4)
    height, width = lines.shape[-2:]
    page = torch.zeros_like(lines, dtype=torch.uint8)
    for down in range(2 * reach + 1):
        for right in range(2 * reach + 1):
            distance = float(np.hypot(down - reach, right - reach))
            ink = round(255 * min(1.0, max(0.0, radius + 0.5 - distance)))
            if ink:
                page = torch.maximum(page, ink * framed[:, down : down + height, right : right + width])
    return page


def skeleton(shapes: Tensor) -> Tensor:
    """The middle lines of shapes, bool ``(rows, height, width)``, one pixel wide and as connected as they.

    References:
        Zhang and Suen (1984), A fast parallel algorithm for thinning digital patterns, CACM 27(3).
    """
    shapes = shapes.clone()
    changed = True
    while changed:
        changed = False
        for first in (True, False):
            spare = _spare(shapes, first)
            changed |= bool(spare.any())
            shapes &= ~spare
    return shapes


def _spare(shapes: Tensor, first: bool) -> Tensor:
    """Pixels of the rim that a pass may take away: on the south-east rim, or on the north-west one."""
    framed, (height, width) = pad(shapes, [1] * 4), shapes.shape[-2:]
    ring = ((0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0))
    around = [framed[:, down : down + height, right : right + width] for down, right in ring]
    north, east, south, west = around[0::2]
    neighbours, starts = (
        torch.zeros_like(shapes, dtype=torch.uint8),
        torch.zeros_like(shapes, dtype=torch.uint8),
    )
    for pixel, following in zip(around, [*around[1:], around[0]], strict=True):
        neighbours += pixel
        starts += following > pixel
    rim = ~(east & south & (north | west)) if first else ~(north & west & (east | south))
    return shapes & (neighbours >= 2) & (neighbours <= 6) & (starts == 1) & rim
