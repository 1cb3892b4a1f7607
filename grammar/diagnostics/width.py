"""How a text is shown in a terminal: how wide it is, and what replaces the characters that a terminal would obey."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

TAB = 4
LONGEST_WORD = 300
"""The longest stretch without white space that a diagnostic quotes in full, in characters."""
_KEPT = 80, 20

_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters (C0 and C1), controls of the direction of writing, and lone surrogates."""
_LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD + 1},}}")


def hidden_character(text: str) -> str | None:
    """The first character of a text that a terminal would obey, or could not print.

    >>> hidden_character("blood pressure"), hidden_character("\\x9b")
    (None, '\\x9b')
    """
    if text.isprintable():
        return None
    match = _HIDDEN.search(text)
    return match[0] if match else None


def width(text: str) -> int:
    r"""The columns that a text takes: two for a wide character, none for a combining one.

    >>> width("abc"), width("日本"), width("e\u0301")
    (3, 4, 1)
    """
    return len(text) if text.isascii() else sum(map(_columns, text))


@lru_cache(4_096)
def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def printable(text: str) -> str:
    r"""The text on one line: tabs expanded to a fixed width, and whatever a terminal would obey made visible.

    Everything that comes from elsewhere, such as a state, the name of a file or a line of a program, goes through
    here on its way into a text that is printed.

    >>> printable("a\tb\x00")
    'a    b␀'
    """
    if text.isprintable():
        return text
    return _HIDDEN.sub(_visible, text)


def printable_lines(text: str) -> str:
    r"""The same for a text of several lines, whose line breaks are kept.

    >>> printable_lines("a\nb\x1b")
    'a\nb␛'
    """
    return text if text.isprintable() else "\n".join(map(printable, text.split("\n")))


def abridged(text: str) -> str:
    """The text with dots in the middle of any stretch without white space that is too long to be read.

    >>> len(abridged("a" * 10_000))
    101
    """
    if len(text) <= LONGEST_WORD:
        return text
    start, end = _KEPT
    return _LONG_WORD.sub(lambda match: f"{match[0][:start]}…{match[0][-end:]}", text)


def _visible(match: re.Match[str]) -> str:
    character = match[0]
    if character == "\t":
        return " " * TAB
    return chr(0x2400 + ord(character)) if character < " " else "�"
