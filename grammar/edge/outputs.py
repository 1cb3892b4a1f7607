"""Files that are there whole or not at all, checked before the work that they are to hold."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

from .errors import not_written_elsewhere
from .files import address_of, path_of, system_faults

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # not a Unix: nothing is locked there
    fcntl = None

TEMPORARY = ".tmp"
"""How the name of a file ends while it is being written."""


def require_output(given: object, *, folder: bool = False) -> Path:
    """The path of something that is to be written, checked before any work is done for it.

    Folders on the way that are missing are made when it is written. What killed runs left beside it is removed.

    Args:
        given: The path.
        folder: Whether a folder is to be written rather than a file.

    Raises:
        DofxError: E0801 where it cannot be written, and for an address, such as ``s3://bucket/rows.csv``.
    """
    path = path_of(given)
    refuse_address(path)
    with system_faults(path):
        if folder and path.exists() and not path.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
        if not folder and path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if is_special(path):
            if not os.access(path, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return path
        target = Path(os.path.realpath(path))
        place = target if folder else target.parent
        require_room(next(each for each in (place, *place.parents) if each.exists()), path)
        if place.is_dir():
            sweep(place, None if folder else target.name)
    return path


def refuse_address(path: Path) -> None:
    """Refuse a path that was made of an address, such as ``s3://bucket/rows.csv``.

    Raises:
        DofxError: E0801.
    """
    if (address := address_of(str(path))) is not None:
        raise not_written_elsewhere(address)


def require_room(folder: Path, path: Path) -> None:
    """Make a file in a folder that is there, and remove it again.

    Raises:
        OSError: With the name of `path`, where that is not possible.
    """
    from tempfile import TemporaryFile  # here, because most commands write nothing

    try:
        TemporaryFile(dir=folder).close()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """An empty file beside a file, to be written in the scope, which then takes the file's place in one step.

    A kill, or an error in the scope, leaves the old file. The new one has the permissions of the old one, and a
    link stays a link to the file that it names. The file beside is locked as long as its writer lives.

    What is no file that can be replaced, such as a pipe or ``/dev/null``, is written to at the end of the scope.

    Raises:
        OSError: For a folder, and for what the system refuses; it names `path`.
    """
    if is_special(path):
        with _handing_on(path) as whole:
            yield whole
        return
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{target.name}.{secrets.token_hex(4)}{TEMPORARY}")
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        target.parent.mkdir(parents=True, exist_ok=True)
        owned = _owned(beside)
        try:
            yield beside
            os.fsync(owned)
            if target.exists():
                beside.chmod(target.stat().st_mode)
            beside.replace(target)
        finally:
            os.close(owned)
            with suppress(OSError):
                beside.unlink(missing_ok=True)
    except OSError as error:
        if error.errno is None or error.filename not in (None, str(beside), str(target)):
            raise
        raise OSError(
            error.errno, error.strerror, str(path)
        ) from error  # the person knows nothing of `beside`


def is_special(path: Path) -> bool:
    """Whether a path names a pipe, a socket or a device: what takes what is written, and must stay what it is."""
    try:
        kind = path.stat().st_mode
    except OSError:
        return False
    return not stat.S_ISREG(kind) and not stat.S_ISDIR(kind)


@contextmanager
def _handing_on(path: Path) -> Iterator[Path]:
    """A file elsewhere, of the same name, whose content is handed on once it is whole."""
    from shutil import copyfileobj
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        whole = Path(folder) / path.name
        whole.touch()
        yield whole
        try:
            with whole.open("rb") as source, path.open("wb") as place:
                copyfileobj(source, place)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from error


def sweep(folder: Path, name: str | None = None) -> None:
    """Remove what writers that were killed left in a folder: temporaries that nobody holds a lock on.

    Args:
        folder: It exists.
        name: Of the file that they were to become; None for any.
    """
    with suppress(OSError):
        for entry in list(os.scandir(folder)):
            of = entry.name[1:].removesuffix(TEMPORARY).rpartition(".")[0]
            ours = entry.name.startswith(".") and entry.name.endswith(TEMPORARY) and of
            if ours and (name is None or of == name) and entry.is_file(follow_symlinks=False):
                _remove_orphan(entry.path)


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
    with replacing(path) as beside:
        beside.write_bytes(content)


def write_text(path: Path, text: str) -> None:
    """Replace a text file in one step. What killed runs left beside it is removed.

    Raises:
        DofxError: E0801.
    """
    with system_faults(path):
        target = Path(os.path.realpath(path))
        sweep(target.parent, target.name)
        write_atomically(path, text.encode(errors="replace"))


def _owned(beside: Path) -> int:
    """Make a file and lock it for as long as it is open; the descriptor."""
    while True:
        file = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        if fcntl is None:
            return file
        with suppress(OSError):  # as on some network drives: nobody else gets a lock there either
            fcntl.flock(file, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if beside.stat().st_ino == os.fstat(file).st_ino:
                return file
        os.close(file)  # it was swept away before it was locked


def _remove_orphan(path: str) -> None:
    """Remove a temporary unless its writer lives, which holds a lock on it."""
    with suppress(OSError):
        if fcntl is None:
            os.unlink(path)  # refused by Windows for a file that is open
            return
        file = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.unlink(path)
        finally:
            os.close(file)
