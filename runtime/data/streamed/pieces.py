"""Rows that are read piece by piece: a piece, and what a source of pieces can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol, TypeVar

import numpy as np

T = TypeVar("T")
Part = TypeVar("Part")

PIECE = 1 << 16
"""Rows of a piece."""

MIXED = 4
"""Parts of a source that are read side by side, so that rows from different places are trained on together."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some consecutive rows of one part of a source, such as a row group of a file.

    Args:
        key: The number of the part, and the number of the piece in it: the same in every pass.
        first: The number of its first row, in the whole source.
        table: A pyarrow table of some columns.
    """

    key: tuple[int, int]
    first: int
    table: Any


class Source(Protocol):
    """Rows that are read piece by piece, as often as a fit needs them."""

    @property
    def name(self) -> str:
        """How a diagnostic names it, such as "`rows.parquet`"."""
        ...

    @property
    def columns(self) -> Sequence[str]:
        """Names of all its columns, in order."""
        ...

    @property
    def rows(self) -> int:
        """How many rows there are."""
        ...

    def expect(self, columns: Sequence[str]) -> None:
        """Says which columns will be read, in one pass or in several."""
        ...

    def each(
        self, columns: Sequence[str], call: Callable[[Piece], T], source: np.random.Generator | None
    ) -> Iterator[T]:
        """What a function finds in each piece; it runs where the piece is.

        Args:
            columns: The columns to read.
            call: The function. Where pieces are on other machines, it and what it returns travel there and back.
            source: Reads the parts in an order that this generator draws, several of them side by side; None reads
                them in their own order.
        """
        ...


def by_turns(
    parts: Sequence[Part], pieces: Callable[[Part], Iterator[T]], source: np.random.Generator | None
) -> Iterator[T]:
    """The pieces of all parts: one part after the other, or those of a few drawn parts by turns.

    Args:
        parts: The parts.
        pieces: The pieces of one.
        source: As for `Source.each`.

    >>> list(by_turns("ab", lambda part: iter([part + "1", part + "2"]), None))
    ['a1', 'a2', 'b1', 'b2']
    >>> list(by_turns("ab", lambda part: iter([part + "1", part + "2"]), np.random.default_rng(0)))
    ['b1', 'a1', 'b2', 'a2']
    """
    if source is None:
        for part in parts:
            yield from pieces(part)
        return
    left = [parts[i] for i in source.permutation(len(parts))]
    running: list[Iterator[T]] = []
    while left or running:
        while left and len(running) < MIXED:
            running.append(pieces(left.pop()))
        for each in list(running):
            for piece in islice(each, 1):
                yield piece
                break
            else:
                running.remove(each)
