"""Standard input and output: their encoding, and the text that is read from a pipe."""

from __future__ import annotations

import os
import sys
from io import TextIOWrapper
from pathlib import Path


def set_encodings() -> None:
    """Read and write UTF-8 where there is no terminal, as in files; on Windows, pipes have another encoding by default.

    PYTHONIOENCODING chooses another one. A terminal without Unicode still gets an answer.
    """
    chosen = os.environ.get("PYTHONIOENCODING")
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, TextIOWrapper) and not chosen and not stream.isatty():
            stream.reconfigure(encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def read_stdin() -> str:
    """The text of standard input, without a byte order mark.

    Raises:
        DofxError: E0503 if it is not in the encoding of standard input.
    """
    from ..grammar.edge.errors import not_unicode

    try:
        return sys.stdin.read().removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise not_unicode(Path("<stdin>")) from None
