"""What README and the walk through the code show is what happens: their blocks run, in order, in one folder.

A drawing that is shown is the one of that name that the blocks wrote.

``--update-golden`` writes the outputs anew.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from mypy import api as mypy

from faces.pages import BLOCK, played, steady
from faces.shop import dofx

ROOT = Path(__file__).parents[1]
PAGES = (
    "README.md",
    "docs/walk.md",
    "docs/explain.md",
    "docs/export.md",
    "docs/generators.md",
    "docs/analysis.md",
    "docs/from-0.1.md",
    "docs/inference.md",
    "docs/worlds.md",
    "docs/data-sets.md",
    "docs/missing.md",
    "docs/rows.md",
    "docs/feedback.md",
    "docs/tutorial.md",
    "docs/recipes.md",
    "docs/index.md",
    "docs/ask.md",
    "docs/estimands.md",
    "docs/no.md",
    "docs/train.md",
    "docs/algorithm.md",
)
ELSEWHERE = ("docs/speed.md", "docs/scale.md", "docs/studio.md")
"""Pages whose blocks need what a test brings: `tests/docs/test_blocks.py` and `tests/studio/test_widget.py`."""

DRAWING = re.compile(r"^!\[[^]]*\]\((.*\.svg)\)$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_the_page_shows_what_happens(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / page).read_text(encoding="utf-8")
    shown = "".join(played(text, ran))
    drawn = {(ROOT / page).parent / path: tmp_path / Path(path).name for path in DRAWING.findall(text)}
    if request.config.getoption("--update-golden"):
        (ROOT / page).write_text(shown, encoding="utf-8")
        for kept, today in drawn.items():
            kept.write_bytes(today.read_bytes())
    else:
        assert steady(shown) == steady(text)
        for kept, today in drawn.items():
            assert kept.read_bytes() == today.read_bytes()


def ran(command: str) -> str:
    program, *arguments = shlex.split(command)
    assert program == "dofx"
    result = dofx(*arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.output


def test_every_page_is_run() -> None:
    pages = ("README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))))
    shown = {page for page in pages if "\n```python" in (ROOT / page).read_text(encoding="utf-8")}
    assert shown == {page for page in (*PAGES, *ELSEWHERE) if page in shown}


def test_the_page_is_read_as_meant() -> None:
    page = "```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n\n```text\nkept\n```\n"
    assert "".join(played(page, ran)) == page.replace("3", "2")


def test_the_code_of_the_readme_is_typed(tmp_path: Path) -> None:
    """What a reader types in passes the type checker as it stands, in strict mode."""
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    code = "\n".join(block[2] for block in BLOCK.finditer(page) if block[1] == "python")
    (tmp_path / "readme.py").write_text(code, encoding="utf-8")
    settings = str(ROOT / "pyproject.toml")
    told, faults, status = mypy.run(["--strict", "--config-file", settings, str(tmp_path / "readme.py")])
    assert status == 0, told + faults
