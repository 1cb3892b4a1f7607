"""The answers as a figure in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..grammar.edge.files import system_faults
from ..grammar.edge.outputs import replacing
from .options.files import require_file

if TYPE_CHECKING:
    from ..runtime.answers.answers import Answers


def require_figure(output: str | None) -> None:
    """Refuse a figure that cannot be drawn, before anything is trained for it.

    Raises:
        DofxError: E0803 for its name, E0801 for a place where it cannot be written, E0429 where matplotlib is not
            installed.
    """
    if require_file(output, "a figure", ".svg", ".png", ".pdf"):
        from ..runtime.answers.plots import need_matplotlib

        need_matplotlib()


def save_figure(answers: Answers, output: str | None) -> None:
    """Draw the answers into a file, whole or not at all."""
    if output is not None:
        path = Path(output)
        with system_faults(path), replacing(path) as temporary:
            answers.plot().savefig(temporary, format=path.suffix[1:].lower(), dpi=150)
