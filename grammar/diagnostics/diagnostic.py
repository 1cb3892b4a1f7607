"""Diagnostics as data: what is wrong, where, and what to do. Rendering is a pure function in `render`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

from .source import Source, Span
from .width import abridged, printable, printable_lines


@dataclass(frozen=True, slots=True)
class Label:
    """A place in a source text and what is to be said of it."""

    span: Span
    text: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", printable(abridged(self.text)))


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault in what a person wrote or handed over.

    Args:
        code: Stable code, such as ``E0101``; listed in `codes`.
        title: The fault in one sentence, without a full stop.
        source: The text the labels point into; None when the fault is not in a text (a data file, a bundle).
        primary: Where the fault is.
        secondary: Other places that matter.
        notes: Facts that explain it.
        help: What to do about it.
    """

    code: str
    title: str
    source: Source | None = None
    primary: Label | None = None
    secondary: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Make its words safe to print, whatever was quoted in them: this is the one place where that is done."""
        object.__setattr__(self, "title", printable(abridged(self.title)))
        object.__setattr__(self, "notes", tuple(printable_lines(abridged(note)) for note in self.notes))
        object.__setattr__(self, "help", tuple(printable_lines(abridged(help)) for help in self.help))


class DofxWarning(UserWarning):
    """Something that is not wrong and was probably not meant. Carries its diagnostic, whose code begins with W."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        self.diagnostic = diagnostic
        super().__init__(diagnostic)

    def __str__(self) -> str:
        from .render import render

        return render(self.diagnostic)


_HEARD: ContextVar[list[Diagnostic] | None] = ContextVar("warnings of dofx", default=None)


@contextmanager
def heard() -> Iterator[list[Diagnostic]]:
    """Collect the warnings of this thread in a list instead of issuing them.

    `warnings.catch_warnings` changes what all threads do; this does not.
    """
    found = list[Diagnostic]()
    before = _HEARD.set(found)
    try:
        yield found
    finally:
        _HEARD.reset(before)


def warn(diagnostic: Diagnostic) -> None:
    """Issue a warning: Python's `warnings` filter it, and the command line prints it on stderr."""
    import warnings

    listening = _HEARD.get()
    if listening is not None:
        listening.append(diagnostic)
        return
    warnings.warn(DofxWarning(diagnostic), stacklevel=3)


class DofxError(Exception):
    """Bad input. Carries every diagnostic found; its text is the rendering of the first of them."""

    def __init__(self, diagnostics: Diagnostic | Iterable[Diagnostic]) -> None:
        self.diagnostics = (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        from .render import render_all

        return render_all(self.diagnostics)


class noted:
    """A scope in which what is found wrong gets a note, such as where it was found.

    Args:
        note: The note.

    >>> with noted("in row 3"):
    ...     raise DofxError(Diagnostic("E0405", "a hole"))
    Traceback (most recent call last):
        ...
    dofx.grammar.diagnostics.diagnostic.DofxError: error[E0405]: a hole
      = note: in row 3
    """

    def __init__(self, note: str) -> None:
        self.note = note

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, DofxError):
            found = (replace(each, notes=(*each.notes, self.note)) for each in error.diagnostics)
            raise DofxError(found) from None
