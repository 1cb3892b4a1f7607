"""Texts from files: what is wrong with a path is a diagnostic too."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path

from .diagnostics import Diagnostic, DofxError


def read_text(path: str | PathLike[str]) -> str:
    """The text of a UTF-8 file, without a byte order mark.

    Raises:
        DofxError: E0501 for a file that is not there, E0503 for one that cannot be read.
    """
    path = Path(fspath(path))
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DofxError(_absent(path)) from None
    except OSError as error:
        raise DofxError(_unreadable(path, (error.strerror or str(error)).lower())) from None
    except ValueError:
        raise DofxError(_unreadable(path, "it is not UTF-8 text")) from None


def _absent(path: Path) -> Diagnostic:
    from difflib import get_close_matches  # here, because most files are there

    folder = path.parent
    siblings = [sibling.name for sibling in folder.iterdir()] if folder.is_dir() else []
    near = get_close_matches(path.name, siblings, n=1)
    hint = (f"did you mean `{folder / near[0]}`?",) if near else ()
    return Diagnostic("E0501", f"there is no file `{path}`", help=hint)


def _unreadable(path: Path, reason: str) -> Diagnostic:
    return Diagnostic("E0503", f"`{path}` cannot be read", notes=(reason,))
