"""Which variable a name means: an exact match, else the only one that differs but in case or in blanks around it."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable

from ..diagnostics.diagnostic import Diagnostic, DofxError
from ..diagnostics.source import NOWHERE, Source, Span
from ..diagnostics.width import hidden_character
from ..syntax.program import Name
from .errors import ambiguous, not_held, unknown_variable, unprintable

_LISTED = 12
MOST_SUGGESTIONS = 20
"""How many suggestions a scope makes: each looks at all names, and nobody reads more."""
LONGEST_COMPARED = 100
"""The longest name, in characters, that others are compared with."""


def fold(name: str) -> str:
    """The name without its case and the blanks around it, and with accents in their composed form."""
    return unicodedata.normalize("NFC", name).casefold().strip()


class Scope:
    """The names that may be used, ready to be looked up many times.

    >>> Scope(["X", "Y", "y2", "Y2"]).matches("x")
    ('X',)
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = dict.fromkeys(names)
        self.suggestions = 0
        self._folded: dict[str, list[str]] = {}
        for name in self.names:
            self._folded.setdefault(fold(name), []).append(name)

    def matches(self, name: str) -> tuple[str, ...]:
        """The name itself if it is there, else all that differ from it but in case or in blanks around it."""
        return (name,) if name in self.names else tuple(self._folded.get(fold(name), ()))

    def resolve(self, name: str) -> str | None:
        """The one that a name means, if it means one."""
        matches = self.matches(name)
        return matches[0] if len(matches) == 1 else None

    def suggest(self, name: str, but: Collection[str] = ()) -> str | None:
        """The name that looks most like another, if any does; for the first few that are asked about.

        Args:
            name: What was written.
            but: Names that are not to be suggested.
        """
        if self.suggestions >= MOST_SUGGESTIONS:
            return None
        self.suggestions += 1
        return did_you_mean(name, (known for known in self.names if known not in but))


def resolve(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that a name means: the same, else the only one that differs but in case.

    >>> resolve("x", ["X", "Y"]), resolve("x", ["x", "X"]), resolve("xa", ["Xa", "XA"])
    ('X', 'x', None)
    """
    return Scope(names).resolve(name)


def did_you_mean(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that looks most like a name, if any does.

    >>> did_you_mean("smokng", ["smoking", "tar"])
    'smoking'
    >>> did_you_mean("age", ["smoking", "tar"])
    """
    from difflib import get_close_matches  # here, because few programs are wrong

    if len(name) > LONGEST_COMPARED:
        return None
    by_fold = {fold(known): known for known in names if len(known) <= LONGEST_COMPARED}
    close = get_close_matches(fold(name), by_fold, n=1, cutoff=0.65)
    return by_fold[close[0]] if close else None


def unprintable_name(name: str, source: Source | None = None, span: Span = NOWHERE) -> Diagnostic | None:
    """The fault of a name that holds a character which cannot be shown, if it does.

    A terminal obeys control characters: a graph from elsewhere could hide or forge what is printed. A lone surrogate
    cannot be printed at all.

    >>> unprintable_name("a\\x1b[2J").title
    'the name `a␛[2J` holds a character that cannot be shown (U+001B)'
    """
    character = hidden_character(name)
    if character is None:
        return None
    return unprintable(name, character, source, span)


def unknown(name: Name, scope: Scope, source: Source | None, latents: Collection[str] = ()) -> Diagnostic:
    """The fault of a name that means no variable, or one of several."""
    matches = scope.matches(name.text)
    if matches:
        either = " or ".join(f"`{match}`" for match in matches)
        return ambiguous(name.text, either, source, name.span)
    near = scope.suggest(name.text, latents)
    few = near is None and 0 < len(scope.names) - len(latents) <= _LISTED
    known = [known for known in scope.names if known not in latents] if few else []
    return unknown_variable(name.text, known, near, source, name.span)


class UnknownNameError(DofxError, KeyError):
    """A name that a mapping does not hold. It is a `KeyError`, so that `get` and `in` work as on any mapping."""


def no_such(what: str, name: object, known: Iterable[str], *notes: str) -> UnknownNameError:
    """The error for a name that is not among those of a program or of its answers.

    Args:
        what: What holds the names and what they name, such as ``the program has no query``.
        name: The name that was asked for.
        known: The names that are there.
        notes: Facts that explain it.

    >>> print(no_such("the program has no query", "rsk", ["risk", "level"]).diagnostics[0].help[0])
    did you mean `risk`?
    """
    known = tuple(known)
    near = did_you_mean(name, known) if isinstance(name, str) else None
    listed = ", ".join(known[:_LISTED]) + (", …" if len(known) > _LISTED else "")
    return UnknownNameError(not_held(what, str(name), notes, listed, near))
