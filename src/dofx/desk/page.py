"""The studio's page: where it is, and what it learns about the Python behind it."""

from __future__ import annotations

from pathlib import Path

from .errors import page_not_built

PLACES = (
    Path(__file__).parents[3]
    / "build"
    / "studio"
    / "page.html",  # a checkout in which `make studio` built it
    Path(__file__).parent / "page" / "page.html",  # a wheel that `make dist` built
)
"""Where the page may be: one file that loads nothing."""


def page_with(behind: str) -> str:
    """The page, with the name of what is behind it.

    Args:
        behind: ``dofx-desk`` for the server of `dofx studio`, ``dofx-notebook`` for the kernel of a notebook.

    Raises:
        DofxError: E0501 if the page is not there.
    """
    for place in PLACES:
        if place.is_file():
            page = place.read_text(encoding="utf-8")
            return page.replace("<head>", f'<head>\n<meta name="{behind}" content="there">', 1)
    raise page_not_built()
