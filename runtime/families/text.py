"""The text family: free text given anything, written piece by piece by a small causal language model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ...grammar.edge.arguments import public
from ..neural.features import Features
from ..neural.inverse import full_precision
from ..neural.text_pieces import Pieces
from ..neural.transformer import Memory, Transformer
from ..training.building import building
from ..training.course import Recipe
from ..training.settings import FitReport, FitSettings
from ..training.training import train
from ..variables import Text, VariableType
from ..variables.texts import bytes_of
from .base import Family
from .errors import half_a_character
from .protocol import Noise
from .relaxation import Relaxation

ROWS_AT_ONCE = 256
"""Rows that are written or scored at once: their memory grows with the length of the text."""


@public()
class TextGenerator(Family):
    """A causal transformer, trained from scratch on the rows: the default for texts.

    A text is spelled in pieces, which are the frequent words of the data, and single bytes for rare words. Each piece
    is drawn by the inverse CDF from a uniform number of its own, so a text is a function of its noise, ``(rows,
    places)``. Conditions are embedded and added at every position. The density is the probability of the pieces that
    spell the text. A text of more than `places` pieces is cut there, in training and in sampling.

    Args:
        target: A text type.
        given: Types of the conditions.
        width: Width of the transformer's embedding.
        layers: Number of layers of the transformer.
        heads: Number of attention heads.
        most: Largest number of pieces of a text.
        pieces: The vocabulary; fitting learns it.
        places: Number of pieces of the longest text, plus one for its end; fitting finds it.

    References:
        Vaswani et al. (NeurIPS 2017): Attention is all you need, arXiv 1706.03762.
    """

    family = "text"
    layout = 2
    unexportable = "text is written piece by piece, until it ends"
    recipe = Recipe(steps=1_000, batch_size=64, learning_rate=3e-3)

    def __init__(
        self,
        target: VariableType,
        given: Sequence[VariableType],
        width: int = 64,
        layers: int = 2,
        heads: int = 4,
        most: int = 512,
        pieces: Sequence[str] = (),
        places: int = 1,
    ) -> None:
        try:
            "".join(pieces).encode()
        except UnicodeEncodeError:
            raise half_a_character() from None
        options = {"width": width, "layers": layers, "heads": heads, "most": most}
        super().__init__(target, given, **options, pieces=list(pieces), places=places)
        self.unexportable = type(self).unexportable
        self._build(None)

    @classmethod
    def refuses(cls, target: VariableType, given: Sequence[VariableType]) -> str | None:
        """Why the family cannot draw `target` given `given`, or None if it can."""
        return None if isinstance(target, Text) else f"a language model writes text, not {target}"

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """Encoded texts, uint8 ``(rows, length)``, from uniform ``noise``, ``(rows, places)``."""
        parts = [
            self._written(rows, self.prefix(self.features(rows, *conditions)))
            for rows, conditions in _parts(noise, given)
        ]
        return self._encoded(np.concatenate(parts)).to(noise.device)

    def relaxed(self, relaxation: Relaxation, noise: Tensor, *given: Tensor) -> Tensor:
        """Texts as `forward` returns them, because texts have no soft form."""
        return self.forward(noise, *given)

    def log_prob(self, target: Tensor, *given: Tensor) -> Tensor:
        """Log-probability of each text's spelling, ``(rows,)``; minus infinity for a text that cannot occur."""
        numbers = self._numbers(target)
        parts = [
            self._log_prob(part, self.features(part, *conditions))
            for part, conditions in _parts(numbers, given)
        ]
        return torch.cat(parts)

    def fit(
        self,
        target: Tensor,
        given: Sequence[Tensor],
        settings: FitSettings,
        weights: Tensor | None = None,
    ) -> FitReport:
        """Maximum likelihood with early stopping."""
        texts = bytes_of(target)
        pieces = Pieces.learned(texts)
        longest = max(len(pieces.encode(text)) for text in texts)
        self.options.update(pieces=pieces.spelled, places=min(longest + 1, self.options["most"]))
        places = self.options["places"]
        each = None if weights is None else np.repeat(weights.cpu().double().numpy(), places)
        counts = np.bincount(pieces.encode_all(texts, places).clip(0).ravel(), each, len(pieces))
        with building(settings.seed):
            self._build(torch.from_numpy(counts).float())
        self.to(settings.device)
        numbers = self._numbers(target).clamp(min=0).to(settings.device)
        given = [values.to(settings.device) for values in given]
        self.features.fit(given, weights)
        features = self.features.reader(numbers, given)

        def loss(index: Tensor) -> Tensor:
            parts = torch.split(index, ROWS_AT_ONCE)
            return -torch.cat([self._log_prob(numbers[part], features(part)) for part in parts])

        return train(self, loss, len(target), settings, self.recipe, weights=weights)

    def _written(self, noise: Tensor, prefix: Tensor) -> np.ndarray:
        """The pieces of some texts, ``(rows, places)``."""
        rows, places = noise.shape
        numbers = torch.zeros(rows, places, dtype=torch.int64, device=noise.device)
        value, memory = prefix, list[Memory]()
        running = torch.ones(rows, dtype=torch.bool, device=noise.device)
        for place in range(places if rows else 0):
            found, memory = self.transformer.step(value, place, memory)
            cdf = full_precision(self.head(found)).softmax(-1).cumsum(-1)[:, :-1]
            piece = (noise[:, place, None] >= cdf).sum(-1) * running
            numbers[:, place] = piece
            running = running & (piece > 0)
            if not bool(running.any()):
                break
            value = prefix + self.embedding(piece)
        return numbers.cpu().numpy()

    def _log_prob(self, numbers: Tensor, features: Tensor) -> Tensor:
        """Log-probability of pieces ``(rows, places)``, summed up to and including the first end, ``(rows,)``."""
        prefix = self.prefix(features).unsqueeze(1)
        known = numbers.clamp(min=0)
        before = nn.functional.pad(self.embedding(known[:, :-1]), (0, 0, 1, 0))
        logits = full_precision(self.head(self.transformer(prefix + before)))
        each = logits.log_softmax(-1).gather(-1, known.unsqueeze(-1)).squeeze(-1)
        ended = nn.functional.pad((known == 0).cumsum(1)[:, :-1], (1, 0)) > 0
        total = torch.where(ended, 0.0, each).sum(1)
        return torch.where((numbers < 0).any(1), -torch.inf, total)

    def _numbers(self, texts: Tensor) -> Tensor:
        """Pieces of encoded texts, ``(rows, places)``, on the device of the texts."""
        table = self.vocabulary.encode_all(bytes_of(texts), self.options["places"])
        return torch.from_numpy(table).to(texts.device)

    def _encoded(self, numbers: np.ndarray) -> Tensor:
        assert isinstance(self.target, Text)
        table = np.zeros((len(numbers), self.target.length), np.uint8)
        for row, pieces in enumerate(numbers.tolist()):
            text = self.vocabulary.decode(pieces)[: self.target.length]
            table[row, : len(text)] = np.frombuffer(text, np.uint8)
        return torch.from_numpy(table)

    def _build(self, counts: Tensor | None) -> None:
        """Builds a new network, which starts at the frequencies of the pieces for all conditions."""
        options: dict[str, Any] = self.options
        width = options["width"]
        self.vocabulary = Pieces(options["pieces"])
        self.noise = Noise((options["places"],), "uniform")
        self.features = Features(self.given)
        self.prefix = nn.Linear(self.features.width, width)
        self.embedding = nn.Embedding(len(self.vocabulary), width)
        self.transformer = Transformer(width, options["layers"], options["heads"], options["places"])
        self.head = nn.Linear(width, len(self.vocabulary))
        nn.init.normal_(self.embedding.weight, std=0.1)
        nn.init.zeros_(self.head.weight)
        self.head.bias.data = torch.zeros(len(self.vocabulary))
        if counts is not None:
            self.head.bias.data = ((counts + 0.5) / (counts.sum() + 0.5)).log()


def _parts(rows: Tensor, given: Sequence[Tensor]) -> list[tuple[Tensor, list[Tensor]]]:
    """Rows and their conditions in parts of `ROWS_AT_ONCE` rows; at least one part."""
    size = ROWS_AT_ONCE
    starts = range(0, max(1, len(rows)), size)
    return [(rows[s : s + size], [values[s : s + size] for values in given]) for s in starts]
