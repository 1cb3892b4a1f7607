"""Sheets of samples: images in blocks side by side, or in strips one below the other, with titles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from dofx.generators import tiled


def sheet(blocks: Mapping[str, Tensor], labels: Sequence[str], path: Path) -> None:
    """Draws blocks ``(rows, columns, channels, size, size)`` of equally many rows, with a label at each row."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    pages = [tiled(images) for images in blocks.values()]
    widths = [page.shape[1] for page in pages]
    height = 0.5 * len(labels)
    width = height * sum(widths) / pages[0].shape[0]
    figure, axes = plt.subplots(
        1,
        len(pages),
        figsize=(width + 0.25 * len(pages) + 0.9, height + 0.4),
        width_ratios=widths,
        layout="constrained",
    )
    for axis, title, page in zip(axes, blocks, pages, strict=True):
        axis.imshow(page.numpy(), interpolation="nearest")
        axis.set_title(title, fontsize=10)
        axis.set_xticks([])
        axis.set_yticks([])
        axis.spines[:].set_visible(False)
    step = pages[0].shape[0] / len(labels)
    axes[0].set_yticks([(row + 0.45) * step for row in range(len(labels))], labels, fontsize=9)
    axes[0].tick_params(length=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def strips(images: Mapping[str, NDArray[np.floating]], path: Path) -> None:
    """Draws images ``(n, channels, height, width)`` side by side, a strip for each title, one below the other."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(len(images), 1, figsize=(9, 1.05 * len(images)), layout="constrained")
    for axis, (title, each) in zip(axes, images.items(), strict=True):
        axis.imshow(np.concatenate(each.transpose(0, 2, 3, 1), axis=1), interpolation="nearest")
        axis.set_title(title, fontsize=9, loc="left")
        axis.axis("off")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=140)
    plt.close(figure)
