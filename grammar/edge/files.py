"""Files as people name them: a path is looked up once, and what is wrong with it is a diagnostic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from os import PathLike, fspath
from pathlib import Path

from ..diagnostics.diagnostic import Diagnostic, DofxError, of_system

PROGRAM = ".cq"
"""How the name of a program's file ends."""
GRAPHS = (".dagitty", ".dag", ".dot", ".gv", ".txt")
"""How the names of files end that hold a graph alone."""

_LISTED = 6
"""Files of a folder that are named where the one that was asked for is not there."""
_SHOWN = 60
"""Characters of a path that cannot be one which are quoted."""


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
        title = f"{what} is of type `{type(given).__name__}`, and cannot be a path"
        raise DofxError(Diagnostic("E0801", title, help=("give text or a `pathlib.Path`",)))
    try:
        text = fspath(given)
        if not isinstance(text, str) or not text:
            raise ValueError("it is empty" if not text else "it is not text")
        path = Path(text)
        with suppress(FileNotFoundError, NotADirectoryError):
            path.lstat()
    except OSError as error:
        raise DofxError(_no_path(given, (error.strerror or str(error)).lower())) from None
    except UnicodeError:
        raise DofxError(_no_path(given, "it holds a character that no file name can have")) from None
    except ValueError as error:
        raise DofxError(_no_path(given, str(error))) from None
    return path


@contextmanager
def system_faults(path: Path, *help: str) -> Iterator[None]:
    """A scope in which what the operating system refuses to do with a file is a diagnostic.

    Raises:
        DofxError: E0801, with the reason of the system.
    """
    try:
        yield
    except BrokenPipeError:
        raise  # whoever reads has gone, which is no fault of a file
    except OSError as error:
        named = OSError(error.errno, error.strerror or str(error), str(error.filename or path))
        raise DofxError(of_system(named, *help)) from None


def read_text(path: str | PathLike[str]) -> str:
    """The text of a UTF-8 file, without a byte order mark.

    Raises:
        DofxError: E0501 for a file that is not there, E0503 for one that cannot be read, E0801 for what is not a path.
    """
    path = Path(fspath(path))
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DofxError(_absent(path)) from None
    except OSError as error:
        raise DofxError(_unreadable(path, (error.strerror or str(error)).lower())) from None
    except UnicodeDecodeError:
        raise DofxError(_unreadable(path, "it is not UTF-8 text")) from None
    except ValueError:
        raise DofxError(_unreadable(path_of(path), "it is not UTF-8 text")) from None


def absent(path: Path, kinds: Sequence[str], what: str) -> Diagnostic:
    """What to say of a file that is not there: the name that comes near, else what its folder holds.

    Args:
        path: The file.
        kinds: How the names of files end that could stand in its place; "" for a folder.
        what: What such a file is called, such as "program".
    """
    from difflib import get_close_matches  # here, because most files are there

    folder, there = path.parent, []
    with suppress(OSError):
        there = sorted(
            each.name for each in folder.iterdir() if ("" if each.is_dir() else each.suffix.lower()) in kinds
        )
    near = get_close_matches(path.name, there, n=1)
    place = "the working folder" if folder == Path() else f"`{folder}`"
    if near:
        hint = f"did you mean `{folder / near[0]}`?"
    elif not folder.is_dir():
        hint = f"there is no folder {place} either: give the path from the working folder, or the whole path"
    elif there:
        more = f" and {len(there) - _LISTED:,} more" if len(there) > _LISTED else ""
        hint = f"{place} holds {', '.join(f'`{name}`' for name in there[:_LISTED])}{more}"
    else:
        hint = f"{place} holds no {what}: give the path from the working folder, or the whole path"
    return Diagnostic("E0501", f"there is no file `{path}`", help=(hint,))


def _absent(path: Path) -> Diagnostic:
    if path.suffix.lower() == PROGRAM:
        return absent(path, (PROGRAM,), "program")
    return absent(path, (PROGRAM, *GRAPHS, path.suffix.lower()), "program and no graph")


def _unreadable(path: Path, reason: str) -> Diagnostic:
    return Diagnostic("E0503", f"`{path}` cannot be read", notes=(reason,))


def _no_path(given: object, reason: str) -> Diagnostic:
    quoted = str(given).encode("unicode_escape").decode()  # no control characters, no surrogates
    shown = quoted if len(quoted) <= _SHOWN else f"{quoted[:_SHOWN]}…"
    return Diagnostic("E0801", f"`{shown}` cannot be a path", notes=(reason,))
