"""Formatted lines joined with the comments and blank lines of the text they were parsed from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..diagnostics.source import Span

_WORDS = re.compile(
    r"""[\w.′″‴]+'*                # a name, whose primes open no string
    | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
    | \#[^\n]*""",
    re.VERBOSE,
)
_HEAD = re.compile(r"[^{#]*\{")
_SAME_LINE = re.compile(r"[ \t;,]*")
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")


@dataclass(frozen=True, slots=True)
class Line:
    """A formatted line and the place of what it says in the text that was parsed.

    Args:
        text: The line, indented.
        span: The place; it is empty for a block's first or last line.
        opens: Whether it is the first line of a block.
        closes: Whether it is the last line of a block.
    """

    text: str
    span: Span
    opens: bool = False
    closes: bool = False


def comments(text: str) -> list[Span]:
    """The places of the comments of a text.

    >>> comments("a # b")
    [Span(start=2, end=5)]
    """
    return [Span(*match.span()) for match in _WORDS.finditer(text) if match[0].startswith("#")]


def with_comments(lines: Iterable[Line], text: str) -> str:
    """The lines, with a text's comments where they belong and its blank lines between items, at most one.

    Args:
        lines: The formatted lines, in the order of the text.
        text: What was parsed; empty if the lines were made otherwise.
    """
    page = _Page(text)
    for line in lines:
        page.add(line)
    page.add_comments(len(text), "")
    return "".join(f"{line}\n" for line in page.lines)


class _Page:
    """The lines written so far, and how far in the text they reach."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines: list[str] = []
        self._waiting = comments(text)[::-1]
        self._reached = 0
        self._gap_due = False
        self._at_start = True

    def add(self, line: Line) -> None:
        """Write a line, the comments before or inside it above it, and the one that follows it beside it."""
        self._gap_due |= line.opens
        inside = "  " if line.closes else re.match(" *", line.text)[0]  # type: ignore[index]
        self.add_comments(line.span.end, inside)
        self._write(line.text, line.span.start, may_follow_gap=not line.closes)
        end = line.span.end
        if line.opens and (head := _HEAD.match(self.text, end)):
            end = head.end()
        if self._waiting and _SAME_LINE.fullmatch(self.text, end, self._waiting[-1].start):
            comment = self._waiting.pop()
            self.lines[-1] += "  " + self._comment(comment)
            end = comment.end
        self._reached = max(self._reached, end)
        self._at_start = line.opens
        self._gap_due = line.closes

    def add_comments(self, end: int, indent: str) -> None:
        """Write the comments before an offset, each on its own line."""
        while self._waiting and self._waiting[-1].start < end:
            comment = self._waiting.pop()
            self._write(indent + self._comment(comment), comment.start)
            self._reached = max(self._reached, comment.end)
            self._at_start = False

    def _write(self, line: str, start: int, may_follow_gap: bool = True) -> None:
        gap = self._gap_due or _BLANK_LINE.search(self.text, self._reached, max(start, self._reached))
        if gap and may_follow_gap and self.lines and not self._at_start:
            self.lines.append("")
        self._gap_due = False
        self.lines.append(line)

    def _comment(self, comment: Span) -> str:
        return self.text[comment.start : comment.end].rstrip()
