"""The questions that the page on worlds lists: whether each is answered is what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dofx
from dofx.compiler.beside_a_graph import program_beside
from dofx.compiler.program import questions

PAGE = Path(__file__).parents[2] / "docs" / "worlds.md"
ROWS = re.findall(r"^\| (.*) \| `(.*)` \| `(.*)` \| (yes|no) \|$", PAGE.read_text("utf-8"), re.MULTILINE)


def test_there_are_thirty() -> None:
    assert len(ROWS) == 30


@pytest.mark.parametrize(("asked", "text", "graph", "answered"), ROWS, ids=range(len(ROWS)))
def test_a_question(asked: str, text: str, graph: str, answered: str) -> None:
    admg = dofx.graph(graph)
    program = questions(program_beside(text.replace("\\|", "|"), admg, {}, effect=True))
    found = [dofx.identify(query, admg) for query in program.effects[0].queries]
    assert all(found) == (answered == "yes"), asked
    for each in found:
        if not each:
            assert each.witness is not None
