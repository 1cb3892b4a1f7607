"""Files that commands write, checked before the work that they are to hold."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import CompletionItem
from click.types import StringParamType

from ...grammar.edge.outputs import require_output
from ..errors import wrong_ending


class FileName(StringParamType):
    """The name of a file, which a shell completes; it is taken as it is."""

    name = "file"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Let the shell complete it."""
        return [CompletionItem(incomplete, type="file")]


FILE = FileName()


def require_file(output: str | None, what: str, *suffixes: str) -> Path | None:
    """The path of a file that a command is to write, if it is to write one.

    Args:
        output: What the option says.
        what: What the file is to hold, for a diagnostic.
        suffixes: How its name may end.

    Raises:
        DofxError: E0803 for a name that does not say that it holds this, E0801 for a file that cannot be written.
    """
    if output is None:
        return None
    if Path(output).suffix.lower() not in suffixes:
        raise wrong_ending(what, output, suffixes)
    return require_output(output)
