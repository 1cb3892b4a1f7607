"""What can be wrong with a code that is to be explained."""

from __future__ import annotations

from .diagnostic import Diagnostic, DofxError


def no_such_code(code: str, near: str | None) -> DofxError:
    """No diagnostic has that code."""
    return DofxError(
        Diagnostic(
            "E0802",
            f"there is no code `{code}`",
            help=(f"did you mean `{near}`?" if near else "`docs/codes.md` lists all of them",),
        )
    )
