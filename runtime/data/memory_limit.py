"""Whether rows fit into memory: a small file may unpack to far more than its size on the disk suggests."""

from __future__ import annotations

from typing import Any

from ..memory import memory


def require_room(size: int) -> None:
    """Refuse to go on reading a file that needs more memory than this process has.

    Args:
        size: Bytes that are known to be needed.

    Raises:
        ValueError: If there are not as many.

    >>> require_room(1 << 70)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: its rows take 1,180,591,620,717 GB or more, and this process has ... GB of memory
    """
    room = memory()
    if size > room:
        raise ValueError(
            f"its rows take {size / 1e9:,.0f} GB or more, and this process has {room / 1e9:,.0f} GB of memory"
        )


class Counted:
    """A binary stream that counts what is read from it, and ends in an error where that exceeds the memory.

    Args:
        stream: What is read, such as a packed file that is unpacked as it is read.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        """Up to so many bytes.

        Raises:
            ValueError: If more bytes have been read than this process has memory.
        """
        part: bytes = self.stream.read(size)
        self.size += len(part)
        require_room(self.size)
        return part

    def close(self) -> None:
        """Close the stream."""
        self.stream.close()

    @property
    def closed(self) -> bool:
        """Whether the stream is closed."""
        return bool(self.stream.closed)

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is not: what was counted stays counted."""
        return False

    def writable(self) -> bool:
        """It is not."""
        return False
