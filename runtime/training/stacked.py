"""Losses of several small networks of equal shape at once, with one matrix product per layer for all of them.

Weights are stacked along a first axis ``members``. Values have their features first, ``(members, features, rows)``:
a narrow last layer is then a product of a few long rows, which is several times as fast as one of many short rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from ..neural.rational_quadratic import BOUND, LEAST_SCALE, LEAST_SLOPE, height_at, soft_clip


class Losses(Protocol):
    """Negative log-likelihoods of several members at once. Equal losses and shapes can be stacked."""

    def __call__(self, weights: Sequence[Tensor], columns: Sequence[Tensor]) -> Tensor:
        """Losses ``(members, rows)``.

        Args:
            weights: Each ``(members, *shape)``.
            columns: The columns that the losses read, each ``(members, rows, *shape)``.
        """
        ...


@dataclass(frozen=True, slots=True)
class SoftmaxLosses:
    """Losses of a perceptron whose outputs are logits. The last column holds the target's states.

    Args:
        embedded: For each column of features, whether it holds states that a table of weights embeds.
    """

    embedded: tuple[bool, ...]

    def __call__(self, weights: Sequence[Tensor], columns: Sequence[Tensor]) -> Tensor:
        """Losses ``(members, rows)``."""
        *features, target = columns
        logits = _perceptron(weights, features, self.embedded)
        return F.cross_entropy(logits, target, reduction="none")


@dataclass(frozen=True, slots=True)
class SplineLosses:
    """Losses of a perceptron whose outputs are shift, scale and spline. The last columns are scores and log-slopes.

    Args:
        embedded: As for `SoftmaxLosses`.
        bins: Number of bins of the spline.
    """

    embedded: tuple[bool, ...]
    bins: int

    def __call__(self, weights: Sequence[Tensor], columns: Sequence[Tensor]) -> Tensor:
        """Losses ``(members, rows)``, minus the logarithms of the slopes."""
        *features, scores, log_slope = columns
        parameters = _perceptron(weights, features, self.embedded)
        shift, scale, sizes, slopes = torch.split(parameters, [1, 1, 2 * self.bins, self.bins - 1], dim=1)
        log_scale = soft_clip(scale.squeeze(1), LEAST_SCALE)
        image, log_rise = _spline(scores * log_scale.exp() + shift.squeeze(1), sizes, slopes)
        return 0.5 * image.square() + 0.5 * math.log(2 * math.pi) - log_rise - log_scale - log_slope


def _perceptron(weights: Sequence[Tensor], features: Sequence[Tensor], embedded: tuple[bool, ...]) -> Tensor:
    """Outputs ``(members, width, rows)``. Embedding tables come first among the weights."""
    tables = weights[: sum(embedded)]
    layers = weights[len(tables) :]
    queue = iter(tables)
    read = [
        _embed(next(queue), column) if states else column
        for column, states in zip(features, embedded, strict=True)
    ]
    value = (read[0] if len(read) == 1 else torch.cat(read, dim=-1)).transpose(1, 2)
    for layer in range(0, len(layers), 2):
        value = F.silu(value) if layer else value
        value = torch.baddbmm(layers[layer + 1].unsqueeze(-1), layers[layer], value)
    return value


def _embed(table: Tensor, states: Tensor) -> Tensor:
    """Rows of each member's table ``(members, states, width)`` at its states ``(members, rows)``."""
    members, count, width = table.shape
    firsts = torch.arange(members, device=table.device).unsqueeze(1) * count
    rows = table.reshape(-1, width).index_select(0, (states + firsts).flatten())
    return rows.reshape(*states.shape, width)


def _spline(x: Tensor, sizes: Tensor, slopes: Tensor) -> tuple[Tensor, Tensor]:
    """The monotone rational-quadratic spline at `x` and the logarithm of its slope, ``(members, rows)``."""
    bins = slopes.shape[1] + 1
    shares = soft_clip(sizes, LEAST_SLOPE / 2).reshape(len(x), 2, bins, -1).softmax(2)
    sums = torch.ones(bins + 1, bins, dtype=x.dtype, device=x.device).tril(
        -1
    )  # a product: cumsum takes seven times as long
    knots = 2 * BOUND * (sums @ shares) - BOUND
    derivatives = F.pad(soft_clip(slopes, LEAST_SLOPE), (0, 0, 1, 1)).exp()
    above = (knots[:, 0] < x.unsqueeze(1)).sum(1)
    inside = (above > 0) & (above <= bins)
    left = (above - 1).clamp(0, bins - 1).unsqueeze(1)
    ends = torch.cat([left, left + 1], dim=1)
    (x0, x1), (y0, y1) = (
        part.unbind(1) for part in knots.gather(2, ends.unsqueeze(1).expand(-1, 2, -1, -1)).unbind(1)
    )
    d0, d1 = derivatives.gather(1, ends).unbind(1)
    secant = (y1 - y0) / (x1 - x0)
    place = torch.where(inside, (x - x0) / (x1 - x0), 0.0)
    height, log_rise = height_at(place, y1 - y0, secant, d0, d1)
    return torch.where(inside, y0 + height, x), torch.where(inside, log_rise, 0.0)
