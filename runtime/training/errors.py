"""What can be wrong with how and where generators are trained: a function for each error."""

from __future__ import annotations

from collections.abc import Sequence

from ...grammar.diagnostics.diagnostic import DofxError
from ..variables.faults import fault

_ANOTHER = ("give `cpu`, or leave it out",)


def unknown_device(device: str) -> DofxError:
    """A text is not the name of a device of torch."""
    return fault(
        "E0437", f"there is no device `{device}` here", ("torch knows no device of that name",), _ANOTHER
    )


def device_not_found(device: str) -> DofxError:
    """A machine does not have a device, or torch cannot use it."""
    return fault(
        "E0437",
        f"there is no device `{device}` here",
        ("torch finds no such device on this machine",),
        _ANOTHER,
    )


def device_without_memory(device: str) -> DofxError:
    """The device `meta` holds no values."""
    return fault(
        "E0437", f"nothing can be computed on the device `{device}`", ("it holds no values",), _ANOTHER
    )


def unknown_precision(name: str, known: Sequence[str]) -> DofxError:
    """No precision has that name."""
    return fault("E0430", f"there is no precision {name}", help=(f"precisions are {', '.join(known)}",))


def wrong_setting(name: str, value: str, wanted: str) -> DofxError:
    """A setting of training has a value that it cannot have."""
    return fault("E0436", f"{name} is {value}", help=(f"give {wanted}",))
