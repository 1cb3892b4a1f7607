"""A piece of a stream as encoded rows, wherever the piece is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import torch
from torch import Tensor

from ...grammar.diagnostics.diagnostic import DofxError, noted
from ...grammar.syntax.query import Value
from ..data.dataset import Dataset, Partial
from ..data.design import ALIKE, Design
from ..data.row_weights import weights_of
from ..data.streamed.pieces import Piece
from ..sampling.noise import derive_seed
from ..variables import Column, Labels, VariableType, as_column, as_stored, encode, require_float32
from ..variables.holes import shown_column

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reading:
    """How the pieces of a stream are read.

    Args:
        columns: The column of each variable.
        types: The type of each variable.
        codes: Values that stand for a hole.
        seed: Of the numbers that say what each row is for.
        weights: The column that says how much each row counts; None where all count alike.
        name: The stream, as a diagnostic names it.
    """

    columns: Mapping[str, str]
    types: Mapping[str, VariableType]
    codes: Sequence[Value]
    seed: int
    weights: str | None
    name: str

    @property
    def used(self) -> tuple[str, ...]:
        """The columns that are read."""
        return tuple(dict.fromkeys([*self.columns.values(), *filter(None, [self.weights])]))

    def read(self, piece: Piece) -> tuple[Dataset, Tensor]:
        """The rows of a piece, encoded, and for each row a number from 0 to 1, the same in every pass."""
        seed = derive_seed(self.seed, "piece", piece.key)
        drawn = torch.rand(len(piece.table), generator=torch.Generator().manual_seed(seed))
        return self._encoded(piece), drawn

    def design(self, piece: Piece) -> Design:
        """How the rows of a piece count."""
        if self.weights is None:
            return ALIKE
        with counted_from(piece, self.name):
            column = piece.table.column(self.weights)
            return Design(torch.from_numpy(weights_of(column, f"column `{self.weights}`")))

    def _encoded(self, piece: Piece) -> Dataset:
        tensors: dict[str, Tensor] = {}
        partial: dict[str, Partial] = {}
        for name, column in self.columns.items():
            with counted_from(piece, self.name):
                what = f"column `{column}`"
                values, shown = values_of(piece.table.column(column), what, self.codes)
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
        return Dataset(tensors, self.types, partial, self.design(piece))


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """What a function finds in the encoded rows of a piece.

    Args:
        reading: How pieces are read.
        call: The function, of the rows and of their numbers.
    """

    reading: Reading
    call: Callable[[Dataset, Tensor], T]

    def __call__(self, piece: Piece) -> T:
        """What it finds in a piece."""
        return self.call(*self.reading.read(piece))


def values_of(raw: Any, what: str, codes: Sequence[Value]) -> tuple[Column, np.ndarray | None]:
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


def counted_from(piece: Piece, name: str) -> noted:
    """A scope in which what is found wrong says from which row of the stream its rows are counted."""
    return noted(f"rows are counted from row {piece.first:,} of {name}")
