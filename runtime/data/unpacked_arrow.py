"""What the compressed parts of an Arrow file unpack to, read from its own headers before anything is unpacked.

An Arrow file or stream is a sequence of messages. Each begins with its header, a flatbuffer, which lists the buffers of
its columns; a compressed buffer begins with the number of bytes that it unpacks to. Only these numbers are read here.

References:
    Apache Arrow, Columnar Format, "Serialization and Interprocess Communication", with Message.fbs and File.fbs.
    https://arrow.apache.org/docs/format/Columnar.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Any

from .unpacked_parquet import DamagedFile

_MAGIC = b"ARROW1"
_CONTINUES = 0xFFFFFFFF
_DICTIONARY, _RECORDS = 2, 3
"""The kinds of message that hold values."""
_U16, _U32, _I32, _I64 = Struct("<H"), Struct("<I"), Struct("<i"), Struct("<q")
_BLOCK = Struct("<qi4xq")
"""Where a message stands, in the footer of a file: its offset, the length of its header, the length of its values."""
_BUFFER = Struct("<qq")
"""Where a buffer stands behind its message's header, and its length."""


def unpacked_size(content: memoryview, kinds: Sequence[Any], columns: set[int]) -> int:
    """Bytes that the compressed buffers of some columns unpack to, those of their dictionaries included.

    Args:
        content: The whole file or stream.
        kinds: The Arrow types of its columns, in order.
        columns: The places of the columns that are to be read.

    Raises:
        ValueError: For a header that cannot be read.

    >>> import pyarrow as pa
    >>> sink, table = pa.BufferOutputStream(), pa.table({"x": [0] * 1_000_000})
    >>> with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
    ...     writer.write_table(table)
    >>> packed = sink.getvalue()
    >>> packed.size < 20_000, unpacked_size(memoryview(packed), table.schema.types, {0})
    (True, 8000000)
    """
    return sum(_size(content, *place, kinds, columns) for place in _messages(content))


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of a flatbuffer: fields by number, each at an offset that the table's own list of offsets says."""

    content: memoryview
    at: int

    @classmethod
    def root(cls, content: memoryview) -> _Table:
        """The outermost table."""
        return cls(content, _read(_U32, content, 0))

    def field(self, number: int) -> int | None:
        """Where a field stands, if it is there."""
        offsets = self.at - _read(_I32, self.content, self.at)
        place = 4 + 2 * number
        if place >= _read(_U16, self.content, offsets):
            return None
        offset = _read(_U16, self.content, offsets + place)
        return self.at + offset if offset else None

    def table(self, number: int) -> _Table | None:
        """The table in a field."""
        at = self.field(number)
        return None if at is None else _Table(self.content, at + _read(_U32, self.content, at))

    def structs(self, number: int, of: Struct) -> list[tuple[int, ...]]:
        """The structs in a field."""
        at = self.field(number)
        if at is None:
            return []
        start = at + _read(_U32, self.content, at)
        count = _read(_U32, self.content, start)
        return list(of.iter_unpack(self.content[start + 4 : start + 4 + count * of.size]))


def _messages(content: memoryview) -> Iterator[tuple[int, int]]:
    """Where the header of each message begins, and where its values do."""
    if bytes(content[:6]) == _MAGIC == bytes(content[-6:]):
        length = _read(_I32, content, len(content) - 10)
        footer = _Table.root(content[len(content) - 10 - length : len(content) - 10])
        for blocks in (2, 3):  # of dictionaries, of rows
            for offset, header, _ in footer.structs(blocks, _BLOCK):
                yield offset + _prefix(content, offset), offset + header
        return
    at = 0
    while at + 4 <= len(content):
        prefix = _prefix(content, at)
        length = _read(_U32, content, at + prefix - 4)
        if length == 0:
            return
        values = at + prefix + length
        yield at + prefix, values
        body = _Table.root(content[at + prefix : values]).field(3)
        at = values + (0 if body is None else _read(_I64, content[at + prefix : values], body))


def _prefix(content: memoryview, at: int) -> int:
    """Bytes before a header: its length, and since version 0.15 of Arrow a mark before that."""
    return 8 if _read(_U32, content, at) == _CONTINUES else 4


def _size(content: memoryview, at: int, values: int, kinds: Sequence[Any], columns: set[int]) -> int:
    """Bytes that the values of one message unpack to, as far as they are compressed and are read."""
    message = _Table.root(content[at:values])
    kind, body = message.field(1), message.table(2)
    if kind is None or body is None or message.content[kind] not in (_DICTIONARY, _RECORDS):
        return 0
    of_rows = message.content[kind] == _RECORDS
    batch = body if of_rows else body.table(1)
    if batch is None or batch.field(3) is None:  # not compressed
        return 0
    buffers = batch.structs(2, _BUFFER)
    if of_rows:
        buffers = [buffers[i] for i in _places(kinds, columns, len(buffers))]
    filled = [(values + offset) for offset, length in buffers if length >= 8]
    return sum(max(0, _read(_I64, content, start)) for start in filled)


def _places(kinds: Sequence[Any], columns: set[int], count: int) -> list[int]:
    """The numbers of the buffers that belong to some columns; all of them where a type has buffers of its own way."""
    import pyarrow as pa

    numbers = [0 if pa.types.is_null(kind) else len(pa.nulls(0, kind).buffers()) for kind in kinds]
    starts = [sum(numbers[:i]) for i in range(len(kinds))]
    if sum(numbers) != count:
        return list(range(count))
    return [starts[i] + j for i in columns for j in range(numbers[i])]


def _read(number: Struct, content: memoryview, at: int) -> int:
    """A number at an offset, which lies within the content."""
    if not 0 <= at <= len(content) - number.size:
        raise DamagedFile("its headers point beyond its end")
    found: int = number.unpack_from(content, at)[0]
    return found
