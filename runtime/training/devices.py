"""Looks up a device by name; reports an error if it is unavailable."""

from __future__ import annotations

import torch

from .errors import device_not_found, device_without_memory, unknown_device


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
        raise unknown_device(str(device)) from None
    if found.type == "cpu":
        return torch.device("cpu")
    if found.type == "meta":
        raise device_without_memory(str(device))
    try:
        torch.empty(0, device=found)
    except (RuntimeError, AssertionError):
        raise device_not_found(str(device)) from None
    return found
