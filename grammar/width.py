"""How wide a text is when it is printed in a terminal."""

from __future__ import annotations

import unicodedata

TAB = 4


def width(text: str) -> int:
    r"""The columns that a text takes: two for a wide character, none for a combining one.

    >>> width("abc"), width("日本"), width("e\u0301")
    (3, 4, 1)
    """
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def printable(text: str) -> str:
    r"""The text with tabs expanded to a fixed width and control characters made visible.

    >>> printable("a\tb\x00")
    'a    b␀'
    """
    if text.isprintable():
        return text
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character == "\t":
        return " " * TAB
    if unicodedata.category(character) != "Cc":
        return character
    return chr(0x2400 + ord(character)) if ord(character) < 0x20 else "�"
