"""The base of flow matching and diffusion: a learned velocity carries normal noise to an image or a vector."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor

from ...neural.context import Context, Read
from ...neural.features import with_words
from ...neural.inverse import full_precision
from ...neural.standard_scale import Pixels, Scores
from ...neural.velocity import Velocity
from ...training.building import building
from ...training.course import Recipe
from ...training.precision import computing
from ...training.settings import FitReport, FitSettings
from ...training.sheets import DRAWS
from ...training.team import team
from ...training.training import train
from ...variables import Image, Text, VariableType, event_shape
from ..base import Family
from ..protocol import Noise
from ..relaxation import Relaxation

EMBEDDING = 128
JUDGED = 8
"""The number of noises and times at which a held-out vector is scored. With one, luck could stop training too early."""


class Transport(Family):
    """The base of families that carry normal noise to an image or a vector along a learned velocity.

    A subclass defines the path from noise to a row, in `_on_the_way`. The network, a U-Net for images and a
    perceptron for vectors, learns to predict the velocity at a random time and place on that path. Its best
    prediction is the mean velocity over all rows with the same conditions, which is the velocity of a flow from noise
    to their distribution. `_carry` follows this flow in a few steps.

    There is no `log_prob`: the held-out score is minus the squared error of the regression, per number of the target.
    Samples stay within the pixel values of the data, or about their range.

    Args:
        target: An image, or a real type with a shape.
        given: Types of the conditions.
        width: Channels at the finest level, a multiple of 8, or the width of layers for vectors.
        steps: Number of steps from noise to sample.
        patch: Pixels along the side of a patch that becomes one place of the U-Net; None leaves it to `patch_of`.
            A larger patch takes a fraction of the time and gives coarser images.
    """

    vectors = Recipe(steps=2_000, batch_size=512, learning_rate=3e-3, scored=2_048)
    images = Recipe(steps=3_000, batch_size=64, learning_rate=2e-3, memory=500, small=False, scored=256)
    usual_steps: ClassVar[int]

    def __init__(
        self,
        target: VariableType,
        given: Sequence[VariableType],
        width: int | None = None,
        steps: int | None = None,
        patch: int | None = None,
    ) -> None:
        width, steps = width or (32 if isinstance(target, Image) else 128), steps or self.usual_steps
        super().__init__(target, given, width=width, steps=steps, patch=patch)
        self.shape, self.width, self.steps, self.patch = event_shape(target), width, steps, patch
        self.noise = Noise(self.shape, "normal")
        self._build()

    @classmethod
    def refuses(cls, target: VariableType, given: Sequence[VariableType]) -> str | None:
        """Why the family cannot draw `target` given `given`, or None if it can."""
        if isinstance(target, Text) or not event_shape(target):
            return f"it makes images and vectors, not {target}"
        return None

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """Values ``(rows, *event)`` from normal ``noise`` of the same shape."""
        values: Tensor = self.scale.inverse(self._carry(noise, self.context(noise, *given)))
        return values

    def relaxed(self, relaxation: Relaxation, noise: Tensor, *given: Tensor) -> Tensor:
        """Values as `forward` returns them, because they are continuous."""
        return self.forward(noise, *given)

    def fit(
        self,
        target: Tensor,
        given: Sequence[Tensor],
        settings: FitSettings,
        weights: Tensor | None = None,
    ) -> FitReport:
        """Least squares with early stopping."""
        target, given = self._start(target, given, settings, weights)
        crew, image = team(), isinstance(self.target, Image)
        times = 1 if image else JUDGED
        source = torch.Generator(settings.device).manual_seed(settings.seed + crew.rank)

        def loss(index: Tensor) -> Tensor:
            with computing(settings.precision, index.device):
                return self._errors(index, target, given, source)

        def judge(index: Tensor) -> Tensor:
            same = torch.Generator(settings.device).manual_seed(settings.seed + int(index[0]))
            return self._errors(index.repeat(times), target, given, same).reshape(times, -1).mean(0)

        def draw(index: Tensor) -> Tensor:
            return self._sheet(target[index], [values[index] for values in given], settings.seed)

        recipe = self.images if image else self.vectors
        sheets = draw if image else None
        report = train(self, loss, len(target), settings, recipe, judge, (source,), sheets, weights)
        self._lay_out(torch.contiguous_format)
        return replace(report, measure="loss")

    @abstractmethod
    def _on_the_way(self, noise: Tensor, data: Tensor, time: Tensor) -> tuple[Tensor, Tensor]:
        """The place on the way between noise and data at a time, and the velocity there, each ``(rows, *event)``.

        Args:
            noise: Normal, ``(rows, *event)``.
            data: Standardised rows.
            time: Between 0 and 1, ``(rows, 1, ...)``; the family defines which end is noise.
        """

    @abstractmethod
    def _carry(self, noise: Tensor, read: Read) -> Tensor:
        """Standardised values from noise, both ``(rows, *event)``."""

    def _velocity(self, place: Tensor, time: Tensor, read: Read) -> Tensor:
        """The velocity that the network predicts, ``(rows, *event)``."""
        return full_precision(self.velocity(place, time, read))

    def _errors(
        self, index: Tensor, target: Tensor, given: Sequence[Tensor], source: torch.Generator
    ) -> Tensor:
        """Mean squared errors of the velocity on the paths to some rows, ``(batch,)``.

        The times of a batch are spread evenly, which makes its mean less noisy than independent times would.
        """
        data = self.scale(target[index])
        noise = torch.randn(data.shape, dtype=data.dtype, device=data.device, generator=source)
        shift = torch.rand(1, dtype=data.dtype, device=data.device, generator=source)
        time = (torch.arange(len(data), dtype=data.dtype, device=data.device) / max(1, len(data)) + shift) % 1
        place, velocity = self._on_the_way(noise, data, time.reshape(-1, *[1] * (data.ndim - 1)))
        read = self.context(data, *(values[index] for values in given))
        wrong = self._velocity(place, time, read) - velocity
        errors: Tensor = wrong.square().reshape(len(data), -1).mean(1)
        return errors

    def _sheet(self, real: Tensor, given: Sequence[Tensor], seed: int) -> Tensor:
        """Real images, each before draws for its conditions: ``(rows, 1 + DRAWS, *event)`` in 0 to 1.

        A column of draws has the same noise throughout.
        """
        rows = len(real)
        noise = (
            self.noise.draw(DRAWS, torch.Generator().manual_seed(seed)).to(real.device).repeat(rows, 1, 1, 1)
        )
        drawn = self(noise, *(values.repeat_interleave(DRAWS, 0) for values in given))
        page = torch.cat([real.unsqueeze(1), drawn.reshape(rows, DRAWS, *self.shape)], 1)
        assert isinstance(self.scale, Pixels)
        return self.scale.shown(page)

    def _start(
        self, target: Tensor, given: Sequence[Tensor], settings: FitSettings, weights: Tensor | None
    ) -> tuple[Tensor, list[Tensor]]:
        """Builds a new network; returns the rows on its device."""
        with building(settings.seed):
            self._build()
        self.to(settings.device)
        self._lay_out(torch.channels_last)  # a tenth faster, but `torch.export` warns of such weights
        target, given = target.to(settings.device), [values.to(settings.device) for values in given]
        self.scale.fit(target, weights)
        self.context.fit(given, weights)
        return target, with_words(self.given, given)

    def _lay_out(self, format: torch.memory_format) -> None:
        self.to(memory_format=format)  # type: ignore[call-overload]

    def _build(self) -> None:
        image = self.target if isinstance(self.target, Image) else None
        self.scale: Pixels | Scores = Scores(self.target) if image is None else Pixels(image)
        self.context = Context(self.given, EMBEDDING, image)
        self.velocity = Velocity(self.target, EMBEDDING, self.context.channels, self.width, self.patch)
