"""What can be wrong with how and where generators are trained: a function for each error."""

from __future__ import annotations

from collections.abc import Sequence

from ...grammar.diagnostics.diagnostic import DofxError
from ..variables.faults import fault


def no_device(device: str, reason: str) -> DofxError:
    """A device does not exist on this machine, or torch cannot use it."""
    return fault("E0437", f"there is no device `{device}` here", (reason,), ("give `cpu`, or leave it out",))


def unknown_precision(name: str, known: Sequence[str]) -> DofxError:
    """No precision has that name."""
    return fault("E0430", f"there is no precision {name}", help=(f"precisions are {', '.join(known)}",))


def wrong_setting(name: str, value: str, wanted: str) -> DofxError:
    """A setting of training has a value that it cannot have."""
    return fault("E0436", f"{name} is {value}", help=(f"give {wanted}",))
