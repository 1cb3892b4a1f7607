"""Diagnostics as text, in the manner of rustc: the code, the source lines and the remarks on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .diagnostic import Diagnostic, Label
from .source import Source
from .width import printable, width

MOST_RENDERED = 20
_LONGEST = 120
_MARGIN = 40


@dataclass(frozen=True, slots=True)
class _Style:
    """The escape codes of a terminal, or none."""

    fault: str = ""
    context: str = ""
    strong: str = ""
    plain: str = ""


_PLAIN = _Style()
_COLOURED = _Style(fault="\x1b[1;31m", context="\x1b[1;34m", strong="\x1b[1m", plain="\x1b[0m")


@dataclass(frozen=True, slots=True)
class _Mark:
    """A stretch of one line to underline, from column to column (counted from 0), and what to say of it."""

    line: int
    start: int
    end: int
    text: str
    is_primary: bool


def render(diagnostic: Diagnostic, colour: bool = False) -> str:
    """The diagnostic as a text of several lines, without a last line break.

    Args:
        diagnostic: What to show.
        colour: Whether to colour it with ANSI escape codes, for a terminal.

    >>> from .source import Span
    >>> text = Source("P(y | do(smokng))", "<query>")
    >>> print(render(Diagnostic("E0301", "unknown variable `smokng`", text, Label(Span(9, 15), "not here"))))
    error[E0301]: unknown variable `smokng`
     --> <query>:1:10
      |
    1 | P(y | do(smokng))
      |          ^^^^^^ not here
    """
    style = _COLOURED if colour else _PLAIN
    gutter = 1
    kind = "warning" if diagnostic.code.startswith("W") else "error"
    lines = [
        f"{style.fault}{kind}[{diagnostic.code}]{style.plain}{style.strong}: {diagnostic.title}{style.plain}"
    ]
    if diagnostic.source is not None and diagnostic.primary is not None:
        marks = _marks(diagnostic, diagnostic.source)
        gutter = len(str(marks[-1].line))
        line, column = diagnostic.source.position(diagnostic.primary.span.start)
        arrow = f"{' ' * gutter}{style.context}-->{style.plain}"
        lines.append(f"{arrow} {printable(diagnostic.source.name)}:{line}:{column}")
        lines += _excerpt(diagnostic.source, marks, gutter, style)
    remarks = [("note", note) for note in diagnostic.notes] + [("help", help) for help in diagnostic.help]
    if remarks and len(lines) > 1:
        lines.append(_bar(gutter, style))
    for kind, remark in remarks:
        indented = remark.replace("\n", "\n" + " " * (gutter + len(kind) + 5))
        equals = f"{' ' * gutter} {style.context}={style.plain}"
        lines.append(f"{equals} {style.strong}{kind}{style.plain}: {indented}")
    return "\n".join(lines)


def render_all(diagnostics: Sequence[Diagnostic], colour: bool = False) -> str:
    """Several diagnostics, of which the first `MOST_RENDERED` are shown and the rest are counted.

    >>> print(render_all([Diagnostic("E0107", "there is nothing here to read")] * 22).splitlines()[-1])
    … and 2 more faults
    """
    parts = [render(diagnostic, colour) for diagnostic in diagnostics[:MOST_RENDERED]]
    more = len(diagnostics) - len(parts)
    if more > 0:
        parts.append(f"… and {more:,} more fault{'s' * (more > 1)}")
    return "\n\n".join(parts)


def _bar(gutter: int, style: _Style) -> str:
    return f"{' ' * gutter} {style.context}|{style.plain}"


def _excerpt(source: Source, marks: list[_Mark], gutter: int, style: _Style) -> Iterator[str]:
    """The lines that carry marks, each above its underlinings, with dots where lines are left out."""
    yield _bar(gutter, style)
    last = 0
    for number in dict.fromkeys(mark.line for mark in marks):
        if last and number > last + 1:
            yield f"{style.context}{'.' * 3}{style.plain}"
        here = [mark for mark in marks if mark.line == number]
        text = source.line(number).rstrip("\r")
        first, end = _window(text, here)
        shown = printable(text[first:end])
        before, after = ("…" if first else ""), ("…" if end < len(text) else "")
        code = f"{before}{shown}{after}".rstrip()
        yield f"{style.context}{number:>{gutter}} |{style.plain} {code}".rstrip()
        for mark in here:
            indent = len(before) + width(printable(text[first : mark.start]))
            length = max(1, width(printable(text[max(first, mark.start) : min(end, mark.end)])))
            pen = style.fault if mark.is_primary else style.context
            line = f"{pen}{('^' if mark.is_primary else '-') * length} {mark.text}".rstrip() + style.plain
            yield f"{_bar(gutter, style)} {' ' * indent}{line}"
        last = number


def _window(text: str, marks: list[_Mark]) -> tuple[int, int]:
    """The part of a line to show: all of it, or, of a very long one, what surrounds its marks."""
    if len(text) <= _LONGEST:
        return 0, len(text)
    start = max(0, min(mark.start for mark in marks) - _MARGIN)
    end = min(len(text), max(min(mark.end, mark.start + _LONGEST) for mark in marks) + _MARGIN)
    return start, end


def _marks(diagnostic: Diagnostic, source: Source) -> list[_Mark]:
    """The marks of all labels, from top to bottom and left to right."""
    marks = [mark for label in diagnostic.secondary for mark in _of_label(label, source, False)]
    if diagnostic.primary is not None:
        marks += _of_label(diagnostic.primary, source, True)
    return sorted(marks, key=lambda mark: (mark.line, mark.start, mark.end))


def _of_label(label: Label, source: Source, is_primary: bool) -> list[_Mark]:
    """One mark, or two for a label over several lines: its first line and its last, which says the text."""
    start = min(label.span.start, len(source.text))
    end = min(max(label.span.end, start), len(source.text))
    line, column = source.position(start)
    last_line, last_column = source.position(end)
    if last_line > line and last_column == 1:  # the span ends with a line break
        last_line, last_column = last_line - 1, len(source.line(last_line - 1)) + 1
    if line == last_line:
        return [_Mark(line, column - 1, last_column - 1, label.text, is_primary)]
    tail = source.line(last_line)
    indent = len(tail) - len(tail.lstrip())
    return [
        _Mark(line, column - 1, len(source.line(line)), "", is_primary),
        _Mark(last_line, min(indent, last_column - 1), last_column - 1, label.text, is_primary),
    ]
