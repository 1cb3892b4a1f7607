"""Where rows come from: frames of any library, dicts of arrays, CSV, Parquet, Arrow and NumPy files.

Only the columns asked for are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol
from zipfile import BadZipFile, is_zipfile

from ...grammar.checks.names import Scope
from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ...grammar.edge.files import absent, path_of
from ..variables import foreign, nearest
from ..variables.faults import worded
from .arrow import ArrowFile, ArrowSource, ParquetFile, ParquetFolder
from .delimited import DelimitedFile
from .errors import no_column, no_file_of_rows, not_rows, only_fitted, repeated_columns, unreadable
from .memory_limit import require_room
from .streamed.stream import streamed
from .unread_formats import how_to_read, why_unread

SUFFIXES = {
    ".csv": "CSV",
    ".tsv": "CSV",
    ".txt": "CSV",
    ".parquet": "Parquet",
    ".pq": "Parquet",
    ".arrow": "Arrow",
    ".feather": "Arrow",
    ".npz": "NumPy",
}


class Columns(Protocol):
    """The columns of a source of rows."""

    @property
    def name(self) -> str:
        """How a diagnostic names it, such as "`rows.csv`" or "the data"."""
        ...

    @property
    def columns(self) -> Sequence[str]:
        """Names of all its columns, in order."""
        ...

    @property
    def left_out(self) -> Sequence[str]:
        """Names of what is no column, though it looks like one: the index of a pandas frame."""
        ...


class Table(Columns, Protocol):
    """A source of rows, opened but not yet read."""

    def read(self, columns: Sequence[str]) -> dict[str, Any]:
        """The raw values of some columns."""
        ...


class MadeTable:
    """A table that is made of others, such as one row per person of several files."""

    name: str
    left_out: Sequence[str] = ()

    @property
    def columns(self) -> Sequence[str]:
        """Names of all its columns, in order."""
        raise NotImplementedError

    def read(self, columns: Sequence[str]) -> dict[str, Any]:
        """The raw values of some columns."""
        raise NotImplementedError


def open_table(source: Any) -> Table:
    """Opens a source of rows: a frame, a mapping of names to arrays, or a path to a file.

    A file is CSV, Parquet, Arrow (or Feather) or .npz; a folder of Parquet files is read as one.

    Raises:
        DofxError: E0501 for a file that does not exist, E0502 for a source or file of an unknown kind,
            E0503 for a file that cannot be read, E0505 for a column name that occurs twice, E0520 for a stream.
    """
    if isinstance(source, MadeTable):
        return source
    if (stream := streamed(source)) is not None:
        raise only_fitted(stream.name)
    if isinstance(source, (str, Path)):
        table: Table = _File(path_of(source))
    elif isinstance(source, Mapping):
        table = _Arrays(source)
    else:
        table = _Frame(_frame_of(source))
    if len(set(table.columns)) < len(table.columns):
        raise _repeated(table.name, table.columns)
    return table


def _streams_arrow(source: Any) -> bool:
    """Whether a source hands over a table by Arrow's protocol, as batches and databases do; no single column."""
    import narwhals as nw

    if not callable(getattr(type(source), "__arrow_c_stream__", None)):
        return False
    return not isinstance(nw.from_native(source, allow_series=True, pass_through=True), nw.Series)


def _frame_of(source: Any) -> Any:
    """A narwhals frame of what another library calls one; a lazy one is collected, a stream of Arrow is read."""
    import narwhals as nw

    with foreign("the data", "E0503"):
        try:
            frame = nw.from_native(source, pass_through=True)
            if isinstance(frame, nw.LazyFrame):
                frame = frame.collect()
            elif frame is source and _streams_arrow(source):
                import pyarrow as pa

                frame = nw.from_native(pa.table(source))
        except nw.exceptions.DuplicateError:
            raise _repeated("the data", getattr(source, "column_names", source.columns)) from None
    if isinstance(frame, nw.DataFrame):
        return frame
    import numpy as np

    first = source[0] if isinstance(source, list | tuple) and source else None
    array = isinstance(source, np.ndarray)
    raise not_rows(
        type(source).__name__,
        records=isinstance(first, Mapping) or (array and source.dtype.names is not None),
        unnamed=isinstance(first, list | tuple) or (array and source.ndim == 2),
    )


def names_any(source: Any, names: Iterable[str]) -> bool:
    """Whether a source is a mapping that has one of these names; of somebody else's mapping it may be hard to say.

    Raises:
        DofxError: E0502 for a mapping that fails.
    """
    with foreign("the data", "E0502"):
        return isinstance(source, Mapping) and any(name in source for name in names)


