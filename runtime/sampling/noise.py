"""Noise that depends only on the seed, the draw and the row: not on chunks, devices, threads or other draws.

A row's noise comes from a Philox stream whose 128-bit key is a hash of seed, draw id and the number of the
row's block. A block has 16,384 rows of a single number, or fewer rows of wider noise, so any row can be drawn again
alone at the cost of one block. The keys have 128 bits because torch's CPU generator keeps only 32 bits of a seed: among
77,000 blocks, two would then be equal with a probability of one half.

References:
    Salmon, Moraes, Dror, Shaw (SC 2011): Parallel random numbers, as easy as 1, 2, 3.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from functools import lru_cache
from hashlib import blake2b
from math import prod
from operator import index
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..families.protocol import Noise

BLOCK = 16_384
"""Largest number of rows, and of values, of a block. A chunk that starts on a block's border skips no noise."""

LEAST_WORDS = 8_192
"""From this many numbers on, it is faster to make whole words of a stream by one call."""

_STEP = np.float32(2.0**-24)


def block_rows(law: Noise) -> int:
    """Rows of one block of a draw's noise: a power of two.

    >>> [block_rows(Noise(shape, "normal")) for shape in ((), (3,), (3, 64, 64))]
    [16384, 4096, 1]
    """
    return 1 << max(1, BLOCK // max(1, prod(law.shape))).bit_length() - 1


def fresh_seed() -> int:
    """A seed of 48 bits from the operating system: JSON can hold it, and it is short enough to copy."""
    return secrets.randbits(48)


def derive_seed(*parts: Any) -> int:
    """A 63-bit seed from any JSON values: the same on every machine and under every PYTHONHASHSEED.

    >>> derive_seed(0, "y") == derive_seed(0, "y"), derive_seed(0, "y") == derive_seed(1, "y")
    (True, False)
    """
    return int.from_bytes(_digest(parts)[:8], "little") >> 1


class NoiseStream:
    """The noise of consecutive rows of a sampling graph.

    Args:
        seed: Equal seeds give equal noise, row by row.
        laws: The distribution of each draw's noise.
        start: The first row. Shards of one sample start at different rows of the same seed.

    >>> laws = {"x": Noise((), "uniform"), "y": Noise((2,), "normal")}
    >>> whole = NoiseStream(7, laws).take(5)
    >>> bool(torch.equal(NoiseStream(7, laws, start=3).take(2)["y"], whole["y"][3:]))
    True
    """

    def __init__(self, seed: int, laws: Mapping[str, Noise], start: int = 0) -> None:
        self.row = start
        named = f"[{json.dumps(seed, default=index)}, "
        self._streams = {id: _DrawStream(named + _json(id), law, start) for id, law in laws.items()}

    def take(self, rows: int) -> dict[str, Tensor]:
        """Noise of the next `rows` rows, by draw id: float32 ``(rows, *shape)`` on the CPU."""
        self.row += rows
        return {id: stream.take(rows) for id, stream in self._streams.items()}


class _DrawStream:
    """The noise of one draw, block after block. Within a block, values are drawn in the order of the rows."""

    def __init__(self, named: str, law: Noise, start: int) -> None:
        self._named, self._law = named, law
        self._rows = block_rows(law)
        self._block, self._left = start // self._rows - 1, 0
        self._open: Any = None
        """The state of the source when an open block was left."""
        skipped = start % self._rows
        if skipped:
            self._draw(np.empty((skipped, *law.shape), np.float32))

    def take(self, rows: int) -> Tensor:
        noise = np.empty((rows, *self._law.shape), np.float32)
        self._draw(noise)
        return torch.from_numpy(noise)

    def _draw(self, noise: np.ndarray) -> None:
        source, done = _SOURCE, 0
        draw = source.uniform if self._law.law == "uniform" else source.normal
        if self._left:
            source.bits.state = self._open
        while done < len(noise):
            if not self._left:
                self._block, self._left = self._block + 1, self._rows
                source.begin(np.frombuffer(_hash(f"{self._named}, {self._block}]"), dtype="<u8"))
            count = min(len(noise) - done, self._left)
            draw(noise[done : done + count])
            done, self._left = done + count, self._left - count
        self._open = source.bits.state if self._left else None


class _Source(threading.local):
    """One source of random numbers for each thread: making one takes longer than a block of one row."""

    def __init__(self) -> None:
        self.bits = np.random.Philox(key=0)
        self.numbers = np.random.Generator(self.bits)
        self._first: Any = self.bits.state

    def begin(self, key: np.ndarray) -> None:
        """Start a new stream with that key."""
        self._first["state"]["key"] = key
        self.bits.state = self._first

    def normal(self, out: np.ndarray) -> None:
        """Fill an array with standard normal numbers, float32."""
        self.numbers.standard_normal(out=out, dtype=np.float32)

    def uniform(self, out: np.ndarray) -> None:
        """Fill an array with uniform float32 numbers in [0, 1), equal to those of NumPy's `random` to the bit.

        `random` makes one call per number. Here, one call makes whole words of the stream, and each half of a word,
        the lower half first, gives a number from 24 of its bits.
        """
        flat = out.reshape(-1)
        if flat.size < LEAST_WORDS:
            self.numbers.random(out=flat, dtype=np.float32)
            return
        if self.bits.state["has_uint32"]:
            self.numbers.random(out=flat[:1], dtype=np.float32)
            flat = flat[1:]
        even = flat.size - flat.size % 2
        halves = self.bits.random_raw(even // 2).astype("<u8", copy=False).view("<u4")
        halves >>= 8
        np.multiply(halves.view("<i4"), _STEP, out=flat[:even], dtype=np.float32, casting="unsafe")
        if even < flat.size:
            self.numbers.random(out=flat[even:], dtype=np.float32)


_SOURCE = _Source()


def uniform_rows(seed: int, draw: str, start: int, rows: int) -> np.ndarray:
    """The uniform noise of a draw for some rows of one block, float32 ``(rows,)``, as `NoiseStream` has it.

    >>> expected = NoiseStream(7, {"x": Noise((), "uniform")}, start=3).take(2)["x"]
    >>> bool((uniform_rows(7, "x", 3, 2) == expected.numpy()).all())
    True
    """
    block, skipped = divmod(start, BLOCK)
    source, noise = _SOURCE, np.empty(skipped + rows, np.float32)
    source.begin(np.frombuffer(_hash(f"[{seed}, {_json(draw)}, {block}]"), dtype="<u8"))
    source.uniform(noise)
    return noise[skipped:] if skipped else noise


def philox(*parts: Any) -> np.random.Philox:
    """A separate Philox stream for any JSON values."""
    return np.random.Philox(key=_key(*parts))


def philox_here(*parts: Any) -> np.random.Philox:
    """The same stream from the thread's source, which is faster; it is valid until other noise is drawn."""
    _SOURCE.begin(_key(*parts))
    bits: np.random.Philox = _SOURCE.bits
    return bits


def _key(*parts: Any) -> np.ndarray:
    return np.frombuffer(_digest(parts), dtype="<u8")


@lru_cache(4_096)
def _json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


_TEXTS: dict[type, Callable[[Any], str]] = {str: _json, int: str}


def _digest(parts: tuple[Any, ...]) -> bytes:
    try:  # the text that `json.dumps` makes, in less time
        return _hash(f"[{', '.join([_TEXTS[part.__class__](part) for part in parts])}]")
    except KeyError:
        pass
    return _hash(json.dumps(parts, ensure_ascii=False, default=index))


def _hash(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()
