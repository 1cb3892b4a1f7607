"""A model that redraws a face as the given sex, and a reader of what faces show: both are trained, then frozen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from avatars import ATTRIBUTES, SIZE, Pixels
from numpy.typing import NDArray
from torch import Tensor, nn

from dofx.generators import Noise

GRAIN = 0.05


def block(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """A convolution, normalised and bent."""
    layers = (nn.Conv2d(inputs, outputs, 3, stride, 1), nn.GroupNorm(8, outputs), nn.SiLU())
    return nn.Sequential(*layers)


class Editor(nn.Module):
    """A U-Net from a face and a sex to a face, trained to the least absolute error, as pix2pix is.

    Where training pairs disagree, least absolute errors draw what most of them show; so a habit of the pairs becomes
    a rule. It has a `noise` law, which it ignores, and is a function of noise and conditions, so dofx takes it for a
    draw as it is; it has no `fit`, so dofx does not train it.

    References:
        Isola, Zhu, Zhou, Efros (CVPR 2017), "Image-to-image translation with conditional adversarial networks",
        without the adversary.
    """

    family = "pretrained editor"

    def __init__(self) -> None:
        super().__init__()
        self.noise = Noise((), "uniform")
        self.fine, self.middle, self.coarse = block(4, 24), block(24, 32, 2), block(32, 48, 2)
        self.up, self.out = block(48 + 32, 32), block(32 + 24, 24)
        self.last = nn.Conv2d(24, 3, 3, 1, 1)

    def forward(self, noise: Tensor, face: Tensor, male: Tensor) -> Tensor:
        """Faces ``(rows, 3, 24, 24)`` from faces, and 0 or 1 for a woman or a man."""
        fine = self.fine(torch.cat([face, _plane(male.float().unsqueeze(-1))], 1))
        middle = self.middle(fine)
        wide = F.interpolate(self.coarse(middle), scale_factor=2.0)
        wide = F.interpolate(self.up(torch.cat([wide, middle], 1)), scale_factor=2.0)
        drawn: Tensor = self.last(self.out(torch.cat([wide, fine], 1)))
        return drawn.sigmoid()


def _plane(numbers: Tensor) -> Tensor:
    """Numbers ``(rows, channels)`` spread over an image."""
    return numbers[:, :, None, None].expand(-1, -1, SIZE, SIZE)


class Reader(nn.Module):
    """One attribute of a face, by a classifier of several; its noise changes nothing."""

    family = "pretrained classifier"

    def __init__(self, network: nn.Module, place: int) -> None:
        super().__init__()
        self.network, self.place, self.noise = network, place, Noise((), "uniform")

    def forward(self, noise: Tensor, face: Tensor) -> Tensor:
        """States ``(rows,)`` of faces ``(rows, 3, 24, 24)``."""
        return (self.network(face)[:, self.place] > 0).long()


def trained_editor(before: Pixels, male: NDArray[np.int64], after: Pixels, steps: int, seed: int) -> Editor:
    """An editor that has learned from pairs of faces."""
    torch.manual_seed(seed)
    model = Editor()
    faces, asked, wanted = (torch.from_numpy(values) for values in (before, male, after))

    def loss(rows: Tensor) -> Tensor:
        return F.l1_loss(model(rows, faces[rows], asked[rows]), wanted[rows])

    descend(model, loss, len(faces), steps)
    return model


def trained_readers(faces: Pixels, attributes: NDArray[np.int64], steps: int, seed: int) -> list[Reader]:
    """A reader for each attribute, from faces that show all combinations."""
    torch.manual_seed(seed)
    width = 48 * (SIZE // 4) ** 2
    head = (nn.Flatten(), nn.Linear(width, 64), nn.SiLU(), nn.Linear(64, len(ATTRIBUTES)))
    network = nn.Sequential(block(3, 24, 2), block(24, 48, 2), *head)
    images, answers = torch.from_numpy(faces), torch.from_numpy(attributes).float()

    def loss(rows: Tensor) -> Tensor:
        noisy = images[rows] + GRAIN * torch.randn_like(images[rows])
        return F.binary_cross_entropy_with_logits(network(noisy), answers[rows])

    descend(network, loss, len(images), steps)
    return [Reader(network, place) for place in range(len(ATTRIBUTES))]


def descend(model: nn.Module, loss: Callable[[Tensor], Tensor], rows: int, steps: int) -> None:
    """Adam under a cosine, then the weights are frozen."""
    optimiser = torch.optim.AdamW(model.parameters(), 2e-3)
    pace = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        optimiser.zero_grad()
        loss(torch.randint(rows, (48,))).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        pace.step()
    model.eval().requires_grad_(False)
