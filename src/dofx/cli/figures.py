"""The answers as a figure in a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .files import beside, require_suffix

if TYPE_CHECKING:
    from ..runtime.answers.answers import Answers


def require_figure(output: str | None) -> None:
    """Refuse a figure that cannot be drawn, before anything is trained for it.

    Raises:
        DofxError: E0803 for its name, E0429 where matplotlib is not installed.
    """
    if output is not None:
        require_suffix(output, "a figure", ".svg", ".png", ".pdf")
        from ..runtime.answers.plots import need_matplotlib

        need_matplotlib()


def save_figure(answers: Answers, output: str | None) -> None:
    """Draw the answers into a file, whole or not at all."""
    if output is not None:
        path = Path(output)
        with beside(path) as temporary:
            answers.plot().savefig(temporary, format=path.suffix[1:].lower(), dpi=150)