def match_columns(table: Columns, variables: Sequence[str]) -> dict[str, str]:
    """The column of each variable: of exactly its name, else the only one that differs in case or in blanks around it.

    Raises:
        DofxError: E0504, one diagnostic for each variable without a column.
    """
    columns = list(table.columns)
    scope = Scope(columns)
    faults: list[Diagnostic] = []
    found: dict[str, str] = {}
    for variable in variables:
        column = scope.resolve(variable)
        if column is not None:
            found[variable] = column
        else:
            shown = [f"`{each}`" for each in columns[:12]] + (["…"] if len(columns) > 12 else [])
            near, index = nearest(variable, columns) or worded(variable, columns), variable in table.left_out
            faults.append(no_column(table.name, variable, shown, near, index))
    if faults:
        raise DofxError(faults)
    return found


def _repeated(source: str, columns: Sequence[str]) -> DofxError:
    twice = [name for name, count in Counter(columns).items() if count > 1]
    return repeated_columns(source, twice[:3])


class _Arrays:
    """A mapping of names to arrays, tensors or lists."""

    name = "the data"
    left_out: Sequence[str] = ()

    def __init__(self, arrays: Mapping[Any, Any]) -> None:
        self.arrays = arrays
        with foreign(self.name, "E0502"):
            self.columns = [str(name) for name in arrays]

    def read(self, columns: Sequence[str]) -> dict[str, Any]:
        with foreign(self.name, "E0502"):
            by_name = {str(name): values for name, values in self.arrays.items()}
        return {name: by_name[name] for name in columns}


class _Frame:
    """A pandas, polars, pyarrow or other frame that narwhals understands."""

    name = "the data"

    def __init__(self, frame: Any) -> None:
        self.frame = frame
        with foreign(self.name, "E0503"):
            self.columns = [str(name) for name in frame.columns]
            index = getattr(frame.to_native(), "index", None)
            self.left_out = [str(name) for name in getattr(index, "names", ()) if name is not None]

    def read(self, columns: Sequence[str]) -> dict[str, Any]:
        by_name = dict(zip(self.columns, self.frame.columns, strict=True))
        with foreign(self.name, "E0503"):
            return {name: self.frame.get_column(by_name[name]) for name in columns}


class _File:
    """A file or folder that pyarrow reads, or an archive of arrays, read by NumPy without pickle."""

    left_out: Sequence[str] = ()

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = f"`{path.name or path}`"
        unpacked = path.with_suffix("") if path.suffix.lower() == ".gz" else path
        self.kind = SUFFIXES.get(unpacked.suffix.lower())
        if unpacked != path and self.kind != "CSV":
            self.kind = None
        if not path.exists():
            raise DofxError(absent(path, (*SUFFIXES, ".gz", ""), "file of rows"))
        self.parts = self._guard(lambda: ParquetFolder(path)) if path.is_dir() else None
        if self.parts is not None and self.parts.parts:
            self.kind = "Parquet"
        elif self.kind is None or not path.is_file():
            raise no_file_of_rows(self.name, tuple(SUFFIXES), how_to_read(path))
        self.columns = self._guard(self._header)

    def read(self, columns: Sequence[str]) -> dict[str, Any]:
        if self.kind == "NumPy":
            return self._guard(lambda: self._arrays(columns))  # type: ignore[no-any-return]
        table = self._guard(lambda: self._rows(list(columns)))
        return {name: table.column(name) for name in columns}

    def _header(self) -> list[str]:
        if (source := self._arrow()) is not None:
            return source.names()
        if self.kind == "NumPy":
            import numpy as np

            if not is_zipfile(self.path):
                raise BadZipFile("it is not an archive of arrays, as numpy.savez writes")
            with np.load(self.path) as archive:
                return list(archive.files)
        return DelimitedFile(self.path).header

    def _arrays(self, columns: Sequence[str]) -> dict[str, Any]:
        import numpy as np

        with np.load(self.path) as archive:
            packed = {entry.filename.removesuffix(".npy"): entry.file_size for entry in archive.zip.filelist}
            require_room(sum(packed.get(name, 0) for name in columns))
            arrays = {name: archive[name] for name in columns}
        single = next((name for name, array in arrays.items() if array.ndim == 0), None)
        if single is not None:
            raise ValueError(f"`{single}` is a single value, not an array of rows")
        return arrays

    def _rows(self, columns: list[str]) -> Any:
        if (source := self._arrow()) is not None:
            return source.rows(columns)
        return DelimitedFile(self.path).rows(columns)

    def _arrow(self) -> ArrowSource | None:
        """What reads the file as a table of Arrow, where it is one."""
        if self.kind == "Arrow":
            return ArrowFile(self.path)
        return (self.parts or ParquetFile(self.path)) if self.kind == "Parquet" else None

    def _guard(self, read: Any) -> Any:
        """What `read` returns; what it trips over becomes a diagnostic."""
        try:
            return read()
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # pyarrow, NumPy, csv, gzip and zipfile each have their own
            paths = self.parts.parts if self.parts else [self.path]
            reason, help_ = why_unread(paths, str(self.kind), error)
            raise unreadable(self.name, str(self.kind), reason, help_) from None
