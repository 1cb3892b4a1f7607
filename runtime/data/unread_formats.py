"""Files of rows that dofx does not read: what they are, and what reads them."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

from ...grammar.edge.files import said_by_system
from ...grammar.edge.remedies import remedies_of
from ..variables import reason_of

_FRAME = "and pass the frame"
_SHEET = f"save the sheet as CSV, or read it with `pandas.read_excel` {_FRAME}"
_FROM_R = 'in R: `write.csv(rows, "rows.csv", row.names = FALSE)`'
_READERS = {
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"), _SHEET),
    ".json": f"read it with `pandas.read_json` {_FRAME}",
    **dict.fromkeys((".jsonl", ".ndjson"), f"read it with `pandas.read_json(path, lines=True)` {_FRAME}"),
    ".dta": f"read it with `pandas.read_stata` {_FRAME}",
    ".sav": f"read it with `pandas.read_spss` {_FRAME}",
    **dict.fromkeys((".sas7bdat", ".xpt"), f"read it with `pandas.read_sas` {_FRAME}"),
    **dict.fromkeys((".h5", ".hdf5", ".hdf"), f"read it with `pandas.read_hdf` {_FRAME}"),
    ".orc": f"read it with `pandas.read_orc` {_FRAME}",
    ".xml": f"read it with `pandas.read_xml` {_FRAME}",
    **dict.fromkeys((".html", ".htm"), "read it with `pandas.read_html`, and pass one of its frames"),
    **dict.fromkeys((".db", ".sqlite", ".sqlite3"), f"read it with `pandas.read_sql` {_FRAME}"),
    **dict.fromkeys((".rds", ".rda", ".rdata"), _FROM_R),
    ".zip": "unpack it",
    ".npy": "name its columns: `numpy.savez(path, age=..., treated=...)` writes a .npz file",
}
"""What reads a file that dofx does not, by its suffix."""

_STARTS = {
    b"PK\x03\x04": ("it is a zip archive, as spreadsheets are", _SHEET),
    b"\xd0\xcf\x11\xe0": ("it is a spreadsheet of Excel", _SHEET),
    b"PAR1": ("it is a Parquet file", "end its name in .parquet"),
    b"ARROW1": ("it is an Arrow file", "end its name in .arrow"),
    b"\x1f\x8b": ("it is packed by gzip", "end its name in .csv.gz"),
    b"SQLite format 3": ("it is a database of SQLite", _READERS[".db"]),
    b"\x93NUMPY": ("it is a single array", _READERS[".npy"]),
    b"FEA1": ("it is Feather of the first version", f"read it with `pandas.read_feather` {_FRAME}"),
    b"\xff\xfe": (
        "its text is UTF-16",
        'save it as UTF-8, or pass `pandas.read_csv(path, encoding="utf-16")`',
    ),
    b"\xfe\xff": (
        "its text is UTF-16",
        'save it as UTF-8, or pass `pandas.read_csv(path, encoding="utf-16")`',
    ),
}
"""What a file is that is not what its name promises, by its first bytes."""
_ANEW = "copy it again, or write it anew"
_FIELDS = (
    "give every line as many values as the first, and put values that hold a separator in quotation marks"
)
_PARQUET, _ARROW = (b"PAR1", b"PARE"), (b"ARROW1",)
_MARKS: dict[str, tuple[tuple[bytes, ...], tuple[bytes, ...]]] = {
    "Parquet": (_PARQUET, _PARQUET),
    "Arrow": ((*_ARROW, b"\xff\xff\xff\xff"), _ARROW),  # a stream has no mark at its end
    "NumPy": ((b"PK",), ()),
}
"""How files of a format begin, and with what those end that begin so."""
_LEAST = 12
"""Bytes of a file with a mark at both ends and a length between them."""
_A = {"Parquet": "a Parquet file", "Arrow": "an Arrow file", "NumPy": "an .npz file"}
_PRINTED = frozenset(b"\t\r\n") | frozenset(range(32, 127))
"""The bytes of plain text."""


def how_to_read(path: Path) -> str | None:
    """What reads a file of a suffix that dofx does not read, if that is known.

    >>> how_to_read(Path("rows.dta"))
    'read it with `pandas.read_stata` and pass the frame'
    """
    return _READERS.get(path.suffix.lower())


def what_it_is(path: Path) -> tuple[str, str]:
    """What a file is that is not text of UTF-8, and what to do with it: two sentences for a diagnostic.

    Args:
        path: A file that can be read.
    """
    with path.open("rb") as file:
        start = file.read(16)
    other = 'save it as UTF-8, or pass `pandas.read_csv(path, encoding="latin-1")`'
    return _begun(start) or ("its text is not UTF-8", other)


def why_unread(paths: Sequence[Path], kind: str, error: BaseException) -> tuple[str, str | None]:
    """Why a file of rows cannot be read, and what to do, if that is known: two sentences for a diagnostic.

    Args:
        paths: The file, or the parts of a folder.
        kind: Its format, such as "Parquet".
        error: What was raised: by the system, by the library that reads the format, or by dofx.
    """
    import pyarrow as pa

    if isinstance(error, OSError) and error.errno in errno.errorcode:
        return said_by_system(error), next(iter(remedies_of(error.errno)), None)
    if isinstance(error, UnicodeEncodeError):
        return "its path is not UTF-8", "rename it, or the folder that it is in"
    said = isinstance(error, ValueError | OSError | EOFError | BadZipFile) and str(error)
    reason = str(error).splitlines()[0] if said else reason_of(error)
    if isinstance(error, UnicodeDecodeError) or "UTF8" in reason:
        return what_it_is(paths[0])
    if kind == "CSV" and isinstance(error, pa.ArrowException):
        return reason, _FIELDS if "columns, got" in reason else None
    if "allow_pickle" in reason:
        return "an array of it holds objects of Python", "save arrays of numbers or of text"
    if type(error) is ValueError or isinstance(error, MemoryError):
        return reason, None  # dofx says what is wrong, and the file is whole
    for path in paths:
        if (found := _damage(path, kind)) is not None:
            return (f"{path.name}: {found[0]}" if len(paths) > 1 else found[0]), found[1]
    return reason, f"if it is damaged, {_ANEW}"


def _damage(path: Path, kind: str) -> tuple[str, str] | None:
    """What is wrong with the ends of a file that cannot be read, and what to do; None where nothing is."""
    with path.open("rb") as file:
        start = file.read(16)
        size = file.seek(0, 2)
        file.seek(max(0, size - 8))
        end = file.read()
    if not start:
        return "it is empty", _ANEW
    begins, ends = _MARKS.get(kind, ((), ()))
    if begins and not start.startswith(begins):
        text = all(byte in _PRINTED for byte in start)
        plain = ("it is text", "if it is CSV, end its name in .csv") if text else None
        return _begun(start) or plain or (f"it does not begin as {_A[kind]} does", _ANEW)
    if start.startswith(ends) and (size < _LEAST or not end.endswith(ends)):
        return "its end is missing, so that it was cut short", _ANEW
    return None


def _begun(start: bytes) -> tuple[str, str] | None:
    """What a file is by its first bytes, and what to do with it."""
    return next((found for first, found in _STARTS.items() if start.startswith(first)), None)
