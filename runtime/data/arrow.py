"""Files that `sample_to` writes beside CSV: Parquet, Arrow, and folders of Parquet parts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from ..variables import is_text
from .memory_limit import require_room
from .unpacked_arrow import unpacked_size
from .unpacked_parquet import least_size

KEY = b"dofx"
"""Where the metadata of a part say which rows of what it holds."""


class ArrowSource(Protocol):
    """Rows that pyarrow reads, a few columns at a time."""

    def names(self) -> list[str]:
        """The names of the columns."""
        ...

    def rows(self, columns: Sequence[str]) -> Any:
        """A pyarrow table of some columns."""
        ...


class ParquetFile:
    """One Parquet file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> list[str]:
        """As its schema has them."""
        import pyarrow.parquet as pq

        return list(pq.read_schema(self.path).names)

    def rows(self, columns: Sequence[str]) -> Any:
        """Only these columns are read. Text stays a dictionary, as it is stored: a long text may stand in many rows.

        Raises:
            ValueError: If they exceed the memory of this process.
        """
        import pyarrow.parquet as pq

        schema = pq.read_schema(self.path)
        text = [name for name in columns if is_text(schema.field(name).type)]
        require_room(least_size(self.path, set(columns)))
        with pq.ParquetFile(self.path, read_dictionary=text) as file:
            return file.read(columns=list(columns))


class ArrowFile:
    """One file in the Arrow IPC format, the random-access form, which is Feather's too, or the stream."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> list[str]:
        """As its schema has them."""
        with self._opened() as reader:
            return list(reader.schema.names)

    def rows(self, columns: Sequence[str]) -> Any:
        """Only these columns are read.

        Raises:
            ValueError: If what is compressed exceeds the memory of this process.
        """
        import pyarrow as pa

        with self._opened() as reader:
            schema = reader.schema
        places = {schema.get_field_index(name) for name in columns}
        with pa.memory_map(str(self.path)) as file:
            if file.size():
                content = memoryview(file.read_buffer(file.size()))
                require_room(unpacked_size(content, schema.types, places))
        options = pa.ipc.IpcReadOptions(included_fields=sorted(places))
        with self._opened(options) as reader:
            return reader.read_all().select(list(columns))

    def _opened(self, options: Any = None) -> Any:
        import pyarrow as pa

        file = pa.memory_map(str(self.path))
        try:
            return pa.ipc.open_file(file, options=options)
        except pa.ArrowInvalid:
            file.seek(0)
            return pa.ipc.open_stream(file, options=options)


class ParquetFolder:
    """A folder of Parquet files of the same columns, read in the order of their names.

    Files whose names begin with ``_`` or ``.`` hold no rows, as for Spark. A folder that holds other files as well has
    no parts: nobody can say that it is one table.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        shown = sorted(part for part in path.iterdir() if not part.name.startswith(("_", ".")))
        whole = all(part.suffix.lower() in (".parquet", ".pq") for part in shown)
        self.parts = shown if whole else []

    def names(self) -> list[str]:
        """The columns of the first part.

        Raises:
            ValueError: For a part with other columns, and for a sample that was not finished.
        """
        import pyarrow.parquet as pq

        names = ParquetFile(self.parts[0]).names()
        there, asked = 0, None
        for part in self.parts:
            about = pq.read_metadata(part)
            if list(about.schema.to_arrow_schema().names) != names:
                raise ValueError(f"{part.name} has other columns than {self.parts[0].name}")
            there += about.num_rows
            asked = _rows_asked((about.metadata or {}).get(KEY)) or asked
        if asked is not None and there != asked:
            raise ValueError(f"it holds {there:,} of the {asked:,} rows that were to be sampled")
        return names

    def rows(self, columns: Sequence[str]) -> Any:
        """The rows of all parts, one after the other."""
        import pyarrow as pa

        tables = [ParquetFile(part).rows(columns) for part in self.parts]
        return pa.concat_tables(tables, promote_options="permissive")


def _rows_asked(about: bytes | None) -> int | None:
    """How many rows the whole sample has, as a part of it says; None for a file that dofx did not write."""
    try:
        rows = json.loads(about or b"")["rows"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return rows if isinstance(rows, int) else None
