"""Start-up is a feature: the language loads what it needs, when it needs it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from dofx.grammar.reading.lalr import GRAMMAR, needed


def loaded(statement: str) -> set[str]:
    """The modules that a fresh interpreter holds after a statement."""
    code = f"{statement}\nimport json, sys; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(run.stdout))


def test_lark_is_loaded_by_the_first_text() -> None:
    read = "import dofx.grammar.parse, dofx.grammar.formatting.program, dofx.grammar.checks.program"
    assert "lark" not in loaded(read)


def test_a_query_loads_nothing_large() -> None:
    modules = loaded("from dofx.grammar.parse import parse_query; parse_query('P(y | do(x))')")
    assert "lark" in modules
    assert not modules & {
        "torch",
        "numpy",
        "networkx",
        "sympy",
        "pyarrow",
        "difflib",
        "dofx.grammar.reading.slips",
    }


@pytest.mark.parametrize(
    ("start", "there", "not_there"),
    [("query", "probability", "chain"), ("graph", "chain", "probability"), ("type", "type", "term")],
)
def test_a_parser_is_built_of_what_its_start_rule_needs(start: str, there: str, not_there: str) -> None:
    text = needed(GRAMMAR.read_text(encoding="utf-8"), start)
    assert f"\n{there}:" in f"\n{text}"
    assert f"\n{not_there}:" not in text
