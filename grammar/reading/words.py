"""The words of the language as they are read: names, values and numbers, from the tokens of the lexer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..diagnostics.source import Span
from ..diagnostics.width import hidden_character
from ..syntax.program import Name, Value

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
ARROWS: dict[str, str] = {
    **dict.fromkeys(("→", "⟶", "⇒", "\\to", "\\rightarrow", "-->"), "->"),
    **dict.fromkeys(("←", "⟵", "⇐", "\\leftarrow", "<--"), "<-"),
    **dict.fromkeys(("↔", "⟷", "⇔", "\\leftrightarrow", "<-->"), "<->"),
}
"""How edges may be written otherwise."""
_MINUS = "\u2212"
if TYPE_CHECKING:
    from typing import Protocol

    class Token(Protocol):
        """What the lexer hands over: a string that knows its place."""

        type: str
        value: str
        start_pos: int
        end_pos: int


class NumberTooLarge(Exception):
    """A number that no float holds, or an integer too long to read."""

    def __init__(self, span: Span) -> None:
        super().__init__(span)
        self.span = span


class NotAPath(Exception):
    """An edge of a path that does not go forwards."""

    def __init__(self, span: Span) -> None:
        super().__init__(span)
        self.span = span


class UnprintableName(Exception):
    """A quoted name with a character that cannot be shown."""

    def __init__(self, name: str, span: Span) -> None:
        super().__init__(name, span)
        self.name = name
        self.span = span


def unquoted(text: str) -> str:
    r"""The string that a quoted text stands for.

    >>> unquoted(r"'it\'s'")
    "it's"
    """
    inner = text[1:-1]
    if "\\" not in inner:
        return inner
    return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", _unescaped, inner, flags=re.DOTALL)


def _unescaped(match: re.Match[str]) -> str:
    escape = match[1]
    return chr(int(escape[1:], 16)) if len(escape) > 1 else _ESCAPES.get(escape, escape)


def plain_name(text: str) -> str:
    r"""A name without its typesetting: LaTeX subscripts and Greek letters become what they show.

    >>> plain_name(r"\beta_{12}")
    'β_12'
    """
    if text[0] in "\"'":
        return unquoted(text)
    if "{" in text:
        text = re.sub(r"_\{(\w+)\}", r"_\1", text)
    return re.sub(r"\\([A-Za-z]+)", _greek, text) if "\\" in text else text


def _greek(match: re.Match[str]) -> str:
    import unicodedata

    letter = match[1]
    size = "CAPITAL" if letter[0].isupper() else "SMALL"
    bare = letter.lower().removeprefix("var")
    return unicodedata.lookup(f"GREEK {size} LETTER {'LAMDA' if bare == 'lambda' else bare.upper()}")


def name_of(token: Token) -> Name:
    """The name that a token stands for."""
    name = plain_name(token.value)
    if not name.isprintable() and hidden_character(name) is not None:
        raise UnprintableName(name, span_of(token))
    return Name(name, span_of(token))


def word_of(token: Token) -> Name:
    """What stands on a right-hand side: a name, or a quoted text, which may hold anything."""
    if token.value[0] in "\"'":
        return Name(unquoted(token.value), span_of(token), quoted=True)
    return name_of(token)


def span_of(first: Token, last: Token | None = None) -> Span:
    """The place of a token, or of all from one token to another."""
    return Span(first.start_pos, (last or first).end_pos)


def value_of(token: Token) -> Value:
    """The value that a token stands for."""
    match token.type:
        case "STRING":
            return unquoted(token.value)
        case "BOOL":
            return token.value.lower() == "true"
        case _:
            return number_of(token)


def number_of(token: Token) -> int | float:
    """The number that a token stands for.

    Raises:
        NumberTooLarge: If no float holds it.
    """
    text = token.value.replace(_MINUS, "-")
    try:
        number = int(text) if re.fullmatch(r"[+-]?[0-9]+", text) else float(text)
        if float(number) in (float("inf"), float("-inf")):
            raise OverflowError
    except (OverflowError, ValueError):
        raise NumberTooLarge(span_of(token)) from None
    return number
