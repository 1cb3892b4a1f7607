"""Files of delimited text: which mark separates their columns, and their values through pyarrow."""

from __future__ import annotations

import csv
import gzip
import re
from collections.abc import Sequence
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any, TextIO, cast

from .memory_limit import Counted

LONGEST_HEADER = 1 << 20
"""Most characters of a header line."""

_MARKS = (",", ";", "\t")
_LOOKED_AT = 1 << 16
"""Characters that show how numbers are written."""


class DelimitedFile:
    """A CSV file, as it is or packed by gzip.

    Columns are separated by commas, in ``.tsv`` files by tabs. Where the header has none of these, semicolons or tabs
    are looked for, as spreadsheets and R's ``write.csv2`` write them; numbers may then have decimal commas.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._suffixes = [suffix.lower() for suffix in path.suffixes]

    @cached_property
    def header(self) -> list[str]:
        """The names of the columns.

        Raises:
            ValueError: If there are none, if they are too long, or if the text is not UTF-8.
            csv.Error: If the line cannot be split.
        """
        header = self._split(self._delimiter)
        if not any(name.strip() for name in header):
            raise ValueError("it has no header line")
        return header

    def rows(self, columns: Sequence[str]) -> Any:
        """A pyarrow table of some columns.

        Raises:
            ValueError: For a packed file whose text exceeds the memory of this process.
        """
        import pyarrow as pa
        import pyarrow.csv as arrow

        unpacked = pa.CompressedInputStream(str(self.path), "gzip") if self._packed else None
        return arrow.read_csv(
            Counted(unpacked) if unpacked else self.path,
            parse_options=arrow.ParseOptions(delimiter=self._delimiter, newlines_in_values=True),
            convert_options=arrow.ConvertOptions(
                include_columns=columns,
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
                decimal_point=self._decimal_point,
            ),
        )

    @cached_property
    def _delimiter(self) -> str:
        if ".tsv" in self._suffixes[-2:]:
            return "\t"
        return next((mark for mark in _MARKS if len(self._split(mark)) > 1), ",")

    @property
    def _decimal_point(self) -> str:
        if self._delimiter == ",":
            return "."
        text = self._start[:_LOOKED_AT]
        return "," if re.search(r"\d,\d", text) and not re.search(r"\d\.\d", text) else "."

    def _split(self, delimiter: str) -> list[str]:
        lines = StringIO(self._start, newline="")
        names = next(csv.reader(lines, delimiter=delimiter), [])
        if len(self._start) == LONGEST_HEADER and not lines.read(1):
            raise ValueError(f"its header line is longer than {LONGEST_HEADER:,} characters")
        return names

    @cached_property
    def _start(self) -> str:
        """The beginning of the text, which a packed file may have far more of than it seems."""
        with self._opened() as file:
            return file.read(LONGEST_HEADER)

    @property
    def _packed(self) -> bool:
        return self._suffixes[-1:] == [".gz"]

    def _opened(self) -> TextIO:
        if self._packed:
            return cast(TextIO, gzip.open(self.path, "rt", encoding="utf-8-sig", newline=""))
        return self.path.open(encoding="utf-8-sig", newline="")
