"""The rows of a stream as encoded pieces: types, inferred from all rows, and which rows are kept or held out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from ...compiler.model.data import DataSet
from ...grammar.syntax.query import Value
from ..data.dataset import Dataset, Partial
from ..data.design import ALIKE, Design
from ..data.errors import no_rows
from ..data.reading import match_columns
from ..data.row_weights import Sampling
from ..data.streamed.pieces import Piece
from ..data.streamed.stream import Stream
from ..variables import Real, VariableType
from .inferring import inferred
from .reading import Found, Reading

T = TypeVar("T")

MOST_HELD_OUT = 20_000
"""Most rows that are held out of training, to be scored."""

MOST_PARTS = 128
"""Most pieces of which rows are kept apart."""


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
        weights = home.weights and match_columns(stream, [home.weights])[home.weights]
        stream.source.expect([*columns.values(), *filter(None, [weights])])
        if not stream.rows:
            raise no_rows(stream.name)
        codes = tuple(home.holes)
        types = {name: type for name, type in declared.items() if name in columns}
        open_ = {name: column for name, column in columns.items() if name not in types}
        if open_:
            types |= inferred(stream, open_, codes)
        return cls(stream, columns, {name: types[name] for name in columns}, codes, seed, weights)

    @property
    def reading(self) -> Reading:
        """How the pieces are read."""
        name = self.stream.name
        return Reading(self.columns, self.types, tuple(self.codes), self.seed, self.weights, name)

    def each(
        self, call: Callable[[Dataset, Tensor], T], source: np.random.Generator | None = None
    ) -> Iterator[T]:
        """What a function finds in the rows of each piece, and in numbers from 0 to 1 that say what each row is for.

        Args:
            call: The function. It runs where the rows are, which may be on another machine.
            source: As for `Source.each`. The numbers are the same whatever the order.
        """
        reading = self.reading
        return self.stream.source.each(reading.used, Found(reading, call), source)

    def pieces(self, source: np.random.Generator | None = None) -> Iterator[tuple[Dataset, Tensor]]:
        """All rows once, encoded, with their numbers: see `each`."""
        return self.each(_both, source)

    def sample_of(self, names: Sequence[str]) -> dict[str, np.ndarray]:
        """The values of some variables that are numbers, in the rows of the sample that show them all."""
        numbers = [name for name in names if isinstance(self.types[name], Real)]
        if not numbers:
            return {}
        columns = {name: self.columns[name] for name in numbers}
        narrow = replace(self, columns=columns, types={name: self.types[name] for name in numbers})
        found = list(narrow.each(_Sampled(tuple(numbers), self.sampled)))
        return {name: torch.cat([part[i] for part in found]).numpy() for i, name in enumerate(numbers)}

    def sampling(self, home: DataSet) -> Sampling | None:
        """How the rows were sampled; None where all count alike."""
        if self.weights is None:
            return None
        rows, total, squares = 0, 0.0, 0.0
        for weights in self.stream.source.each([self.weights], _Weights(self.reading), None):
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

    def add(self, chosen: Dataset) -> None:
        """Keep rows that were chosen from a piece; a column is partial if it has a hole in any row of the piece."""
        self._partial |= dict.fromkeys(chosen.partial)
        self._parts.append(chosen)
        if len(self._parts) >= MOST_PARTS:
            self._parts = [self.whole()]

    def whole(self) -> Dataset:
        """All rows that were kept; a column is partial if it has a hole in any row of the stream."""
        return joined(self._parts, self._types, tuple(self._partial))


def _both(rows: Dataset, drawn: Tensor) -> tuple[Dataset, Tensor]:
    return rows, drawn


@dataclass(frozen=True, slots=True)
class _Sampled:
    """The values of some numbers in the rows of the sample that show them all."""

    names: tuple[str, ...]
    share: float

    def __call__(self, rows: Dataset, drawn: Tensor) -> list[Tensor]:
        kept, shown = drawn < self.share, rows.shown(self.names)
        kept = kept if shown is None else kept & shown
        return [(rows.partial[n].values if n in rows.partial else rows[n])[kept] for n in self.names]


@dataclass(frozen=True, slots=True)
class _Weights:
    """The weights of the rows of a piece."""

    reading: Reading

    def __call__(self, piece: Piece) -> Tensor:
        weights = self.reading.design(piece).weights
        assert weights is not None
        return weights
