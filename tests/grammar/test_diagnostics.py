"""Every diagnostic has a code in the registry, something that sets it off, and a golden file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from dofx.grammar.diagnostics.codes import CODES
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.grammar.diagnostics.render import render
from faces.triggers import set_off, triggers

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parents[1] / "golden" / "diagnostics"


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_a_golden_file(code: str, golden: Callable[[str, str], None]) -> None:
    assert code in triggers(), f"no file triggers_*.py sets off {code}"
    golden(f"diagnostics/{code}.txt", render(set_off(code)))


def test_every_golden_file_has_a_code() -> None:
    assert {file.stem for file in GOLDEN.glob("*.txt")} <= CODES.keys()


def test_every_code_that_is_used_is_registered() -> None:
    used: dict[str, str] = {}
    for folder in ("grammar", "compiler", "runtime", "src/dofx"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            for code in re.findall(r"\"(E0\d{3})\"", file.read_text(encoding="utf-8")):
                used.setdefault(code, str(file.relative_to(ROOT)))
    assert {code: file for code, file in used.items() if code not in CODES} == {}


def test_an_error_shows_all_its_diagnostics() -> None:
    error = DofxError((set_off("E0101"), set_off("E0201")))
    assert str(error) == f"{render(set_off('E0101'))}\n\n{render(set_off('E0201'))}"
