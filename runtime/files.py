"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import save
from torch import Tensor

TEMPORARY = ".tmp"
"""How the name of a file ends while it is being written."""


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file beside its place, flush it, then rename it: a kill leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}{TEMPORARY}")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def weights_bytes(state: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> bytes:
    """A state dict in safetensors format. Tensors that share memory are written once each."""
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in state.items()}
    return save(tensors, dict(metadata) if metadata else None)
