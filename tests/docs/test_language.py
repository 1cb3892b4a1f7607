"""The page on the language shows the grammar itself, and every example in its tables is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from dofx.grammar.checks.program import check
from dofx.grammar.parse import parse, parse_effect, parse_graph, parse_query, parse_type

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "language.md"
SECTION = re.compile(r"^// ── (.*?) ─+\n", re.MULTILINE)
BLOCK = re.compile(r'^```lark title="(.*?)"\n(.*?)^```$', re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^\| `((?:[^`])+)` \|", re.MULTILINE)
READERS: dict[str, Callable[[str], object]] = {
    "graph": parse_graph,
    "query": parse_query,
    "effect": parse_effect,
    "type": parse_type,
}


def sections() -> dict[str, str]:
    """The sections of the grammar, by their titles."""
    _, *parts = SECTION.split((ROOT / "grammar/reading" / "causal.lark").read_text(encoding="utf-8"))
    return {title: f"{text.strip()}\n" for title, text in zip(parts[::2], parts[1::2], strict=True)}


def test_the_page_shows_the_grammar(request: pytest.FixtureRequest) -> None:
    page, rules = PAGE.read_text(encoding="utf-8"), sections()
    assert sorted(block[1] for block in BLOCK.finditer(page)) == sorted(rules)
    shown = BLOCK.sub(lambda block: f'```lark title="{block[1]}"\n{rules[block[1]]}```', page)
    if request.config.getoption("--update-golden"):
        PAGE.write_text(shown, encoding="utf-8")
    assert shown == page


def test_every_example_is_read() -> None:
    counted = 0
    for table in re.split(r"\n\n", PAGE.read_text(encoding="utf-8")):
        if (reader := READERS.get(table.removeprefix("| ").partition(" |")[0])) is not None:
            for example in EXAMPLE.finditer(table):
                reader(example[1].replace("\\|", "|"))
                counted += 1
    assert counted > 30


def test_the_program_has_no_fault() -> None:
    (program,) = re.findall(r"^```cq\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert not check(parse(program))
