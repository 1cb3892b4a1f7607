"""Files as people name them: a path is looked up once, and what is wrong with it is a diagnostic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike, fspath
from pathlib import Path

from .diagnostics import Diagnostic, DofxError, of_system

PROGRAM = ".cq"
"""How the name of a program's file ends."""
GRAPHS = (".dagitty", ".dag", ".dot", ".gv", ".txt")
"""How the names of files end that hold a graph alone."""

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


def _absent(path: Path) -> Diagnostic:
    from difflib import get_close_matches  # here, because most files are there

    folder = path.parent
    kinds = (PROGRAM,) if path.suffix.lower() == PROGRAM else (PROGRAM, *GRAPHS, path.suffix.lower())
    there = folder.iterdir() if folder.is_dir() else ()
    siblings = [sibling.name for sibling in there if sibling.suffix.lower() in kinds]
    near = get_close_matches(path.name, siblings, n=1)
    hint = (f"did you mean `{folder / near[0]}`?",) if near else ()
    return Diagnostic("E0501", f"there is no file `{path}`", help=hint)


def _unreadable(path: Path, reason: str) -> Diagnostic:
    return Diagnostic("E0503", f"`{path}` cannot be read", notes=(reason,))


def _no_path(given: object, reason: str) -> Diagnostic:
    quoted = str(given).encode("unicode_escape").decode()  # no control characters, no surrogates
    shown = quoted if len(quoted) <= _SHOWN else f"{quoted[:_SHOWN]}…"
    return Diagnostic("E0801", f"`{shown}` cannot be a path", notes=(reason,))
