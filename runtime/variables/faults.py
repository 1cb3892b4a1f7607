"""Diagnostics about values and data: short ways to build them, and to name rows and near misses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ...grammar.checks.names import did_you_mean
from ...grammar.checks.types import show
from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ...grammar.syntax.program import Value

__all__ = [
    "dates_in_text",
    "fault",
    "nearest",
    "reason_of",
    "rows_text",
    "show",
    "worded",
    "words_among_numbers",
]

_PLAIN = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*")
_NUMBER = re.compile(r"\s*[-+−]?[\d.,'\s]*\d[\d.,]*\s*%?\s*")

_DATE = re.compile(
    r"\s*(?:\d{4}(?P<cut>[-/])\d\d?(?P=cut)\d\d?|(?P<other>\d\d?(?P<mark>[-/.])\d\d?(?P=mark)\d{4}))(?:[T\s]+\d\d?:\d.*)?"
)
"""A date in text, alone or with a time; in the group `other` with the year at its end."""


def fault(code: str, title: str, notes: Sequence[str] = (), help: Sequence[str] = ()) -> DofxError:
    """An error of one diagnostic."""
    return DofxError(Diagnostic(code, title, notes=tuple(notes), help=tuple(help)))


def reason_of(error: BaseException) -> str:
    """An exception in one line of bounded length, even if it cannot be printed.

    >>> reason_of(ValueError("no number")), reason_of(MemoryError())
    ('ValueError: no number', 'MemoryError')
    """
    try:
        lines = str(error).strip().splitlines()
    except Exception:
        lines = []
    text = lines[0][:300].encode(errors="replace").decode() if lines else ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def nearest(word: object, options: Iterable[object]) -> str | None:
    """The text of the option that looks most like `word`, if any does.

    >>> nearest("smokng", ["smoking", "tar"])
    'smoking'
    """
    return did_you_mean(str(word), [str(option) for option in options])


def worded(word: str, names: Iterable[str]) -> str | None:
    """The one name of which `word` is a word; None where there is none or are several.

    >>> worded("age", ["Age (years)", "blood_pressure"]), worded("pressure", ["Age", "blood_pressure"])
    ('Age (years)', 'blood_pressure')
    >>> worded("age", ["age at birth", "age now"])
    """
    found = [name for name in names if word.casefold() in re.split(r"[\W_]+", name.casefold())]
    return found[0] if len(found) == 1 else None


def words_among_numbers(states: Sequence[Value]) -> str:
    """What to do about a column of numbers that a few words make one of labels; nothing if it is no such.

    >>> words_among_numbers(["0.5", "1.5", "2,000", "?"])
    'its numbers are labels because of "?": declare such codes, `data P holes "?"`, and write numbers as 1234.5'
    >>> words_among_numbers(["old", "young"])
    ''
    """
    words = [state for state in states if isinstance(state, str) and not _NUMBER.fullmatch(state)]
    if 2 * len(words) > len(states):
        return ""
    if not words and all(_PLAIN.fullmatch(state) for state in states if isinstance(state, str)):
        return "its numbers are text: make numbers of them, such as `frame[name].astype(float)`"
    if not words:
        return "its numbers are labels: write numbers as 1234.5"
    first = ", ".join(map(show, words[:3]))
    some = f"{first}, …" if len(words) > 3 else first
    advice = f"declare such codes, `data P holes {first}`, and write numbers as 1234.5"
    return f"its numbers are labels because of {some}: {advice}"


def dates_in_text(states: Sequence[Value]) -> str:
    """What to do about a column of which most labels are dates; nothing if it is no such.

    >>> dates_in_text(["2024-01-31", "2024-02-28", "unknown"])
    'declare in which unit these dates are counted: `data P dates NAME in days`, or DataSet(dates={"NAME": "days"})'
    >>> dates_in_text(["1/31/2024", "2/28/2024"])[:31]
    'write dates as 2000-01-31, and '
    >>> dates_in_text(["2024", "2025"])
    ''
    """
    dates = [found for state in states if isinstance(state, str) and (found := _DATE.fullmatch(state))]
    if 2 * len(dates) <= len(states):
        return ""
    plain = all(found["cut"] == "-" for found in dates)
    unit = 'in which unit these dates are counted: `data P dates NAME in days`, or DataSet(dates={"NAME": "days"})'
    return f"declare {unit}" if plain else f"write dates as 2000-01-31, and declare {unit}"


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
