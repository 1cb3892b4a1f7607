"""Rows that a fit reads piece by piece, because they need not fit into memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import index
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from ....grammar.edge.arguments import public
from .errors import not_a_stream, sample_too_small
from .pieces import Piece, Source
from .ray_blocks import RayBlocks, is_ray
from .row_groups import RowGroups

SAMPLE = 1 << 18
"""Rows of the sample, where nobody says."""


@public("source")
class Stream:
    """The rows of a Parquet file, of a folder of them or of a Ray data set, which a fit reads piece by piece.

    The memory that a fit then takes does not grow with the number of rows: tables count each row once, and networks
    start from a sample of the rows, which is kept in memory, and go on with all of them, part by part. The parts of a
    file are its row groups. Those of a `ray.data.Dataset` are its blocks, which are counted on the machines that
    have them.

    Args:
        source: A Parquet file, a folder of Parquet files of the same columns, or a `ray.data.Dataset`.
        sample: Number of rows that are kept in memory; of fewer rows, all are.

    Raises:
        DofxError: E0501 for a path that does not exist, E0502 for one that is not Parquet and for any other object,
            E0503 for a file that cannot be read, E0506 for a Ray data set without columns, E1002 for a
            sample of no rows.
    """

    left_out: Sequence[str] = ()

    def __init__(self, source: str | Path | Any, *, sample: int = SAMPLE) -> None:
        self.sample = index(sample)
        if self.sample < 1:
            raise sample_too_small(self.sample)
        if not _is_path(source) and not is_ray(source):
            raise not_a_stream(type(source).__name__)
        self.source: Source = RayBlocks(source) if is_ray(source) else RowGroups(source)
        self.name, self.columns = self.source.name, tuple(self.source.columns)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.source.rows

    def pieces(self, columns: Sequence[str], source: np.random.Generator | None = None) -> Iterator[Piece]:
        """All rows once, piece by piece: see `Source.each`."""
        return self.source.each(columns, _itself, source)


def streamed(source: Any) -> Stream | None:
    """The stream that something is, if it is one: a data set of Ray is, without being called so."""
    if isinstance(source, Stream):
        return source
    return Stream(source) if is_ray(source) else None


def _is_path(source: object) -> bool:
    return isinstance(source, str | PathLike)


def _itself(piece: Piece) -> Piece:
    return piece


def with_streams(data: Any) -> Any:
    """What a person passed, with a stream in place of each data set of Ray, so that it is read once."""
    if isinstance(data, Mapping):
        return {name: streamed(each) or each for name, each in data.items()}
    return streamed(data) or data
