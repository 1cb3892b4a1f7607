"""A long training as a file: what it takes to go on after the process was killed."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from ...grammar.outputs import write_atomically
from ..files import weights_bytes

EVERY = 30.0
"""Seconds between writings, at least."""


class UnkeptWarning(UserWarning):
    """What was trained could not be written, to a full disk say: the fit goes on without."""


def warn_unkept(error: OSError) -> None:
    """Tell of a file that could not be written."""
    reason = (error.strerror or str(error)).lower()
    told = f"`{error.filename}` cannot be written ({reason}): the fit goes on, but is not kept there"
    warnings.warn(told, UnkeptWarning, stacklevel=3)


class Checkpoint:
    """The state of one training, in safetensors with numbers beside; it is replaced in one step.

    Args:
        path: The file; None keeps nothing.
        every: Seconds between writings, at least.
    """

    def __init__(self, path: Path | None, every: float = EVERY) -> None:
        self.path, self.every, self._written = path, every, time.monotonic()

    @property
    def due(self) -> bool:
        """Whether it is time to write again."""
        return self.path is not None and time.monotonic() - self._written >= self.every

    def write(self, tensors: Mapping[str, Tensor], numbers: Mapping[str, float]) -> None:
        """Replace what was written.

        Warns:
            UnkeptWarning: Where that is not possible.
        """
        if self.path is not None:
            try:
                write_atomically(self.path, weights_bytes(tensors, {"dofx": json.dumps(dict(numbers))}))
            except OSError as error:
                warn_unkept(error)
            self._written = time.monotonic()

    def read(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """What was written, or None where there is nothing whole."""
        if self.path is None or not self.path.is_file():
            return None
        try:
            with safe_open(self.path, framework="pt") as file:
                numbers: dict[str, Any] = json.loads(file.metadata()["dofx"])
                return {name: file.get_tensor(name) for name in file.keys()}, numbers  # noqa: SIM118 - not a mapping
        except (SafetensorError, OSError, KeyError, TypeError, ValueError):
            return None

    def remove(self) -> None:
        """The training is over."""
        if self.path is not None:
            self.path.unlink(missing_ok=True)
