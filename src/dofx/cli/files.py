"""Files that commands write: whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..grammar.diagnostics import Diagnostic, DofxError


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A path beside a file, to be written in the scope, which then takes the file's place in one step.

    The file keeps its permissions, and a link stays a link to the file that it names.

    Raises:
        OSError: With the file's own name.
    """
    path = path.resolve()
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        yield temporary
        if path.exists():
            temporary.chmod(path.stat().st_mode)
        temporary.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)


def replace_text(path: Path, text: str) -> None:
    """Replace a text file in one step."""
    with beside(path) as temporary, temporary.open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def require_suffix(output: str | None, what: str, *suffixes: str) -> None:
    """Refuse a file whose name does not say that it holds what is to be written.

    Raises:
        DofxError: E0803.
    """
    if output is not None and Path(output).suffix.lower() not in suffixes:
        ends = " or ".join(suffixes)
        fault = Diagnostic(
            "E0803", f"{what} cannot be written to `{output}`", help=(f"end its name in {ends}",)
        )
        raise DofxError(fault)
