"""The rows of a stream as encoded pieces: types, inferred from all rows, and which rows are kept or held out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...compiler.model.data import DataSet
from ...grammar.diagnostics.diagnostic import DofxError, noted
from ...grammar.syntax.query import Value
from ..data.dataset import Dataset, Partial
from ..data.design import ALIKE, Design
from ..data.errors import no_rows, only_holes
from ..data.reading import match_columns
from ..data.row_weights import Sampling, weights_of
from ..data.stream import Piece, Stream
from ..sampling.noise import derive_seed
from ..variables import (
    Column,
    Labels,
    Real,
    VariableType,
    as_column,
    as_stored,
    encode,
    infer_type,
    require_float32,
)
from ..variables.columns import factorise
from ..variables.holes import shown_column
from ..variables.inference import MOST_LABELS

MOST_HELD_OUT = 20_000
"""Most rows that are held out of training, to be scored."""

MOST_PARTS = 128
"""Most pieces of which rows are kept apart."""

SOON = 4_000
"""How often a value is counted at most: types do not depend on how often a value occurs beyond that."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a stream that a network reads.

    Args:
        stream: The stream.
        columns: The column of each variable.
        types: The type of each variable.
        codes: Values that stand for a hole.
        seed: Which rows are in the sample and which are held out.
        weights: The column that says how much each row counts; None where all count alike.
    """

    stream: Stream
    columns: Mapping[str, str]
    types: Mapping[str, VariableType]
    codes: Sequence[Value]
    seed: int
    weights: str | None = None

    @classmethod
    def of(
        cls,
        stream: Stream,
        variables: Sequence[str],
        declared: Mapping[str, VariableType],
        home: DataSet,
        seed: int,
    ) -> Rows:
        """The rows of some variables. The types that are not declared are inferred from all rows, in one pass.

        Args:
            stream: The stream.
            variables: What is read.
            declared: Declared types.
            home: What is declared of the rows: their codes of holes, and the column of their weights.
            seed: Of the sample.

        Raises:
            DofxError: E0504 for a variable without a column, E0506 for no rows, E0516 for a column of nothing but
                holes, E0402 to E0408 for values.
        """
        columns = match_columns(stream, variables)
        if not stream.rows:
            raise no_rows(stream.name)
        codes, weights = (
            tuple(home.holes),
            home.weights and match_columns(stream, [home.weights])[home.weights],
        )
        types = {name: type for name, type in declared.items() if name in columns}
        open_ = {name: column for name, column in columns.items() if name not in types}
        if open_:
            types |= _inferred(stream, open_, codes)
        return cls(stream, columns, {name: types[name] for name in columns}, codes, seed, weights)

    def pieces(self, source: np.random.Generator | None = None) -> Iterator[tuple[Dataset, Tensor]]:
        """All rows once, encoded, and for each row a number from 0 to 1, which says what the row is for.

        Args:
            source: As for `Stream.pieces`. The numbers are the same whatever the order.
        """
        used = tuple(dict.fromkeys([*self.columns.values(), *filter(None, [self.weights])]))
        for piece in self.stream.pieces(used, source):
            seed = derive_seed(self.seed, "piece", (piece.group.number, piece.number))
            drawn = torch.rand(len(piece.table), generator=torch.Generator().manual_seed(seed))
            yield self._encoded(piece), drawn

    def sample_of(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """The values of some variables that are numbers, in the rows of the sample that show them all."""
        numbers = [name for name in names if isinstance(self.types[name], Real)]
        if not numbers:
            return {}
        columns = {name: self.columns[name] for name in numbers}
        narrow = replace(self, columns=columns, types={name: self.types[name] for name in numbers})
        found: dict[str, list[Tensor]] = {name: [] for name in numbers}
        for piece, drawn in narrow.pieces():
            kept = drawn < self.sampled
            shown = piece.shown(numbers)
            kept = kept if shown is None else kept & shown
            for name in numbers:
                values = piece.partial[name].values if name in piece.partial else piece[name]
                found[name].append(values[kept])
        return {name: torch.cat(parts).numpy() for name, parts in found.items()}

    def sampling(self, home: DataSet) -> Sampling | None:
        """How the rows were sampled; None where all count alike."""
        if self.weights is None:
            return None
        rows, total, squares = 0, 0.0, 0.0
        for piece in self.stream.pieces([self.weights]):
            weights = self._design(piece).weights
            assert weights is not None
            rows += int((weights > 0).sum())
            total += float(weights.sum())
            squares += float(weights @ weights)
        return Sampling(home.name, rows, home.weights, total**2 / squares, None, rows)

    @property
    def sampled(self) -> float:
        """The share of rows whose number lies below it: they are the sample."""
        return min(1.0, self.stream.sample / self.stream.rows)

    @property
    def trained(self) -> float:
        """The share of rows whose number lies below it: networks are trained on them, and scored on the others."""
        return 1 - min(MOST_HELD_OUT, self.stream.rows // 10) / self.stream.rows

    def _encoded(self, piece: Piece) -> Dataset:
        tensors: dict[str, Tensor] = {}
        partial: dict[str, Partial] = {}
        for name, column in self.columns.items():
            with _counted_from(piece):
                what = f"column `{column}`"
                values, shown = _values(piece.table.column(column), what, self.codes)
                tensor = encode(as_stored(self.types[name], values), values, what=what)
                if not isinstance(values, Labels) and tensor.dtype is torch.float32:
                    require_float32(values, tensor, what)
            if shown is None:
                tensors[name] = tensor
            else:
                whole = tensor.new_zeros((len(shown), *tensor.shape[1:]))
                mask = torch.from_numpy(shown)
                whole[mask] = tensor
                partial[name] = Partial(whole, mask)
        return Dataset(tensors, self.types, partial, self._design(piece))

    def _design(self, piece: Piece) -> Design:
        if self.weights is None:
            return ALIKE
        with _counted_from(piece):
            return Design(
                torch.from_numpy(weights_of(piece.table.column(self.weights), f"column `{self.weights}`"))
            )


def joined(pieces: Sequence[Dataset], types: Mapping[str, VariableType], partial: Sequence[str]) -> Dataset:
    """Several pieces as one.

    Args:
        pieces: At least one, of the same variables.
        types: The types of all variables.
        partial: The variables that have a hole somewhere, perhaps in no piece of these.
    """

    def values(piece: Dataset, name: str) -> Tensor:
        return piece.partial[name].values if name in piece.partial else piece[name]

    def shown(piece: Dataset, name: str) -> Tensor:
        return (
            piece.partial[name].shown if name in piece.partial else torch.ones(piece.rows, dtype=torch.bool)
        )

    whole = {name: torch.cat([values(piece, name) for piece in pieces]) for name in pieces[0].names}
    holes = {
        name: Partial(whole.pop(name), torch.cat([shown(piece, name) for piece in pieces]))
        for name in partial
    }
    weights = [piece.design.weights for piece in pieces if piece.design.weights is not None]
    return Dataset(whole, types, holes, Design(torch.cat(weights)) if weights else ALIKE)


class Kept:
    """Rows that are kept from a stream, a few of each piece.

    They are joined every so often, so that what is kept of a piece takes no memory beyond its rows.

    Args:
        rows: The rows of the stream.
    """

    def __init__(self, rows: Rows) -> None:
        self._types = rows.types
        self._parts: list[Dataset] = []
        self._partial: dict[str, None] = {}

    def add(self, piece: Dataset, chosen: Tensor) -> None:
        """Keep some rows of a piece.

        Args:
            piece: The piece.
            chosen: Which of its rows, bools ``(rows,)``.
        """
        self._partial |= dict.fromkeys(piece.partial)
        self._parts.append(piece.take(chosen.nonzero().squeeze(1)))
        if len(self._parts) >= MOST_PARTS:
            self._parts = [self.whole()]

    def whole(self) -> Dataset:
        """All rows that were kept; a column is partial if it has a hole in any row of the stream."""
        return joined(self._parts, self._types, tuple(self._partial))


@dataclass(slots=True)
class _Seen:
    """The values of a column that were seen so far, in the order in which they came, and how often."""

    counts: dict[Value, int] = field(default_factory=dict[Value, int])
    dtype: np.dtype[Any] | None = None
    type: VariableType | None = None
    labels: Labels | None = None
    shown: bool = False

    def take(self, column: Column, what: str) -> None:
        """Take the values of one piece."""
        if self.type is not None or not len(column.codes if isinstance(column, Labels) else column):
            return
        self.shown = True
        if isinstance(column, np.ndarray) and (column.ndim > 1 or column.dtype.kind == "b"):
            self.type = infer_type(column, what=what)
            return
        labels = column if isinstance(column, Labels) else factorise(column)
        if isinstance(column, Labels):
            self.labels = column
        else:
            self.dtype = column.dtype
        number = np.bincount(labels.codes, minlength=len(labels.states))
        for state, count in zip(labels.states, number.tolist(), strict=True):
            if count or labels.ordered:
                self.counts[state] = min(SOON, self.counts.get(state, 0) + count)
        if sum(count > 0 for count in self.counts.values()) > MOST_LABELS:
            self.type = self.settled(what)  # a real number; of labels, these are too many

    def settled(self, what: str) -> VariableType:
        """The type of the column: that of a column in which each value occurs as often as it was counted."""
        if self.type is not None:
            return self.type
        codes = np.repeat(np.arange(len(self.counts)), list(self.counts.values()))
        if self.labels is not None:
            return infer_type(replace(self.labels, states=tuple(self.counts), codes=codes), what=what)
        return infer_type(np.array(list(self.counts), self.dtype)[codes], what=what)


def _inferred(stream: Stream, columns: Mapping[str, str], codes: Sequence[Value]) -> dict[str, VariableType]:
    """The types of some variables, from all rows: the same as those of all rows in memory."""
    seen = {name: _Seen() for name in columns}
    for piece in stream.pieces(tuple(dict.fromkeys(columns.values()))):
        for name, column in columns.items():
            if seen[name].type is None:
                with _counted_from(piece):
                    what = f"column `{column}`"
                    seen[name].take(_values(piece.table.column(column), what, codes)[0], what)
    for name, column in columns.items():
        if not seen[name].shown:
            raise only_holes(f"column `{column}`")
    return {name: seen[name].settled(f"column `{column}`") for name, column in columns.items()}


def _values(raw: Any, what: str, codes: Sequence[Value]) -> tuple[Column, np.ndarray | None]:
    """The values of the rows of a piece that show a column, and which rows these are; None where all do."""
    try:
        column = as_column(raw, what)
        if not codes:
            return column, None
    except DofxError as error:
        if error.diagnostics[0].code != "E0405":
            raise
    column, shown = shown_column(raw, what, codes)
    return column, None if shown.all() else shown


def _counted_from(piece: Piece) -> noted:
    """A scope in which what is found wrong says from which row of the stream its rows are counted."""
    return noted(f"rows are counted from row {piece.first:,} of {piece.group.path.name}")
