"""Files that are there whole or not at all, and which version wrote them."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType

from safetensors.torch import save
from torch import Tensor

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # not a Unix: folders are not locked there
    fcntl = None

TEMPORARY = ".tmp"
"""How the name of a file ends while it is being written."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside a file, to be written in the scope, which then takes the file's place in one step.

    A kill, or an error in the scope, leaves the old file.

    Raises:
        OSError: For a folder, and for what the system refuses.
    """
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}{TEMPORARY}")
    try:
        yield beside
        with beside.open("rb+") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        raise OSError(
            error.errno, error.strerror, str(path)
        ) from error  # a full disk does not say which file
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


@contextmanager
def locked(folder: Path, *, shared: bool = False) -> Iterator[None]:
    """A scope that others wait for, in this process or another, where the system can do that.

    Args:
        folder: What is locked; it exists.
        shared: Whether others may share it, as readers do.
    """
    if fcntl is None:
        yield
        return
    place = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # as on some network drives
            fcntl.flock(place, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(place)


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
