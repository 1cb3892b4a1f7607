"""Texts as pieces: the words of the data that occur often, each one piece, and single bytes for the rest."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

MOST_PIECES = 8_192
LEAST_COUNT = 2
"""A word that occurs less often is spelled in bytes."""

_WORD = re.compile(rb" ?[A-Za-z0-9\x80-\xff]+| ?[^A-Za-z0-9\x80-\xff\s]|\s")


class Pieces:
    """A vocabulary. Piece 0 is the end of a text. Every text of known bytes has exactly one spelling in pieces.

    Args:
        spelled: The bytes of each piece but the end, as Latin-1 text, which JSON can hold.

    >>> pieces = Pieces.learned([b"dry cough", b"dry skin", b"cough"])
    >>> [pieces.spelled[number - 1] for number in pieces.encode(b"dry cough")]
    ['dry', ' ', 'c', 'o', 'u', 'g', 'h']
    >>> pieces.decode(pieces.encode(b"dry skin"))
    b'dry skin'
    """

    def __init__(self, spelled: Sequence[str]) -> None:
        self.spelled = list(spelled)
        self._bytes = [b"", *(piece.encode("latin-1") for piece in spelled)]
        self._number = {piece: number for number, piece in enumerate(self._bytes)}

    def __len__(self) -> int:
        return len(self._bytes)

    @classmethod
    def learned(cls, texts: Iterable[bytes]) -> Pieces:
        """The vocabulary of some texts: the bytes that occur, then words in the order of their frequency."""
        counts: Counter[bytes] = Counter()
        for text in texts:
            counts.update(_WORD.findall(text))
        single = sorted({bytes([byte]) for word in counts for byte in word})
        often = [
            w
            for w, n in sorted(counts.items(), key=lambda e: (-e[1], e[0]))
            if n >= LEAST_COUNT and len(w) > 1
        ]
        return cls([piece.decode("latin-1") for piece in [*single, *often[:MOST_PIECES]]])

    def encode(self, text: bytes) -> list[int]:
        """The numbers of a text's pieces, -1 for a byte that no piece has."""
        numbers: list[int] = []
        for word in _WORD.findall(text):
            number = self._number.get(word)
            numbers += [self._number.get(bytes([b]), -1) for b in word] if number is None else [number]
        return numbers

    def encode_all(self, texts: Sequence[bytes], length: int) -> np.ndarray:
        """The pieces of each text, int64 ``(rows, length)``, padded by the end.

        A text of more than `length` pieces ends in -1.
        """
        table = np.zeros((len(texts), length), np.int64)
        for row, text in enumerate(texts):
            numbers = self.encode(text)
            table[row, : len(numbers)] = numbers[:length]
            if len(numbers) > length:
                table[row, -1] = -1
        return table

    def decode(self, numbers: Iterable[int]) -> bytes:
        """The bytes of some pieces, up to the first end."""
        found: list[bytes] = []
        for number in numbers:
            if not number:
                break
            found.append(self._bytes[number])
        return b"".join(found)
