"""What can be wrong with data that are read as an estimand: a function for each error."""

from __future__ import annotations

from collections.abc import Iterable

from ....grammar.diagnostics.diagnostic import Diagnostic, DofxError


def not_an_estimand(found: str | None, format: str) -> DofxError:
    """The data are of something else."""
    return DofxError(
        Diagnostic(
            "E0701",
            "the data are not an estimand",
            notes=(found or f"an estimand is an object with `format` {format!r}",),
            help=("pass what `Estimand.to_json` returned",),
        )
    )


def newer_estimand(version: int, newest: int) -> DofxError:
    """The data are in a version of the format that came after this dofx."""
    return DofxError(
        Diagnostic(
            "E0702",
            f"the estimand is in version {version} of its format",
            notes=(f"this dofx reads version {newest}",),
            help=("update dofx",),
        )
    )


def broken_estimand(shown: Iterable[str]) -> DofxError:
    """The data do not make an estimand."""
    return DofxError(
        Diagnostic(
            "E0703",
            "the estimand is broken",
            notes=tuple(shown),
            help=("pass what `Estimand.to_json` returned",),
        )
    )
