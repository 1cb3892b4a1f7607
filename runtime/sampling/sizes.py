"""How many rows fit: into the memory of this machine, and into one part of a stream."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from ..memory import memory
from ..variables import Finite, VariableType, event_shape
from .errors import too_many_rows
from .noise import BLOCK

PART_VALUES = 1 << 21
"""Default number of values of all outcomes in a part of a stream."""


def part_rows(types: Mapping[str, VariableType]) -> int:
    """Number of rows per part of a stream: a multiple of a block, or less than a block.

    Args:
        types: The types of the outcomes.
    """
    values = sum(prod(event_shape(type)) for type in types.values())
    rows = max(1, PART_VALUES // values)
    return rows - rows % BLOCK if rows > BLOCK else rows


def require_room(rows: int, types: Mapping[str, VariableType]) -> None:
    """Refuse more rows than fit into the memory of this machine, even if it held nothing else.

    Args:
        rows: The number of rows.
        types: The types of the outcomes.

    Raises:
        DofxError: E0424.
    """
    least = (1 if isinstance(type, Finite) else 4 * prod(event_shape(type)) for type in types.values())
    size, room = rows * sum(least), memory()
    if size > room:
        raise too_many_rows(rows, size, room)
