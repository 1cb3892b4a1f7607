"""The LALR parsers that Lark builds from `causal.lark`, one per start rule. Only this module uses Lark."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from lark import Lark, UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from ..diagnostics.source import Span
from .build import Builder
from .tables import GRAMMAR, stored


class Unexpected(Exception):
    """The text departs from the grammar.

    Args:
        span: What was found there; empty at the end of the text.
        expected: The terminals that could have gone on.
    """

    def __init__(self, span: Span, expected: frozenset[str]) -> None:
        super().__init__(span, expected)
        self.span = span
        self.expected = expected


@cache
def parser(start: str) -> Lark:
    """The parser for a start rule, made once, when it is first asked for."""
    tables = stored(start)
    if tables is None:
        return build(start)
    made: Lark = Lark._load_from_dict(**tables, transformer=Builder())  # type: ignore[no-untyped-call]
    return made


def build(start: str) -> Lark:
    """The parser for a start rule, built from the grammar."""
    return Lark(
        needed(GRAMMAR.read_text(encoding="utf-8"), start),
        parser="lalr",
        start=start,
        transformer=Builder(),
        maybe_placeholders=False,
    )


def needed(grammar: str, start: str) -> str:
    r"""The definitions of a grammar that a start rule needs. Lark takes its time to read the rest.

    >>> print(needed("// words\na: B\nB: /b/\nc: B\n    | a", "a"))
    a: B
    B: /b/
    """
    definitions = {
        match[1]: match[0]
        for match in re.finditer(r"^\??(\w+)(?:\.-?\d+)?:.*(?:\n[ \t]+.*)*", grammar, flags=re.MULTILINE)
    }
    ignored = re.findall(r"^%ignore (\w+)", grammar, flags=re.MULTILINE)
    found = dict.fromkeys([start, *ignored])
    waiting = list(found)
    while waiting:
        words = re.findall(r"\w+", definitions[waiting.pop()])
        fresh = [word for word in words if word in definitions and word not in found]
        found.update(dict.fromkeys(fresh))
        waiting += fresh
    return "\n".join([*(definitions[name] for name in found), *(f"%ignore {name}" for name in ignored)])


def read(text: str, start: str) -> Any:
    """The syntax node that a text stands for under a start rule.

    Raises:
        Unexpected: Where the text first departs from the grammar.
    """
    try:
        return parser(start).parse(text)
    except UnexpectedInput as error:
        expected = error.interactive_parser.accepts()  # type: ignore[no-untyped-call]
        raise Unexpected(_found(error, len(text)), frozenset(expected)) from None


def _found(error: UnexpectedInput, length: int) -> Span:
    match error:
        case UnexpectedToken(token=token) if token.type != "$END":
            return Span(token.start_pos, token.end_pos)
        case UnexpectedCharacters(pos_in_stream=offset) if offset is not None:
            return Span(offset, offset + 1)
        case _:
            return Span(length, length)
