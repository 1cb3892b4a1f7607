"""The types of the variables of a stream: the same as those of all rows in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ...grammar.syntax.query import Value
from ..data.errors import only_holes
from ..data.streamed.pieces import Piece
from ..data.streamed.stream import Stream
from ..variables import Column, Labels, VariableType, infer_type
from ..variables.columns import factorise
from ..variables.inference import MOST_LABELS
from .reading import counted_from, values_of

SOON = 4_000
"""How often a value is counted at most: types do not depend on how often a value occurs beyond that."""


def inferred(stream: Stream, columns: Mapping[str, str], codes: Sequence[Value]) -> dict[str, VariableType]:
    """The types of some variables, in one pass over all rows.

    Args:
        stream: The stream.
        columns: The column of each variable.
        codes: Values that stand for a hole.

    Raises:
        DofxError: E0516 for a column of nothing but holes, and what is wrong with values.
    """
    seen = {name: _Seen() for name in columns}
    look = _Look(dict(columns), tuple(codes), stream.name)
    for part in stream.source.each(tuple(dict.fromkeys(columns.values())), look, None):
        for name, each in part.items():
            seen[name].add(each, f"column `{columns[name]}`")
    for name, column in columns.items():
        if not seen[name].shown:
            raise only_holes(f"column `{column}`")
    return {name: seen[name].settled(f"column `{column}`") for name, column in columns.items()}


@dataclass(slots=True)
class _Seen:
    """The values of a column that were seen so far, in the order in which they came, and how often."""

    counts: dict[Value, int] = field(default_factory=dict[Value, int])
    dtype: np.dtype[Any] | None = None
    type: VariableType | None = None
    labels: Labels | None = None
    shown: bool = False

    @classmethod
    def of(cls, column: Column, what: str) -> _Seen:
        """The values of one piece."""
        if not len(column.codes if isinstance(column, Labels) else column):
            return cls()
        if isinstance(column, np.ndarray) and (column.ndim > 1 or column.dtype.kind == "b"):
            return cls(type=infer_type(column, what=what), shown=True)
        labels = column if isinstance(column, Labels) else factorise(column)
        number = np.bincount(labels.codes, minlength=len(labels.states))
        counts = {
            state: min(SOON, count)
            for state, count in zip(labels.states, number.tolist(), strict=True)
            if count or labels.ordered
        }
        if isinstance(column, Labels):
            found = cls(counts, labels=replace(column, codes=column.codes[:0]), shown=True)
        else:
            found = cls(counts, column.dtype, shown=True)
        found._settle_many(what)
        return found

    def add(self, other: _Seen, what: str) -> None:
        """Take what was seen of another piece."""
        if self.type is not None or not other.shown:
            return
        self.shown = True
        self.type, self.labels = other.type, other.labels or self.labels
        if other.dtype is not None:
            self.dtype = other.dtype if self.dtype is None else np.result_type(self.dtype, other.dtype)
        for state, count in other.counts.items():
            self.counts[state] = min(SOON, self.counts.get(state, 0) + count)
        self._settle_many(what)

    def settled(self, what: str) -> VariableType:
        """The type of a column in which each value occurs as often as it was counted."""
        if self.type is not None:
            return self.type
        codes = np.repeat(np.arange(len(self.counts)), list(self.counts.values()))
        if self.labels is not None:
            return infer_type(replace(self.labels, states=tuple(self.counts), codes=codes), what=what)
        return infer_type(np.array(list(self.counts), self.dtype)[codes], what=what)

    def _settle_many(self, what: str) -> None:
        if self.type is None and sum(count > 0 for count in self.counts.values()) > MOST_LABELS:
            self.type = self.settled(what)  # a real number; of labels, these are too many
            self.counts = {}


class _Look:
    """What is seen of each column in a piece; of a column whose type one piece settled, nothing more is."""

    def __init__(self, columns: Mapping[str, str], codes: Sequence[Value], stream: str) -> None:
        self.columns, self.codes, self.stream = dict(columns), codes, stream

    def __call__(self, piece: Piece) -> dict[str, _Seen]:
        found: dict[str, _Seen] = {}
        for name, column in tuple(self.columns.items()):
            with counted_from(piece, self.stream):
                what = f"column `{column}`"
                found[name] = _Seen.of(values_of(piece.table.column(column), what, self.codes)[0], what)
            if found[name].type is not None:
                del self.columns[name]  # of this copy: a worker that has another piece has another copy
        return found
