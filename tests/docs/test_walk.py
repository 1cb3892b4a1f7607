"""The walk names code that exists, and takes no longer than it says: an hour at most, counted."""

from __future__ import annotations

import ast
import re
from itertools import takewhile
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORDS_A_MINUTE, LINES_A_MINUTE = 230, 40
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
READ = re.compile(r"^\*\*Read\*\* \((\d+) min\)\n\n((?:- .*\n)+)", re.MULTILINE)


def lines(path: Path, names: list[str]) -> int:
    """The lines of some functions and classes of a module, or of a section of the grammar."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".lark":
        (name,) = names
        after = text.split(f"// ── {name}")[1].splitlines()
        return len([*takewhile(lambda line: not line.startswith("// ── "), after)])
    return sum(extent(ast.parse(text), name) for name in names) if names else len(text.splitlines())


def extent(module: ast.Module, name: str) -> int:
    """The lines of the last definition of a name, or of a method, written ``Class.method``."""
    home, _, method = name.rpartition(".")
    bodies = (
        [module.body]
        if not home
        else [each.body for each in module.body if isinstance(each, ast.ClassDef) and each.name == home]
    )
    defined = [
        each
        for body in bodies
        for each in body
        if isinstance(each, ast.FunctionDef | ast.ClassDef) and each.name == method
    ]
    last = defined[-1]
    assert last.end_lineno is not None
    return last.end_lineno - last.lineno + 1 + len(last.decorator_list)


def items(read: str) -> list[tuple[Path, list[str]]]:
    found = []
    for item in read.splitlines():
        path, *names = re.findall(r"`([^`]+)`", item)
        found.append((ROOT / path, names or re.findall(r"section (\w+)", item)))
    return found


def test_the_walk_takes_an_hour() -> None:
    page = (ROOT / "docs" / "walk.md").read_text(encoding="utf-8")
    prose = BLOCK.sub("", page)
    shown = sum(block.count("\n") - 1 for block in BLOCK.findall(page))
    code = 0
    for minutes, read in READ.findall(prose):
        here = sum(lines(path, names) for path, names in items(read))
        assert abs(int(minutes) - here / LINES_A_MINUTE) <= 1, (read, here)
        code += here
    (stated,) = re.findall(r"makes (\d+) minutes in all", page)
    counted = len(prose.split()) / WORDS_A_MINUTE + (shown + code) / LINES_A_MINUTE
    assert code > 1_500, "the code is a part of the walk"
    assert counted <= 60
    assert abs(counted - int(stated)) <= 3, counted


def test_the_files_that_the_walk_mentions_are_there() -> None:
    prose = BLOCK.sub("", (ROOT / "docs" / "walk.md").read_text(encoding="utf-8"))
    named = re.findall(r"`([\w/.]+/[\w/.]*|[\w/]+\.(?:py|lark|toml))`", prose)
    places = [
        ROOT,
        *(ROOT / room for room in ("grammar", "compiler", "runtime", "src/dofx", "compiler/identify")),
    ]
    known = {each.name for place in places[1:] for each in place.rglob("*.py")} | {"causal.lark"}
    lost = [
        name for name in named if name not in known and not any((place / name).exists() for place in places)
    ]
    assert lost == [], lost
    assert len(named) > 40
