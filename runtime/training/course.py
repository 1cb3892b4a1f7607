"""The course of a training: everything that is the same whether a network is trained alone or in a stack.

`training` trains one network with torch's optimiser, `ensemble` trains many at once with an optimiser spelled out over
matrices. Both read every number from here, and a test holds their weights together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from .settings import FitSettings

BETAS = (0.9, 0.99)
"""The betas of AdamW: the shares of the mean gradient and of the mean square that remain after a step."""

EPSILON = 1e-8
"""The epsilon of AdamW, which is added to the root of the mean square."""

CLIP = 5.0
"""The largest norm of a gradient; a larger gradient is scaled down to it."""

LEAST_GAIN = 1e-5
"""The least improvement of a held-out score that counts as better, in the unit of the score."""

FEWEST_ROWS = 8
"""With fewer rows a network is not trained: it stays at its start, the marginal distribution of its target."""

MOST_HELD_OUT = 20_000
"""Most rows that are held out of training."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a family trains if the settings leave it open.

    Args:
        steps: Number of gradient steps; the number of epochs follows from it.
        batch_size: Rows per step; all rows if there are fewer.
        learning_rate: Learning rate of AdamW, warmed up over 20 steps and then annealed to zero along a cosine.
        weight_decay: Weight decay of AdamW.
        memory: Approximate number of steps over which weights are averaged.
        small: Whether the network is too small for more than one CPU thread.
        scored: Number of held-out rows that are scored at once.
        between: Least number of steps between scores on the held-out rows. On small data an epoch is only a few steps.
            If scores came after every epoch, one of many would be good by luck, and patience, which counts scores,
            would end before the learning rate is annealed.
    """

    steps: int = 1_500
    batch_size: int = 1_024
    learning_rate: float = 1e-2
    weight_decay: float = 1e-4
    memory: int = 100
    small: bool = True
    scored: int = 16_384
    between: int = 5

    def renewed(self, step: int) -> float:
        """The share of the average that the weights of a step replace; it is larger for the first steps."""
        return 1 - min(1 - 1 / self.memory, (step + 1) / (step + 11))


FEW_ROWS = 2_000
"""With fewer rows than this a flow is trained at `OF_FEW_ROWS`."""

OF_FEW_ROWS = Recipe(learning_rate=3e-3)
"""For few rows, whose training stops long before the learning rate is annealed."""

OF_IMAGES = Recipe(batch_size=128, learning_rate=2e-3, memory=200, small=False, scored=1_024)
"""For a network of one of the small families that reads images, which takes convolutions."""


@dataclass(frozen=True, slots=True)
class Course:
    """The schedule of one network's training: its rows, its epochs and its learning rate.

    Args:
        held_out: Numbers of the rows on which the network is scored, ``(held out,)``.
        kept: Numbers of the rows on which it is trained, ``(kept,)``.
        batch_size: Rows per step.
        epochs: Largest number of passes over the rows.
        rate: The highest learning rate.
        between: Least number of steps between scores on the held-out rows.
    """

    held_out: Tensor
    kept: Tensor
    batch_size: int
    epochs: int
    rate: float
    between: int

    @classmethod
    def of(
        cls,
        rows: int,
        settings: FitSettings,
        recipe: Recipe,
        source: torch.Generator,
        held_out: Tensor | None = None,
    ) -> Course:
        """The course for a number of rows.

        Args:
            rows: The number of rows.
            settings: The settings of the user.
            recipe: The defaults of the family.
            source: The random generator that chooses the held-out rows.
            held_out: Which rows to hold out instead, bool ``(rows,)``.
        """
        held, kept = split(rows, settings, source)
        if held_out is not None and len(held):
            held, kept = held_out.nonzero().squeeze(1), (~held_out).nonzero().squeeze(1)
        batch_size = min(settings.batch_size or recipe.batch_size, max(1, len(kept)))
        usual = max(2, math.ceil(recipe.steps / max(1, math.ceil(len(kept) / batch_size))))
        epochs = usual if settings.epochs is None else settings.epochs
        return cls(
            held, kept, batch_size, epochs, settings.learning_rate or recipe.learning_rate, recipe.between
        )

    @property
    def steps_per_epoch(self) -> int:
        """Number of steps in which every row is used once."""
        return math.ceil(len(self.kept) / self.batch_size)

    @property
    def steps(self) -> int:
        """Largest number of steps."""
        return self.epochs * self.steps_per_epoch

    def batches(self, source: torch.Generator, device: str = "cpu") -> Iterator[Tensor]:
        """The rows of each step of one epoch, in a random order."""
        order = self.kept[torch.randperm(len(self.kept), generator=source)].to(device)
        yield from torch.split(order, self.batch_size)

    def shared(self, weights: Tensor) -> Tensor:
        """Weights of all rows, in units of their mean over the rows that train: a full batch then sums to its rows."""
        return weights / weights[self.kept.to(weights.device)].mean()

    def looks(self, epoch: int) -> bool:
        """Whether the held-out rows are scored after this number of epochs."""
        return epoch % math.ceil(self.between / self.steps_per_epoch) == 0 or epoch >= self.epochs

    def rate_at(self, step: int, used: float) -> float:
        """The learning rate at a step: warmed up over 20 steps, then annealed to zero along a cosine.

        Args:
            step: The number of steps before it.
            used: The share of the time limit that is used up; 0 if there is no limit.
        """
        warm = min(1.0, (step + 1) / 20)
        return self.rate * (warm * 0.5 * (1 + math.cos(math.pi * max(step / self.steps, used))))


def better(score: float, best: float) -> bool:
    """Whether a held-out score is better than the best one so far."""
    return score > best + LEAST_GAIN


def split(rows: int, settings: FitSettings, source: torch.Generator) -> tuple[Tensor, Tensor]:
    """Held-out and other rows. Small data hold out more than their fraction, so that early stopping works."""
    held = min(max(round(rows * settings.held_out), min(rows // 4, 20)), MOST_HELD_OUT)
    if rows < FEWEST_ROWS or settings.epochs == 0:
        held = 0
    order = torch.randperm(rows, generator=source)
    return order[:held], order[held:]
