"""Files of rows that dofx does not read: what they are, and what reads them."""

from __future__ import annotations

from pathlib import Path

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
    b"\xff\xfe": (
        "its text is UTF-16",
        'save it as UTF-8, or pass `pandas.read_csv(path, encoding="utf-16")`',
    ),
    b"\xfe\xff": (
        "its text is UTF-16",
        'save it as UTF-8, or pass `pandas.read_csv(path, encoding="utf-16")`',
    ),
}
"""What a file is that is not the text its name promises, by its first bytes."""


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
    for first, found in _STARTS.items():
        if start.startswith(first):
            return found
    return "its text is not UTF-8", 'save it as UTF-8, or pass `pandas.read_csv(path, encoding="latin-1")`'
