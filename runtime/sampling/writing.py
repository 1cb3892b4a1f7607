"""Writes rows into a file, part by part: while one part is written, the next is made."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from ...grammar.edge.files import system_faults
from ...grammar.edge.outputs import replacing
from ..data.samples import Samples
from ..variables import Text, VariableType, event_shape
from .errors import no_arrays_in_csv, no_file_format

SUFFIXES = {".parquet": "Parquet", ".pq": "Parquet", ".arrow": "Arrow", ".feather": "Arrow", ".csv": "CSV"}

Advance: TypeAlias = Callable[[int, int], object]
"""A callback that receives the number of rows written so far, and the number of all rows."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file of rows that was written.

    Args:
        path: The file.
        rows: The number of rows in it.
        outcomes: Its columns.
        seed: The seed that gives these rows again.
    """

    path: Path
    rows: int
    outcomes: tuple[str, ...]
    seed: int

    def __str__(self) -> str:
        return f"{self.rows:,} rows of {', '.join(self.outcomes)} in {self.path}, seed {self.seed}"


def write(
    path: Path,
    parts: Iterator[Samples],
    types: Mapping[str, VariableType],
    rows: int,
    seed: int,
    progress: bool | Advance | None = None,
) -> Written:
    """Write parts of a sample into a file, which appears whole or not at all.

    Args:
        path: The file; its suffix defines the format.
        parts: The rows, in parts that become row groups.
        types: The type of each outcome.
        rows: The number of all rows.
        seed: Seed of the rows.
        progress: See `RowSampler.sample_to`.

    Raises:
        DofxError: E0432 for a file of another kind, or for arrays in CSV.
    """
    kind = _kind(path, types)
    done = 0
    with ExitStack() as scope:
        advance = scope.enter_context(advancing(progress))
        scope.enter_context(system_faults(path))
        temporary = scope.enter_context(replacing(path))
        append = scope.enter_context(_writer(kind, temporary))
        pool = scope.enter_context(ThreadPoolExecutor(1, "dofx-write"))
        pending = None
        for part in parts:
            if pending is not None:
                pending.result()
            done += part.rows
            pending = pool.submit(_append, append, part, advance, done, rows)
            del part
        if pending is not None:
            pending.result()
    return Written(path, done, tuple(types), seed)


def _append(append: Callable[[Any], object], part: Samples, advance: Advance, done: int, rows: int) -> None:
    append(part.to_arrow())
    advance(done, rows)


def _kind(path: Path, types: Mapping[str, VariableType]) -> str:
    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        raise no_file_format(path, SUFFIXES)
    wide = [name for name, type in types.items() if event_shape(type) and not isinstance(type, Text)]
    if kind == "CSV" and wide:
        listed = ", ".join(f"`{name}`" for name in wide)
        raise no_arrays_in_csv(listed)
    return kind


@contextmanager
def _writer(kind: str, path: Path) -> Iterator[Callable[[Any], object]]:
    """A function that appends a pyarrow table to a file of that kind. The first table defines the columns."""
    with ExitStack() as scope:
        writers: list[Any] = []

        def append(table: Any) -> None:
            if not writers:
                file = scope.enter_context(path.open("wb"))
                writers.append(scope.enter_context(_open(kind, file, table.schema)))
            writers[0].write_table(table, **({"row_group_size": len(table)} if kind == "Parquet" else {}))

        yield append


def _open(kind: str, file: BinaryIO, schema: Any) -> Any:
    if kind == "Parquet":
        from pyarrow.parquet import ParquetWriter

        return ParquetWriter(file, schema)
    if kind == "CSV":
        from pyarrow.csv import CSVWriter, WriteOptions

        header = io.StringIO()
        csv.writer(header, lineterminator="\n").writerow(schema.names)
        file.write(header.getvalue().encode())
        return CSVWriter(file, schema, write_options=WriteOptions(include_header=False))
    from pyarrow.ipc import new_file

    return new_file(file, schema)


@contextmanager
def advancing(progress: bool | Advance | None) -> Iterator[Advance]:
    """The callback that `progress` specifies; see `RowSampler.sample_to`."""
    if callable(progress):
        yield progress
    elif progress or (progress is None and sys.stderr.isatty()):
        with _bar() as advance:
            yield advance
    else:
        yield lambda done, rows: None


@contextmanager
def _bar() -> Iterator[Advance]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("sample"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} rows"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("sample", total=1)
        yield lambda done, rows: bar.update(task, total=rows, completed=done)
