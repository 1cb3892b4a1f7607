"""What can be wrong with the engine that runs a fit."""

from __future__ import annotations

from ...grammar.diagnostics.diagnostic import DofxError
from ..variables.faults import fault


def unknown_engine(name: object, near: str | None) -> DofxError:
    """No engine has that name."""
    return fault(
        "E0440",
        f"there is no engine `{name}`",
        ("engines are local and ray, or a custom object",),
        (f"did you mean `{near}`?",) if near else (),
    )
