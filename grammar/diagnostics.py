"""Diagnostics as data: what is wrong, where, and what to do. Rendering is a pure function in `render`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .source import Source, Span


@dataclass(frozen=True, slots=True)
class Label:
    """A place in a source text and what is to be said of it."""

    span: Span
    text: str = ""


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


def of_system(error: OSError, *help: str) -> Diagnostic:
    """What the operating system says of a file, as a diagnostic."""
    where = f"`{error.filename}`" if error.filename else "a file"
    reason = (error.strerror or str(error)).lower()
    return Diagnostic("E0801", f"{where} cannot be read or written", notes=(reason,), help=help)


class DofxError(Exception):
    """Bad input. Carries every diagnostic found; its text is their rendering."""

    def __init__(self, diagnostics: Diagnostic | Iterable[Diagnostic]) -> None:
        self.diagnostics = (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        super().__init__(self.diagnostics)

    def __str__(self) -> str:
        from .render import render

        return "\n\n".join(render(d) for d in self.diagnostics)
