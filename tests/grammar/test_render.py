"""Rendering: carets under what they mean, whatever the text."""

from __future__ import annotations

import pytest

from dofx.grammar.diagnostics.diagnostic import Diagnostic, Label
from dofx.grammar.diagnostics.render import render
from dofx.grammar.diagnostics.source import Source, Span


def excerpt(text: str, *spans: tuple[int, int]) -> list[str]:
    """The rendered lines below the gutter's first bar; the first span is primary."""
    first, *others = (Label(Span(*span), f"l{i}") for i, span in enumerate(spans))
    diagnostic = Diagnostic("E0101", "title", Source(text, "name"), first, tuple(others))
    return render(diagnostic).split("\n")[3:]


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ("abc def", (4, 7), ["1 | abc def", "  |     ^^^ l0"]),
        ("abc", (3, 3), ["1 | abc", "  |    ^ l0"]),
        ("abc", (1, 99), ["1 | abc", "  |  ^^ l0"]),
        ("", (0, 0), ["1 |", "  | ^ l0"]),
        ("a\n", (2, 2), ["2 |", "  | ^ l0"]),
        ("a\nbc\n", (2, 5), ["2 | bc", "  | ^^ l0"]),
        ("\tab", (1, 2), ["1 |     ab", "  |     ^ l0"]),
        ("a\tb", (0, 3), ["1 | a    b", "  | ^^^^^^ l0"]),
        ("日本 x", (3, 4), ["1 | 日本 x", "  |      ^ l0"]),
        ("日本 x", (0, 2), ["1 | 日本 x", "  | ^^^^ l0"]),
        ("e\u0301 x", (3, 4), ["1 | e\u0301 x", "  |   ^ l0"]),
        ("x e\u0301", (2, 4), ["1 | x e\u0301", "  |   ^ l0"]),
        ("👍 x", (2, 3), ["1 | 👍 x", "  |    ^ l0"]),
        ("a\x00b", (2, 3), ["1 | a␀b", "  |   ^ l0"]),
        ("ab\r\ncd", (0, 2), ["1 | ab", "  | ^^ l0"]),
    ],
)
def test_carets(text: str, span: tuple[int, int], expected: list[str]) -> None:
    assert excerpt(text, span) == expected


def test_labels_stand_in_the_order_of_the_text() -> None:
    assert excerpt("a b c\nd\n\ne", (4, 5), (0, 1), (9, 10)) == [
        "1 | a b c",
        "  | - l1",
        "  |     ^ l0",
        "...",
        "4 | e",
        "  | - l2",
    ]


def test_a_span_over_several_lines() -> None:
    assert excerpt("x = {\n  a\n  b\n} + c", (4, 15)) == [
        "1 | x = {",
        "  |     ^",
        "...",
        "4 | } + c",
        "  | ^ l0",
    ]


def test_line_numbers_widen_the_gutter() -> None:
    text = "\n" * 9 + "abc"
    source = Source(text, "name")
    shown = render(Diagnostic("E0101", "title", source, Label(Span(9, 12)), notes=("n",), help=("h",)))
    assert shown == (
        "error[E0101]: title\n  --> name:10:1\n   |\n10 | abc\n   | ^^^\n   |\n   = note: n\n   = help: h"
    )


def test_a_very_long_line_is_cut_around_its_labels() -> None:
    lines = excerpt("x" * 1000 + "Y" + "x" * 1000, (1000, 1001))
    assert lines == [f"1 | …{'x' * 40}Y{'x' * 40}…", f"  | {' ' * 41}^ l0"]


def test_without_a_text() -> None:
    diagnostic = Diagnostic("E0501", "no file", notes=("a\nb",), help=("c",))
    assert render(diagnostic) == "error[E0501]: no file\n  = note: a\n          b\n  = help: c"


def test_colour_changes_nothing_but_colour() -> None:
    import re

    source = Source("a\nb\n\nc", "name")
    diagnostic = Diagnostic("E0101", "t", source, Label(Span(0, 1), "x"), (Label(Span(5, 6), "y"),), ("n",))
    coloured = render(diagnostic, colour=True)
    assert "\x1b[1;31m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == render(diagnostic)
