"""The list of codes: its examples and its page are current, and the command line explains each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dofx.grammar.diagnostics.codes import CODES
from dofx.grammar.diagnostics.explained import EXAMPLES, code_text, page
from faces.shop import dofx

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "diagnostics"


def test_examples_are_the_diagnostics_of_the_tests(request: pytest.FixtureRequest) -> None:
    current = {code: (GOLDEN / f"{code}.txt").read_text(encoding="utf-8") for code in CODES}
    if request.config.getoption("--update-golden"):
        EXAMPLES.write_text(json.dumps(current, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
        (ROOT / "docs" / "codes.md").write_text(page(), encoding="utf-8")
    assert json.loads(EXAMPLES.read_text(encoding="utf-8")) == current


def test_the_page_is_current() -> None:
    assert (ROOT / "docs" / "codes.md").read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("arguments", [("explain", "E0405"), ("E0405",), ("explain", "e0405")])
def test_the_command_line_explains_a_code(arguments: tuple[str, ...]) -> None:
    result = dofx(*arguments)
    assert result.exit_code == 0
    assert result.stdout == code_text("E0405") + "\n"
    assert result.stdout.startswith("E0405: a missing value\n")
    assert "error[E0405]" in result.stdout


def test_an_unknown_code_is_bad_input() -> None:
    result = dofx("E9999")
    assert result.exit_code == 2
    assert "there is no code `E9999`" in result.stderr
