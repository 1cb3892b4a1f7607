"""Where the values of draws come from, in words and in colours: the same ones in every text and drawing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..drawing.canvas import Look
from ..network.ir import OBSERVED, DataSet, Draw, Folded, Policy, Simulated, SomeRows, Source


@dataclass(frozen=True, slots=True)
class _Shown:
    words: str
    look: Look


class SourceKind(Enum):
    """What the values of a draw come from, in words, and the colours of its box."""

    ROWS = _Shown("from real rows, nothing trained", Look("#8ab8f5", "#245ea8", width=1.6))
    OBSERVED = _Shown("trained on observed rows", Look("#cfe3ff", "#2f6fc4", width=1.6))
    SIMULATED = _Shown("trained on rows of an interim kernel", Look("#e7dafb", "#9068cc", width=1.6))
    FOLDED = _Shown("a table, computed from an interim kernel", Look("#d9f0d6", "#4f9a4a", width=1.6))
    POLICY = _Shown("a policy, given with the question", Look("#ffe9bf", "#b57a1d", width=1.6))
    OTHER = _Shown("trained on other data", Look("#d0eff2", "#23899a", width=1.6))

    @property
    def words(self) -> str:
        """For a legend."""
        return self.value.words

    @property
    def look(self) -> Look:
        """For a box or a swatch."""
        return self.value.look


def source_kind(draw: Draw) -> SourceKind:
    """Where the values of a draw come from.

    >>> draws = Draw((("z", "z"), ("w", "w"))), Draw.of("y", "y", (("x", "x"),))
    >>> [source_kind(draw).name for draw in draws]
    ['ROWS', 'OBSERVED']
    """
    return SourceKind.ROWS if draw.fit.from_rows else trained_on(draw.source)


def trained_on(source: Source) -> SourceKind:
    """What a generator is made from that is trained on rows of a source, or computed from it."""
    match source:
        case Simulated():
            return SourceKind.SIMULATED
        case Folded():
            return SourceKind.FOLDED
        case Policy():
            return SourceKind.POLICY
        case DataSet():
            return SourceKind.OBSERVED if source == OBSERVED else SourceKind.OTHER
        case SomeRows(data):
            return trained_on(data)
