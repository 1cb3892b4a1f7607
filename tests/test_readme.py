"""What README and the walk through the code show is what happens: their blocks run, in order, in one folder.

- ``cq`` blocks are saved under the name in their first line, ``# name.cq``;
- ``python`` blocks run in one namespace; a ``text`` block right after one is what it prints;
- ``console`` blocks hold lines ``$ dofx …``, each followed by what it prints;
- a drawing that is shown is the one of that name that the blocks wrote.

``--update-golden`` writes the outputs anew.
"""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shop import dofx

ROOT = Path(__file__).parents[1]
PAGES = (
    "README.md",
    "docs/walk.md",
    "docs/explain.md",
    "docs/export.md",
    "docs/generators.md",
    "docs/analysis.md",
)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DRAWING = re.compile(r"^!\[[^]]*\]\((.*\.svg)\)$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_the_page_shows_what_happens(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / page).read_text(encoding="utf-8")
    shown = "".join(played(text))
    drawn = {(ROOT / page).parent / path: tmp_path / Path(path).name for path in DRAWING.findall(text)}
    if request.config.getoption("--update-golden"):
        (ROOT / page).write_text(shown, encoding="utf-8")
        for kept, today in drawn.items():
            kept.write_bytes(today.read_bytes())
    else:
        assert steady(shown) == steady(text)
        for kept, today in drawn.items():
            assert kept.read_bytes() == today.read_bytes()


def played(page: str) -> Iterator[str]:
    """The page with every output as it is when the blocks run."""
    namespace: dict[str, Any] = {"__name__": "page"}
    printed: str | None = None
    end = 0
    for block in BLOCK.finditer(page):
        between = page[end : block.start()]
        kind, body = block[1], block[2]
        match kind:
            case "cq":
                name = body.partition("\n")[0].removeprefix("# ").partition(":")[0]
                assert name.endswith(".cq")
                Path(name).write_text(body, encoding="utf-8")
            case "python":
                with contextlib.redirect_stdout(io.StringIO()) as out:
                    exec(compile(body, "<page>", "exec"), namespace)
                printed = out.getvalue()
            case "text" if printed is not None and not between.strip():
                body = tidy(printed)
            case "console":
                body = "".join(f"$ {command}\n{tidy(ran(command))}" for command in commands(body))
        if kind != "python":
            printed = None
        yield f"{between}```{kind}\n{body}```"
        end = block.end()
    yield page[end:]


def commands(body: str) -> list[str]:
    return [line.removeprefix("$ ") for line in body.splitlines() if line.startswith("$ ")]


def ran(command: str) -> str:
    program, *arguments = shlex.split(command)
    assert program == "dofx"
    result = dofx(*arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.output


def tidy(text: str) -> str:
    """Without spaces at the ends of lines and empty lines at the end."""
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines()) + "\n"


def steady(text: str) -> str:
    """Without what differs from run to run."""
    text = re.sub(r"\bin \d+\.\d s\b", "in 0.0 s", text)
    return re.sub(r"^(P\(.* )\d+\.\d\d$", r"\g<1>0.00", text, flags=re.MULTILINE)


def test_the_page_is_read_as_meant() -> None:
    page = "```python\nprint(1 + 1)\n```\n\n```text\n3\n```\n\n```text\nkept\n```\n"
    assert "".join(played(page)) == page.replace("3", "2")
