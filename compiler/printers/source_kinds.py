"""Where the values of draws come from, in words and in colours: the same ones in every text and drawing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ..drawing.canvas import Look
from ..network.ir import OBSERVED, DataSet, Fit, Folded, Policy, Simulated, SomeRows


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


def source_kind(fit: Fit) -> SourceKind:
    """Where the values that a generator draws come from.

    >>> [source_kind(fit).name for fit in (Fit(("z", "w")), Fit.of("y", ["x"]))]
    ['ROWS', 'OBSERVED']
    """
    if fit.from_rows:
        return SourceKind.ROWS
    match fit.source:
        case Simulated():
            return SourceKind.SIMULATED
        case Folded():
            return SourceKind.FOLDED
        case Policy():
            return SourceKind.POLICY
        case DataSet() | SomeRows():
            return SourceKind.OBSERVED if fit.data == OBSERVED else SourceKind.OTHER
