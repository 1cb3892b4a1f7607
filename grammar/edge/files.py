"""Files as people name them: a path is looked up once, and what is wrong with it is a diagnostic."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from os import PathLike, fspath
from pathlib import Path

from ..diagnostics.diagnostic import Diagnostic, DofxError
from .errors import (
    broken_link,
    impossible_path,
    no_file,
    not_a_path,
    not_on_this_machine,
    not_unicode,
    of_system,
    unreadable,
)

PROGRAM = ".cq"
"""How the name of a program's file ends."""
GRAPHS = (".dagitty", ".dag", ".dot", ".gv", ".txt")
"""How the names of files end that hold a graph alone."""

_LISTED = 6
"""How many files of a folder are named if the one that was asked for does not exist."""
_SHOWN = 60
"""Characters of a path that cannot be one which are quoted."""
_NO_PATH = frozenset((errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL))
"""What the system says where no file can have that path, whatever its folders are."""
_ADDRESS = re.compile(r"((?i:https?|s?ftp|file|s3a?|gc?s|abfss?|az|hdfs)):/+(?=\S+\Z)")
"""How an address begins; a path that was made of it has one slash."""


def path_of(given: object, what: str = "the path") -> Path:
    """A path that was given as an argument, as one that the system can look up. Nothing need be there.

    Args:
        given: Text, or an object that stands for a path.
        what: How a diagnostic names the argument.

    Raises:
        DofxError: E0801 for what is not a path: another object, empty text, a name that is too long, or one with a
            character that no file name can have.

    >>> path_of("rows.csv").name
    'rows.csv'
    """
    if not isinstance(given, (str, PathLike)):
        raise not_a_path(what, type(given).__name__)
    try:
        text = fspath(given)
        if not isinstance(text, str) or not text:
            raise ValueError("it is empty" if not text else "it is not text")
        path = Path(text)
        with suppress(FileNotFoundError, NotADirectoryError):
            path.lstat()
    except OSError as error:
        if error.errno not in _NO_PATH:
            raise DofxError(of_system(_quoted(given), said_by_system(error), error.errno)) from None
        raise impossible_path(_quoted(given), said_by_system(error), error.errno) from None
    except UnicodeError:
        raise impossible_path(_quoted(given)) from None
    except ValueError as error:
        raise impossible_path(_quoted(given), str(error)) from None
    return path


@contextmanager
def system_faults(path: Path, *help: str) -> Iterator[None]:
    """A scope in which what the operating system refuses to do with a file is a diagnostic.

    Args:
        path: The file, where the system does not name it.
        help: What to do, beside what the reason of the system says.

    Raises:
        DofxError: E0801, with the reason of the system.
    """
    try:
        yield
    except BrokenPipeError:
        raise  # whoever reads has gone, which is no fault of a file
    except OSError as error:
        where = str(error.filename or path)
        raise DofxError(of_system(where, said_by_system(error), error.errno, help)) from None


def system_fault(error: OSError) -> Diagnostic:
    """What the operating system says of a file, as a diagnostic."""
    return of_system(error.filename and str(error.filename), said_by_system(error), error.errno)


def read_text(path: str | PathLike[str]) -> str:
    """The text of a UTF-8 file, without a byte order mark.

    Raises:
        DofxError: E0501 for a file that does not exist, E0503 for one that cannot be read, E0801 for what is not a
            path.
    """
    path = Path(fspath(path))
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DofxError(_absent(path)) from None
    except OSError as error:
        raise unreadable(path, said_by_system(error), error.errno) from None
    except UnicodeDecodeError:
        raise not_unicode(path) from None
    except ValueError:
        raise not_unicode(path_of(path)) from None


def address_of(text: str) -> str | None:
    """The address that a text is, or that a path was made of; None where it is none.

    >>> address_of("https:/example.org/rows.csv"), address_of("x -> y"), address_of("C:/rows.csv")
    ('https://example.org/rows.csv', None, None)
    """
    found = _ADDRESS.match(text)
    if found is None:
        return None
    return f"{found[1]}://{'/' * (found[1].lower() == 'file')}{text[found.end() :]}"


def absent(path: Path, kinds: Sequence[str], what: str) -> Diagnostic:
    """The fault of a file that does not exist, which names the file that was probably meant, or what its folder holds.

    Args:
        path: The file.
        kinds: How the names of files end that could stand in its place; "" for a folder.
        what: What such a file is called, such as "program".
    """
    from difflib import get_close_matches  # here, because most files are there

    if (address := address_of(str(path))) is not None:
        return not_on_this_machine(address, rows=not what.startswith("program"))
    folder, there = path.parent, []
    if path.is_symlink():
        return broken_link(path)
    with suppress(OSError):
        there = sorted(
            each.name for each in folder.iterdir() if ("" if each.is_dir() else each.suffix.lower()) in kinds
        )
    near = get_close_matches(path.name, there, n=1)
    place = "the working folder" if folder == Path() else f"`{folder}`"
    return no_file(
        path,
        what,
        place if folder.is_dir() else None,
        there[:_LISTED],
        folder / near[0] if near else None,
        max(0, len(there) - _LISTED),
    )


def _absent(path: Path) -> Diagnostic:
    if path.suffix.lower() == PROGRAM:
        return absent(path, (PROGRAM,), "program")
    return absent(path, (PROGRAM, *GRAPHS, path.suffix.lower()), "program and no graph")


def said_by_system(error: OSError) -> str:
    """What the operating system says of a file, in words; libraries that raise it may say it in more.

    >>> said_by_system(OSError(errno.ENOSPC, "Error writing bytes to file. Detail: [errno 28] ..."))
    'no space left on device'
    """
    if error.errno is not None and error.errno in errno.errorcode:
        return os.strerror(error.errno).lower()
    return (error.strerror or str(error)).lower()


def _quoted(given: object) -> str:
    """What was given as a path, short, without control characters and surrogates."""
    quoted = str(given).encode("unicode_escape").decode()
    return quoted if len(quoted) <= _SHOWN else f"{quoted[:_SHOWN]}…"
