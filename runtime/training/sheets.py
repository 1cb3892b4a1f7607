"""Sheets of samples during a training: the images that a generator draws at that time, as PNG files."""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import pad

from ...grammar.edge.outputs import write_atomically
from .checkpoint import warn_unkept

MOST_SHEETS = 20
"""Largest number of sheets of one training, without the sheet of its last epoch."""

ROWS, DRAWS = 8, 8
"""Number of held-out rows on a sheet, and of draws for each row."""

MARGIN = 0.12
"""The margin between images, as a share of their height."""


class Sheets:
    """The sheets of one training: ``epoch-0005.png`` and so on, at equal distances.

    Args:
        folder: The folder of the files; None writes no sheets.
        draw: A function from held-out rows ``(rows,)`` to images in 0 to 1 of shape
            ``(rows, columns, channels, height, width)``.
        held_out: All held-out rows; a sheet has draws for the first of them.
        epochs: Largest number of epochs.
        epoch: Number of epochs that are already over.
    """

    def __init__(
        self,
        folder: str | Path | None,
        draw: Callable[[Tensor], Tensor] | None,
        held_out: Tensor,
        epochs: int,
        epoch: int = 0,
    ) -> None:
        self.folder, self.draw, self.rows = folder, draw, held_out[:ROWS]
        self.epochs, self.every = epochs, max(1, math.ceil(epochs / MOST_SHEETS))
        self.drawn = epoch // self.every

    def due(self, epoch: int) -> bool:
        """Whether a sheet is due after this number of epochs."""
        wanted = self.folder is not None and self.draw is not None
        return wanted and (epoch // self.every > self.drawn or epoch == self.epochs)

    def write(self, epoch: int) -> None:
        """Draw a sheet with the present weights.

        Warns:
            UnkeptWarning: If the file cannot be written. The training goes on.
        """
        if self.folder is None or self.draw is None:
            return
        self.drawn = epoch // self.every
        with torch.no_grad():
            page = tiled(self.draw(self.rows))
        try:
            write_atomically(Path(self.folder) / f"epoch-{epoch:04d}.png", png(page))
        except OSError as error:  # the training is worth more than a picture of it
            warn_unkept(error)


def tiled(images: Tensor) -> Tensor:
    """One image ``(height, width, 3)`` made of ``(rows, columns, channels, height, width)``, with values in 0 to 1.

    If there are two channels, the first appears in grey; if there are four or more, the first three appear as colours.

    >>> tiled(torch.zeros(2, 5, 1, 8, 8)).shape
    torch.Size([18, 45, 3])
    """
    shown = images[:, :, : 3 if images.shape[2] >= 3 else 1]
    rows, columns, channels, height, width = shown.shape
    gap = max(1, round(MARGIN * height))
    framed = pad(shown.clamp(0, 1).cpu(), [0, gap, 0, gap], value=1.0)
    joined = framed.permute(0, 3, 1, 4, 2).reshape(rows * (height + gap), columns * (width + gap), channels)
    return joined.expand(-1, -1, 3)


def png(page: Tensor) -> bytes:
    """The PNG file of an image ``(height, width, 3)`` in 0 to 1, with eight bits per colour.

    References:
        W3C, Portable Network Graphics (PNG) Specification, sections 5 and 11.

    >>> png(torch.zeros(1, 2, 3))[:8]
    b'\\x89PNG\\r\\n\\x1a\\n'
    """
    height, width, _ = page.shape
    pixels = (255 * page).round().to(torch.uint8).reshape(height, 3 * width)
    lines = pad(pixels, [1, 0]).contiguous().numpy().tobytes()  # each line begins with its filter, 0
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
