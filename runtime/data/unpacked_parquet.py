"""What the columns of a Parquet file unpack to, read from its own footer before anything is unpacked.

The footer is a struct of the compact protocol of Thrift. pyarrow reads it too, and shows the sizes of a column, but
where the statistics are damaged it ends the process when it is asked for them. So the sizes are read here.

References:
    Apache Parquet, File Format, with parquet.thrift. https://parquet.apache.org/docs/file-format/
    Apache Thrift, Compact Protocol. https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

_MAGIC = b"PAR1"
_TAIL = 8
"""Bytes at the end of a file: the length of the footer, and the mark."""
_ROW_GROUPS, _COLUMNS, _ABOUT = 4, 1, 3
_KIND, _PATH, _VALUES, _UNPACKED = 1, 3, 5, 6
"""The fields that are read: of the file, of a group of rows, of a column in it, and of the column's description."""
_WIDTHS = {1: 4, 2: 8, 4: 4, 5: 8, 6: 4}
"""Bytes of a value in memory, by the kind of number: INT32, INT64, FLOAT, DOUBLE; a text has an offset of four."""
_DAMAGED = "the footer of the Parquet file is damaged"
_DEEPEST = 50
"""More structs inside one another than any footer has."""


class DamagedFile(ValueError):
    """A file of rows whose own description of what it holds cannot be true."""


def least_size(path: Path, columns: set[str]) -> int:
    """Bytes that some columns of a Parquet file take in memory at least, however well they are packed.

    Args:
        path: The file.
        columns: The names of the columns that are to be read.

    Raises:
        DamagedFile: For a footer that cannot be read.
    """
    try:
        groups = _footer(path).get(_ROW_GROUPS, ())
        chunks = [chunk[_ABOUT] for group in groups for chunk in group[_COLUMNS]]
        asked = [chunk for chunk in chunks if chunk[_PATH][0].decode() in columns]
        return sum(max(each[_VALUES] * _WIDTHS.get(each[_KIND], 0), each[_UNPACKED]) for each in asked)
    except (AttributeError, IndexError, KeyError, TypeError, UnicodeDecodeError) as error:
        raise DamagedFile(_DAMAGED) from error


def _footer(path: Path) -> dict[int, Any]:
    """The outermost struct: its fields by number."""
    with path.open("rb") as file:
        end = file.seek(0, 2)
        file.seek(max(0, end - _TAIL))
        tail = file.read(_TAIL)
        start = end - _TAIL - int.from_bytes(tail[:4], "little")
        if tail[4:] != _MAGIC or start < 0:
            raise DamagedFile("the file does not end as a Parquet file does")
        file.seek(start)
        return _struct(BytesIO(file.read(end - _TAIL - start)), 0)


def _struct(content: BinaryIO, depth: int) -> dict[int, Any]:
    """A struct's fields by number, up to the byte that ends it."""
    if depth > _DEEPEST:
        raise DamagedFile(_DAMAGED)
    fields: dict[int, Any] = {}
    number = 0
    while head := _byte(content):
        number = number + (head >> 4) if head >> 4 else _signed(content)
        kind = head & 15
        fields[number] = kind == 1 if kind in (1, 2) else _value(content, kind, depth)
    return fields


def _value(content: BinaryIO, kind: int, depth: int) -> Any:
    """A value of one of the protocol's kinds, other than a boolean field, whose kind is its value."""
    match kind:
        case 1 | 2 | 3:
            return _byte(content)
        case 4 | 5 | 6:
            return _signed(content)
        case 7:
            return _bytes(content, 8)
        case 8:
            return _bytes(content, _unsigned(content))
        case 9 | 10:
            head = _byte(content)
            count = head >> 4 if head >> 4 < 15 else _unsigned(content)
            return [_value(content, head & 15, depth + 1) for _ in range(count)]
        case 12:
            return _struct(content, depth + 1)
        case _:
            raise DamagedFile(_DAMAGED)


def _signed(content: BinaryIO) -> int:
    """A whole number whose sign is its last bit."""
    folded = _unsigned(content)
    return (folded >> 1) ^ -(folded & 1)


def _unsigned(content: BinaryIO) -> int:
    """A whole number in groups of seven bits, the lowest first."""
    number = shift = 0
    while (byte := _byte(content)) & 128:
        number |= (byte & 127) << shift
        shift += 7
        if shift > 63:
            raise DamagedFile(_DAMAGED)
    return number | byte << shift


def _byte(content: BinaryIO) -> int:
    return _bytes(content, 1)[0]


def _bytes(content: BinaryIO, count: int) -> bytes:
    """The next bytes, all of them."""
    read = content.read(count)
    if len(read) < count:
        raise DamagedFile(_DAMAGED)
    return read
