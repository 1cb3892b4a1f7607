"""The notebook runs, on fewer rows than it shows, and shows what it is to show."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

TOUR = Path(__file__).parents[2] / "examples" / "tour.ipynb"
FEWER = {"4_000": "400", "20_000": "500", "replicates=20, n=5_000": "replicates=2, n=200", "31)": "3)"}


@pytest.mark.long
def test_the_tour_runs_and_shows_what_was_kept() -> None:
    kept = nbformat.read(TOUR, as_version=4)
    book = nbformat.read(TOUR, as_version=4)
    for cell in book.cells:
        for shown, fewer in FEWER.items():
            cell.source = cell.source.replace(shown, fewer)
    NotebookClient(book, timeout=300, kernel_name="python3").execute()
    for cell, before in zip(book.cells, kept.cells, strict=True):
        assert kinds(cell) == kinds(before)
        if cell.source == before.source:
            assert texts(cell) == texts(before)
            if any("svg" in kind for kind in kinds(cell)):
                assert [output.data for output in cell.outputs] == [output.data for output in before.outputs]


def kinds(cell: nbformat.NotebookNode) -> list[str]:
    """The media types that a cell shows."""
    return [kind for output in cell.get("outputs", ()) for kind in sorted(output.data)]


def texts(cell: nbformat.NotebookNode) -> list[str]:
    """What a cell shows in plain text: of a picture its size, which no number of rows changes."""
    return [output.data.get("text/plain", "") for output in cell.get("outputs", ())]
