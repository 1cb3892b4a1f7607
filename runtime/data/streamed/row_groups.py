"""Parquet files as a source of pieces: row group by row group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from ....grammar.diagnostics.diagnostic import DofxError
from ....grammar.edge.files import absent, path_of
from ...variables import is_text
from ..arrow import ParquetFile, ParquetFolder
from ..errors import not_parquet, unreadable
from ..unread_formats import why_unread
from .pieces import PIECE, Piece, by_turns

T = TypeVar("T")

BUFFER = 1 << 20
"""Bytes of a column that are read from the disk at once."""


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


class RowGroups:
    """The rows of a Parquet file, or of a folder of them.

    Args:
        path: The file, or a folder of files of the same columns.

    Raises:
        DofxError: E0501 for a path that does not exist, E0502 for one that is not Parquet, E0503 for one that cannot be
            read.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = path_of(path)
        self.name = f"`{self.path.name or self.path}`"
        if not self.path.exists():
            raise DofxError(absent(self.path, (".parquet", ".pq", ""), "Parquet file"))
        self._parts: Sequence[Path] = [self.path]
        with self._reading():
            folder = ParquetFolder(self.path) if self.path.is_dir() else None
            self._parts = parts = [self.path] if folder is None else folder.parts
        if not parts or parts[0].suffix.lower() not in (".parquet", ".pq"):
            raise not_parquet(self.name)
        with self._reading():
            self.columns = tuple((folder or ParquetFile(self.path)).names())
            self.groups = tuple(_groups(parts))
            self.rows = _last(parts)

    def expect(self, columns: Sequence[str]) -> None:
        """Nothing: each pass reads the columns that it needs."""

    def each(
        self, columns: Sequence[str], call: Callable[[Piece], T], source: np.random.Generator | None
    ) -> Iterator[T]:
        """What a function finds in each piece.

        Raises:
            DofxError: E0503 for a file that cannot be read.
        """
        return map(call, self._pieces(columns, source))

    def _pieces(self, columns: Sequence[str], source: np.random.Generator | None) -> Iterator[Piece]:
        with self._reading():
            yield from by_turns(self.groups, lambda group: _pieces(group, columns), source)

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """A scope in which what pyarrow trips over becomes a diagnostic."""
        import pyarrow as pa

        try:
            yield
        except (OSError, ValueError, pa.ArrowException) as error:
            if isinstance(error, DofxError):
                raise
            reason, help_ = why_unread(self._parts, "Parquet", error)
            raise unreadable(self.name, "Parquet", reason, help_) from None


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
            yield Piece((group.number, number), group.first + number * PIECE, pa.Table.from_batches([batch]))
