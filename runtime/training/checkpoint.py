"""The state of a long training in a file, so that the training can continue after its process was killed."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from ...grammar.edge.files import said_by_system
from ...grammar.edge.outputs import write_atomically
from ...grammar.edge.remedies import remedies_of
from ..files import checksum, weights_bytes

EVERY = 30.0
"""Least number of seconds between two writes."""


class UnkeptWarning(UserWarning):
    """The training state could not be written, for example to a full disk. The fit continues without it."""


class DamagedEntryWarning(UserWarning):
    """A file of the cache was changed or cut short: its generator is trained again, from the start."""


def warn_damaged(path: Path, error: Exception, then: str) -> None:
    """Warn about a file that cannot be used; `then` says what happens instead."""
    reason = "it is cut short" if isinstance(error, SafetensorError) else str(error).partition("\n")[0]
    warning = f"`{path}` of the cache is damaged ({reason}): {then}"
    warnings.warn(warning, DamagedEntryWarning, stacklevel=3)


def warn_unkept(error: OSError) -> None:
    """Warn about a file that could not be written."""
    reason = said_by_system(error)
    then = "".join(f"; {remedy}" for remedy in remedies_of(error.errno))
    warning = f"`{error.filename}` cannot be written ({reason}): the fit goes on, but is not kept there{then}"
    warnings.warn(warning, UnkeptWarning, stacklevel=3)


class Checkpoint:
    """The state of one training, in safetensors with numbers as metadata, under a checksum.

    The file is replaced in one step.

    Args:
        path: The file; None keeps nothing.
        every: Least number of seconds between two writes.
    """

    def __init__(self, path: Path | None, every: float = EVERY) -> None:
        self.path, self.every, self._written = path, every, time.monotonic()

    @property
    def due(self) -> bool:
        """Whether it is time to write again."""
        return self.path is not None and time.monotonic() - self._written >= self.every

    def write(self, tensors: Mapping[str, Tensor], numbers: Mapping[str, float]) -> None:
        """Replace the file.

        Warns:
            UnkeptWarning: If the file cannot be written.
        """
        if self.path is not None:
            try:
                header = json.dumps(dict(numbers))
                about = {"dofx": header, "digest": checksum(header, tensors)}
                write_atomically(self.path, weights_bytes(tensors, about))
            except OSError as error:
                warn_unkept(error)
            self._written = time.monotonic()

    def read(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """The state in the file; None if there is no complete file.

        Warns:
            DamagedEntryWarning: If the file was changed after it was written.
        """
        if self.path is None or not self.path.is_file():
            return None
        try:
            with safe_open(self.path, framework="pt") as file:
                about: Mapping[str, str] = file.metadata()
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
            if about["digest"] != checksum(about["dofx"], tensors):
                raise ValueError("its checksum does not match")
            return tensors, json.loads(about["dofx"])
        except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
            warn_damaged(self.path, error, "its training starts again")
            return None

    def remove(self) -> None:
        """Remove the file, because the training is over."""
        if self.path is not None:
            with suppress(OSError):  # what is left takes room, and the fit is worth more
                self.path.unlink(missing_ok=True)
