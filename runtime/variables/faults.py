"""Diagnostics about values and data: short ways to build them, and to name rows and near misses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ...grammar.check_types import show
from ...grammar.diagnostics import Diagnostic, DofxError
from ...grammar.names import did_you_mean

__all__ = ["fault", "nearest", "rows_text", "show"]


def fault(code: str, title: str, notes: Sequence[str] = (), help: Sequence[str] = ()) -> DofxError:
    """An error of one diagnostic."""
    return DofxError(Diagnostic(code, title, notes=tuple(notes), help=tuple(help)))


def nearest(word: object, options: Iterable[object]) -> str | None:
    """The text of the option that looks most like `word`, if any does.

    >>> nearest("smokng", ["smoking", "tar"])
    'smoking'
    """
    return did_you_mean(str(word), [str(option) for option in options])


def rows_text(rows: Sequence[int], most: int = 3) -> str:
    """The first few row numbers in words; rows count from 0, as in pandas.

    >>> rows_text([2, 5, 9, 11])
    'rows 2, 5, 9 and 1 more'
    >>> rows_text([4])
    'row 4'
    """
    shown = [str(row) for row in rows[:most]]
    if len(rows) > most:
        return f"rows {', '.join(shown)} and {len(rows) - most:,} more"
    if len(shown) == 1:
        return f"row {shown[0]}"
    return f"rows {', '.join(shown[:-1])} and {shown[-1]}"
