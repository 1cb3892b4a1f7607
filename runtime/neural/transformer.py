"""A small causal transformer. Training reads whole sequences in one pass; sampling writes one place at a time.

References:
    Radford and others (2019), "Language models are unsupervised multitask learners": blocks with the norms first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

Memory: TypeAlias = tuple[Tensor, Tensor]
"""Keys and values so far, each ``(rows, heads, places, width of a head)``."""


class Transformer(nn.Module):
    """A causal transformer: it maps embedded sequences to features that predict the next piece.

    Args:
        width: Width of the embedding; `heads` divides it.
        layers: Number of blocks.
        heads: Number of attention heads.
        length: Largest number of places.

    References:
        Vaswani et al. (NeurIPS 2017): Attention is all you need, arXiv 1706.03762.
    """

    def __init__(self, width: int, layers: int, heads: int, length: int) -> None:
        super().__init__()
        self.places = nn.Parameter(0.02 * torch.randn(length, width))
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, values: Tensor) -> Tensor:
        """Features of whole sequences, both ``(rows, places, width)``; no place reads a later place."""
        values = values + self.places[: values.shape[1]]
        for block in self.blocks:
            values, _ = block(values)
        found: Tensor = self.norm(values)
        return found

    def step(self, value: Tensor, place: int, memory: Sequence[Memory]) -> tuple[Tensor, list[Memory]]:
        """Features of one place ``(rows, width)``, after the places in memory, and the extended memory."""
        values, kept = (value + self.places[place]).unsqueeze(1), []
        for number, block in enumerate(self.blocks):
            values, found = block(values, memory[number] if memory else None)
            kept.append(found)
        return self.norm(values).squeeze(1), kept


class Block(nn.Module):
    """Attention and a perceptron, each added to what it reads."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.attend, self.joined = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.perceptron = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

    def forward(self, values: Tensor, memory: Memory | None = None) -> tuple[Tensor, Memory]:
        """The block's output ``(rows, places, width)``, and its keys and values, appended to those in memory."""
        rows, places, width = values.shape
        parts = (
            self.attend(self.before(values)).reshape(rows, places, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        )
        query, key, value = parts.unbind(0)
        if memory is not None:
            key, value = torch.cat([memory[0], key], 2), torch.cat([memory[1], value], 2)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=memory is None and places > 1)
        values = values + self.joined(mixed.transpose(1, 2).reshape(rows, places, width))
        return values + self.perceptron(self.between(values)), (key, value)
