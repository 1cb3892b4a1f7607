"""Parquet files that are read piece by piece, because their rows need not fit into memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from operator import index
from pathlib import Path
from typing import Any

import numpy as np

from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.edge.arguments import public
from ...grammar.edge.files import absent, path_of
from ..variables import is_text, reason_of
from .arrow import ParquetFile, ParquetFolder
from .errors import not_parquet, sample_too_small, unreadable

PIECE = 1 << 16
"""Rows of a piece."""

SAMPLE = 1 << 18
"""Rows of the sample, where nobody says."""

BUFFER = 1 << 20
"""Bytes of a column that are read from the disk at once."""

MIXED = 4
"""Row groups that are read side by side, so that rows from different parts of a file are trained on together."""


@dataclass(frozen=True, slots=True)
class Group:
    """A row group of a Parquet file: the part of a file that can be read by itself.

    Args:
        number: Its number, in all files.
        path: The file.
        place: Its number in the file.
        first: The number of its first row, in all files.
    """

    number: int
    path: Path
    place: int
    first: int


@dataclass(frozen=True, slots=True)
class Piece:
    """Some consecutive rows of one row group.

    Args:
        group: The row group.
        number: Which piece of the group it is.
        table: A pyarrow table of some columns.
    """

    group: Group
    number: int
    table: Any

    @property
    def first(self) -> int:
        """The number of its first row, in all files."""
        return self.group.first + self.number * PIECE


@public("path")
class Stream:
    """The rows of a Parquet file, or of a folder of them, which a fit reads piece by piece.

    The memory that a fit then takes does not grow with the number of rows: tables count each row once, and networks
    start from a sample of the rows, which is kept in memory, and go on with all of them, row group by row group.

    Args:
        path: A Parquet file, or a folder of Parquet files of the same columns.
        sample: Number of rows that are kept in memory; a file with fewer rows is read whole.

    Raises:
        DofxError: E0501 for a path that is not there, E0502 for one that is no Parquet, E0503 for one that cannot be
            read, E1002 for a sample of no rows.
    """

    left_out: Sequence[str] = ()

    def __init__(self, path: str | Path, *, sample: int = SAMPLE) -> None:
        sample = index(sample)
        if sample < 1:
            raise sample_too_small(sample)
        self.path, self.sample = path_of(path), sample
        self.name = f"`{self.path.name or self.path}`"
        if not self.path.exists():
            raise DofxError(absent(self.path, (".parquet", ".pq", ""), "Parquet file"))
        with self._reading():
            folder = ParquetFolder(self.path) if self.path.is_dir() else None
            parts = [self.path] if folder is None else folder.parts
        if not parts or parts[0].suffix.lower() not in (".parquet", ".pq"):
            raise not_parquet(self.name)
        with self._reading():
            self.columns = tuple((folder or ParquetFile(self.path)).names())
            self.groups = tuple(_groups(parts))
            self.rows = _last(parts)

    def pieces(self, columns: Sequence[str], source: np.random.Generator | None = None) -> Iterator[Piece]:
        """All rows once, piece by piece.

        Args:
            columns: The columns to read.
            source: Reads row groups in an order that this generator draws, several of them side by side; None reads
                them in the order of the file.

        Raises:
            DofxError: E0503 for a file that cannot be read.
        """
        with self._reading():
            if source is None:
                for group in self.groups:
                    yield from _pieces(group, columns)
                return
            left = [self.groups[i] for i in source.permutation(len(self.groups))]
            running: list[Iterator[Piece]] = []
            while left or running:
                while left and len(running) < MIXED:
                    running.append(_pieces(left.pop(), columns))
                for each in list(running):
                    piece = next(each, None)
                    if piece is None:
                        running.remove(each)
                    else:
                        yield piece

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """A scope in which what pyarrow trips over becomes a diagnostic."""
        import pyarrow as pa

        try:
            yield
        except (OSError, ValueError, pa.ArrowException) as error:
            if isinstance(error, DofxError):
                raise
            raise unreadable(self.name, "Parquet", reason_of(error)) from None


def _groups(paths: Sequence[Path]) -> Iterator[Group]:
    import pyarrow.parquet as pq

    number = first = 0
    for path in paths:
        about = pq.read_metadata(path)
        for place in range(about.num_row_groups):
            yield Group(number, path, place, first)
            number, first = number + 1, first + about.row_group(place).num_rows


def _last(paths: Sequence[Path]) -> int:
    import pyarrow.parquet as pq

    return sum(pq.read_metadata(path).num_rows for path in paths)


def _pieces(group: Group, columns: Sequence[str]) -> Iterator[Piece]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pq.read_schema(group.path)
    text = [name for name in columns if is_text(schema.field(name).type)]
    with pq.ParquetFile(group.path, read_dictionary=text, buffer_size=BUFFER, pre_buffer=False) as file:
        batches = file.iter_batches(PIECE, row_groups=[group.place], columns=list(columns))
        for number, batch in enumerate(batches):
            yield Piece(group, number, pa.Table.from_batches([batch]))
