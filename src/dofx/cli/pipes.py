"""Standard input and output: their encoding, and the text that is read from a pipe."""

from __future__ import annotations

import codecs
import os
import sys
from io import TextIOWrapper
from pathlib import Path


def set_encodings() -> None:
    """Read and write UTF-8 where there is no terminal, as in files; on Windows, pipes have another encoding by default.

    PYTHONIOENCODING chooses another one. A character that it lacks, or a terminal, is written as its number, such as
    ``\\u03b2``: no name becomes another one, as with question marks.
    """
    chosen = os.environ.get("PYTHONIOENCODING")
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, TextIOWrapper) and not chosen and not stream.isatty():
            stream.reconfigure(encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def echo_whole(text: str, what: str) -> None:
    """Print a text that means something else with any other character, such as a program.

    Args:
        text: The text, with its last line break.
        what: What it is called.

    Raises:
        DofxError: E0801 if the encoding of standard output lacks one of its characters. Nothing is printed then.
    """
    import click

    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        if codecs.lookup(encoding).name != "ascii":  # instead of which click writes UTF-8
            text.encode(encoding)
    except UnicodeEncodeError as error:
        from .errors import not_in_encoding

        lacking = text[error.start]
        raise not_in_encoding(what, lacking, f"U+{ord(lacking):04X}", encoding) from None
    click.echo(text, nl=False)


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
