"""Grids: rows of cells under a heading, as text in columns. `markup` makes tables of them."""

from __future__ import annotations

from dataclasses import dataclass

from ...grammar.diagnostics.width import printable, width


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows under a heading.

    >>> print(Grid(("draw", "rows", ""), (("y", "1,000", "kept"), ("scan", "90", "")), "lrl"))
    draw   rows
    y     1,000  kept
    scan     90

    Args:
        heading: A word for each column.
        rows: The cells.
        alignment: For each column, ``l`` if its cells are words and ``r`` if they are numbers.
    """

    heading: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    alignment: str

    def __str__(self) -> str:
        lines = [tuple(map(printable, line)) for line in (self.heading, *self.rows)]
        widths = [max(map(width, column)) for column in zip(*lines, strict=True)]
        return "\n".join("  ".join(map(_padded, line, widths, self.alignment)).rstrip() for line in lines)


def _padded(cell: str, columns: int, side: str) -> str:
    space = " " * (columns - width(cell))
    return cell + space if side == "l" else space + cell
