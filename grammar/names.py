"""Which variable a name means: an exact match, else the only one that differs but in case."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable

from .diagnostics import Diagnostic, Label
from .source import Source
from .syntax import Name

_LISTED = 12


def fold(name: str) -> str:
    """The name without its case, and with accents in their composed form."""
    return unicodedata.normalize("NFC", name).casefold()


class Scope:
    """The names that may be used, ready to be looked up many times.

    >>> Scope(["X", "Y", "y2", "Y2"]).matches("x")
    ('X',)
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = dict.fromkeys(names)
        self._folded: dict[str, list[str]] = {}
        for name in self.names:
            self._folded.setdefault(fold(name), []).append(name)

    def matches(self, name: str) -> tuple[str, ...]:
        """The name itself if it is there, else all that differ from it but in case."""
        return (name,) if name in self.names else tuple(self._folded.get(fold(name), ()))

    def resolve(self, name: str) -> str | None:
        """The one that a name means, if it means one."""
        matches = self.matches(name)
        return matches[0] if len(matches) == 1 else None


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

    by_fold = {fold(known): known for known in names}
    close = get_close_matches(fold(name), by_fold, n=1, cutoff=0.65)
    return by_fold[close[0]] if close else None


def unknown(name: Name, scope: Scope, source: Source | None, latents: Collection[str] = ()) -> Diagnostic:
    """The fault of a name that means no variable, or one of several."""
    matches = scope.matches(name.text)
    if matches:
        either = " or ".join(f"`{match}`" for match in matches)
        return Diagnostic(
            "E0302",
            f"`{name.text}` fits several variables",
            source,
            Label(name.span, f"is it {either}?"),
            help=("write the name with its own capital and small letters",),
        )
    known = [known for known in scope.names if known not in latents]
    near = did_you_mean(name.text, known)
    few = 0 < len(known) <= _LISTED and near is None
    return Diagnostic(
        "E0301",
        f"unknown variable `{name.text}`",
        source,
        Label(name.span, "not in the graph"),
        notes=(f"the graph has {', '.join(known)}",) if few else (),
        help=(f"did you mean `{near}`?",) if near else (),
    )
