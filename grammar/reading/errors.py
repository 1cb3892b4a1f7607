"""What can be wrong with the syntax of a text: a function for each error."""

from __future__ import annotations

from ..diagnostics.diagnostic import Diagnostic, Label
from ..diagnostics.source import Source, Span


def nothing_to_read(expected: str, source: Source, at: Span) -> Diagnostic:
    """There is no text."""
    return Diagnostic("E0107", "there is nothing here to read", source, Label(at, f"expected {expected}"))


def unexpected(expected: str | None, found: str, advice: str | None, source: Source, at: Span) -> Diagnostic:
    """The next piece of the text is not what the grammar allows; None where it allows too much to list."""
    return Diagnostic(
        "E0101",
        f"expected {expected}, found {found}" if expected else f"{found} cannot stand here",
        source,
        Label(at, "unexpected"),
        help=(advice,) if advice else (),
    )


def backward_path(source: Source, at: Span) -> Diagnostic:
    """An arrow on the path of an effect does not point forwards."""
    return Diagnostic(
        "E0101",
        "a path is made of `->`",
        source,
        Label(at, "goes backwards, or both ways"),
        help=("an effect runs forwards: `along x -> m -> y`",),
    )


def unclosed_bracket(
    bracket: str, missing: str, advice: str | None, source: Source, at: Span, opened: Span
) -> Diagnostic:
    """A bracket is still open where the text departs from the grammar."""
    return Diagnostic(
        "E0102",
        f"`{bracket}` is not closed",
        source,
        Label(at, missing),
        (Label(opened, "opened here"),),
        help=(advice,) if advice else (),
    )


def strange_character(character: str, name: str, expected: str, source: Source, at: Span) -> Diagnostic:
    """A character means nothing where it stands."""
    return Diagnostic(
        "E0103",
        f"the character `{character}` (U+{ord(character[0]):04X}, {name}) means nothing here",
        source,
        Label(at, f"expected {expected}"),
    )


def unclosed_quote(quote: str, source: Source, at: Span) -> Diagnostic:
    """A quoted text does not end on its line."""
    return Diagnostic(
        "E0104",
        f"the quotation mark {quote} is not closed",
        source,
        Label(at, "no closing mark on this line"),
        help=(f"a quoted text ends with {quote} on the line on which it starts",),
    )


def number_too_large(source: Source, at: Span) -> Diagnostic:
    """A number is beyond what a float holds."""
    return Diagnostic(
        "E0105",
        "this number is too large",
        source,
        Label(at, "not a finite number"),
        help=("numbers here lie between -1.8e308 and 1.8e308",),
    )
