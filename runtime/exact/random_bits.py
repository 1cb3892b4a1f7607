"""The random bits of the rows of a folded sampler: a row has 32, by its number and the seed alone.

References:
    Steele, Lea, Flood (OOPSLA 2014): Fast splittable pseudorandom number generators (the hash).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..sampling.noise import derive_seed, philox, philox_here

BLOCK = 1 << 18
"""Rows of one block of bits, and of a chunk."""

PIECE = 1 << 16
"""Number of rows looked up at once, so that their memory stays in a core's cache."""


def high_bits(seed: int, block: int, first: int, rows: int) -> Iterator[np.ndarray]:
    """The first 16 bits of rows of a block, from its Philox stream, uint16 in pieces.

    Args:
        seed: Seed of the noise.
        block: The number of the block.
        first: The first row, counted in the block.
        rows: Number of rows.
    """
    source = (philox if rows > PIECE else philox_here)("folded", seed, block)
    skipped, lead = divmod(first, 4)
    if skipped:
        source.random_raw(skipped, output=False)
    while rows:
        count = min(rows, PIECE - lead)
        words = source.random_raw(-(-(lead + count) // 4))
        yield words.astype("<u8", copy=False).view("<u2")[lead : lead + count]
        rows, lead = rows - count, 0


def high_bits_of_one(seed: int, block: int, row: int) -> int:
    """The first 16 bits of one row of a block, counted in the block."""
    source = philox_here("folded", seed, block)
    skipped, lead = divmod(row, 4)
    if skipped:
        source.random_raw(skipped, output=False)
    return (int(source.random_raw()) >> 16 * lead) & 0xFFFF


def low_bits(seed: int, block: int, numbers: np.ndarray, first: int = 0) -> np.ndarray:
    """The last 16 bits of some rows of a block, int64: SplitMix64 of the row's number, counted from `first`."""
    numbers = numbers + first
    key = np.uint64(derive_seed("folded", seed, block))
    word = key + (numbers.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((word ^ (word >> np.uint64(31))) >> np.uint64(48)).astype(np.int64)
