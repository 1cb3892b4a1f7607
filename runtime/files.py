"""Files that are there whole or not at all, and which version wrote them."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from safetensors.torch import save
from torch import Tensor

TEMPORARY = ".tmp"
"""How the name of a file ends while it is being written."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside a file, to be written in the scope, which then takes the file's place in one step.

    A kill, or an error in the scope, leaves the old file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}{TEMPORARY}")
    try:
        yield beside
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file beside its place, flush it, then rename it: a kill leaves the old file or the new one."""
    with replacing(path) as beside, beside.open("xb") as file:
        file.write(content)


def weights_bytes(state: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> bytes:
    """A state dict in safetensors format. Tensors that share memory are written once each."""
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in state.items()}
    return save(tensors, dict(metadata) if metadata else None)


def version_of_dofx() -> str:
    """The installed version, or ``unknown`` where dofx is not installed."""
    try:
        return version("dofx")
    except PackageNotFoundError:
        return "unknown"
