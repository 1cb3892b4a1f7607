"""Looks up a device by name; reports an error if it is unavailable."""

from __future__ import annotations

import torch

from .errors import no_device


def device_named(device: str | torch.device) -> torch.device:
    """The device of that name.

    Raises:
        DofxError: E0437 if the device is unavailable.

    >>> device_named("cpu")
    device(type='cpu')
    """
    try:
        found = torch.device(device)
    except (RuntimeError, TypeError, ValueError):  # a number may be too large
        raise no_device(str(device), "torch knows no device of that name") from None
    if found.type == "cpu":
        return torch.device("cpu")
    if found.type == "meta":
        raise no_device(str(device), "what is moved to `meta` is lost")
    try:
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError):
        raise no_device(str(device), "torch finds none that it could use") from None
    return found
