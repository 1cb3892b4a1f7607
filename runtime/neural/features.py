"""Encodes conditions as the numbers that the networks of the families read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations
from math import pi, prod

import torch
from torch import Tensor, nn

from ..variables import Finite, Image, Text, VariableType, event_shape
from .encoder import Encoder
from .hashed_words import BUCKETS, hashed_words
from .marginals import Marginals
from .moments import std_mean
from .soft_states import is_soft
from .standard_scale import Pixels

MOST_ONE_HOT = 16
"""Up to this many states a finite condition is one-hot; with more states it is embedded in this many numbers."""

MOST_KEPT = 2**27
"""Up to this many numbers, training keeps the features of all rows."""

MOST_PAIRS = 64
"""Most pairs of features that are multiplied; pairs of real numbers are left out first."""

TEXT_WIDTH = 32
"""Number of features of a text: they are the mean of the embeddings of its words."""

IMAGE_WIDTH = 32
"""Number of features of an image, which convolutions compute."""


@dataclass(frozen=True)
class Columns:
    """Features of many rows in parts, in the order of the conditions.

    Args:
        values: Each ``(rows, width)``, or ``(rows,)`` states that a table embeds.
        embedded: Whether each holds states.
        tables: The weights that embed the states, in order.
    """

    values: tuple[Tensor, ...]
    embedded: tuple[bool, ...]
    tables: tuple[Tensor, ...]


class Features(nn.Module):
    """The conditions of a network as one row of numbers each.

    A finite condition becomes signs, or is one-hot or embedded. A real condition gives two features, its standardised
    value and its value under the fitted quantile map, so that a network can learn a linear dependence and one with
    heavy tails. A text is the mean of its embedded words, and an image goes through convolutions.

    Args:
        given: Types of the conditions. If there are none, the only feature is a constant 1.
        waves: Number of additional pairs of Fourier features of a real condition. Each pair has twice the frequency of
            the pair before; the first has one wave over most of the condition's range.

    References:
        Tancik et al. (NeurIPS 2020): Fourier features let networks learn high frequency functions, arXiv
        2006.10739.
    """

    def __init__(self, given: Sequence[VariableType], waves: int = 0) -> None:
        super().__init__()
        self.given = tuple(given)
        parts = [_part(type, waves) for type in given]
        self.parts = nn.ModuleList(parts)
        *self.starts, width = accumulate((part.width for part in parts), initial=0)
        self.width = width if given else 1

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Pairs of features, each of another condition, whose products say how conditions act together.

        A real condition is multiplied with states by its standardised value, and with another real by its value under
        the quantile map, so that heavy tails are not squared.
        """
        several, reals = list[tuple[int, int]](), list[tuple[int, int]]()
        for (a, one), (b, other) in combinations(zip(self.starts, self.parts, strict=True), 2):
            both = isinstance(one, _Scaled) and isinstance(other, _Scaled)
            found = [(a + i, b + j) for i in _leading(one, both) for j in _leading(other, both)]
            (reals if both else several).extend(found)
        if len(several) + len(reals) <= MOST_PAIRS:
            return tuple(sorted(several + reals))
        return tuple(several) if len(several) <= MOST_PAIRS else ()

    def fit(self, given: Sequence[Tensor], weights: Tensor | None = None) -> None:
        """Learns scales from encoded rows, and from how much each row counts, ``(rows,)``."""
        for part, values in zip(self.parts, given, strict=True):
            if isinstance(part, _Scaled | _Encoded):
                part.fit(values, weights)

    @property
    def has_images(self) -> bool:
        """Whether some conditions are images, which need convolutions."""
        return any(isinstance(type, Image) for type in self.given)

    def reader(self, like: Tensor, given: Sequence[Tensor]) -> Callable[[Tensor], Tensor]:
        """A function from an index of rows to their features, which are computed once unless they are learned."""
        if any(True for _ in self.parameters()) or len(like) * self.width > MOST_KEPT:
            prepared = with_words(self.given, given)
            return lambda index: self(like[index], *(values[index] for values in prepared))
        kept = self(like, *given)
        return lambda index: kept[index]

    def columns(self, like: Tensor, given: Sequence[Tensor]) -> Columns | None:
        """The features of all rows, computed once.

        None if they would take too much memory, or if there are texts or images, whose features are learned.
        """
        learned = any(isinstance(type, Text | Image) for type in self.given)
        if learned or len(like) * self.width > MOST_KEPT:
            return None
        columns: list[list[Tensor]] = [] if given else [[self(like)]]
        embedded: list[bool] = [] if given else [False]
        tables: list[Tensor] = []
        for part, values in zip(self.parts, given, strict=True):
            if isinstance(part, _Embedded):
                tables.append(part.table.weight)
            if isinstance(part, _Embedded) or not embedded or embedded[-1]:
                columns.append([])
                embedded.append(isinstance(part, _Embedded))
            columns[-1].append(values if isinstance(part, _Embedded) else part(values))
        joined = [parts[0] if len(parts) == 1 else torch.cat(parts, dim=-1) for parts in columns]
        return Columns(tuple(joined), tuple(embedded), tuple(tables))

    def forward(self, like: Tensor, *given: Tensor) -> Tensor:
        """Features ``(rows, width)``; `like` gives the number of rows if there are no conditions."""
        if not given:
            return torch.ones(like.shape[0], 1, dtype=torch.float32, device=like.device)
        parts = zip(self.parts, self.given, given, strict=True)
        return torch.cat([_read(part, type, values) for part, type, values in parts], dim=-1)


def with_words(types: Sequence[VariableType], given: Sequence[Tensor]) -> list[Tensor]:
    """Conditions prepared for many reads in training: the words of texts are hashed once."""
    pairs = zip(given, types, strict=True)
    return [hashed_words(values) if isinstance(type, Text) else values for values, type in pairs]


class _Sign(nn.Module):
    """Two states as -1 and 1, which needs one feature instead of two."""

    def __init__(self) -> None:
        super().__init__()
        self.width = 1

    def forward(self, values: Tensor) -> Tensor:
        return (2 * values - 1).float().unsqueeze(-1)


class _OneHot(nn.Module):
    states: Tensor

    def __init__(self, states: int) -> None:
        super().__init__()
        self.width = states
        self.register_buffer("states", torch.arange(states))

    def forward(self, values: Tensor) -> Tensor:
        return (values.unsqueeze(-1) == self.states).float()


class _Embedded(nn.Module):
    def __init__(self, states: int) -> None:
        super().__init__()
        self.width = MOST_ONE_HOT
        self.table = nn.Embedding(states, MOST_ONE_HOT)

    def forward(self, values: Tensor) -> Tensor:
        embedded: Tensor = self.table(values)
        return embedded


class _Words(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.width = TEXT_WIDTH
        self.table = nn.Embedding(BUCKETS, TEXT_WIDTH, padding_idx=0)

    def forward(self, values: Tensor) -> Tensor:
        """Features of encoded texts, or of words that are already hashed."""
        words = hashed_words(values) if values.dtype == torch.uint8 else values
        count = (words > 0).sum(1, keepdim=True).clamp(min=1)
        mean: Tensor = self.table(words).sum(1) / count
        return mean


class _Encoded(nn.Module):
    def __init__(self, type: Image) -> None:
        super().__init__()
        self.width = IMAGE_WIDTH
        self.pixels, self.encoder = Pixels(type), Encoder(type, IMAGE_WIDTH)

    def fit(self, images: Tensor, weights: Tensor | None) -> None:
        self.pixels.fit(images, weights)

    def forward(self, images: Tensor) -> Tensor:
        features: Tensor = self.encoder(self.pixels(images))
        return features


class _Scaled(nn.Module):
    mean: Tensor
    scale: Tensor

    def __init__(self, size: int, waves: int) -> None:
        super().__init__()
        self.width = 2 * (1 + waves) * size
        self.size, self.waves = size, waves
        self.quantiles = Marginals(size)
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("scale", torch.ones(size))

    def fit(self, values: Tensor, weights: Tensor | None) -> None:
        flat = values.reshape(-1, self.size)
        # Squares of float32 may overflow.
        spread, mean = std_mean(flat.detach().cpu().double(), (0,), weights)
        self.mean = mean.to(self.mean)
        self.scale = torch.where(spread > 0, spread, 1.0).to(self.scale)
        self.quantiles.fit(flat, weights=weights)

    def forward(self, values: Tensor) -> Tensor:
        flat = values.reshape(-1, self.size)
        scores = self.quantiles(flat)
        waves = [f(scores * (pi / 2 * 2**k)) for k in range(self.waves) for f in (torch.sin, torch.cos)]
        return torch.cat([(flat - self.mean) / self.scale, scores, *waves], dim=-1)


def _leading(part: nn.Module, mapped: bool) -> range:
    """Which features of a condition are multiplied; `mapped` is for a real under its quantile map."""
    if isinstance(part, _Scaled):
        return range(part.size, 2 * part.size) if mapped else range(part.size)
    return range(part.width) if isinstance(part, _Sign | _OneHot) else range(0)


def _read(part: nn.Module, type: VariableType, values: Tensor) -> Tensor:
    """The features of one condition; the features of a soft state are the weighted mean over its states."""
    if isinstance(type, Finite) and is_soft(type, values):
        features: Tensor = values @ part(torch.arange(type.cardinality, device=values.device))
        return features
    return part(values)  # type: ignore[no-any-return]


def _part(type: VariableType, waves: int) -> _Sign | _OneHot | _Embedded | _Scaled | _Words | _Encoded:
    if isinstance(type, Text):
        return _Words()
    if isinstance(type, Image):
        return _Encoded(type)
    if not isinstance(type, Finite):
        return _Scaled(prod(event_shape(type)), waves)
    if type.cardinality == 2:
        return _Sign()
    return _OneHot(type.cardinality) if type.cardinality <= MOST_ONE_HOT else _Embedded(type.cardinality)
