"""Finds what sets off each diagnostic, for its golden file.

A file ``triggers_*.py`` anywhere under ``tests/`` holds a table ``TRIGGERS: dict[str, Callable[[], object]]``
from a code to a function that raises the `DofxError`, or returns the diagnostic or a tuple with it.
"""

from __future__ import annotations

import runpy
from collections.abc import Callable
from functools import cache
from pathlib import Path

from dofx.grammar.diagnostics.diagnostic import Diagnostic, DofxError

TESTS = Path(__file__).parents[2]


@cache
def triggers() -> dict[str, Callable[[], object]]:
    """Every trigger of every table. A code belongs to one table."""
    found: dict[str, Callable[[], object]] = {}
    for file in sorted(TESTS.rglob("triggers_*.py")):
        table = runpy.run_path(str(file))["TRIGGERS"]
        twice = found.keys() & table.keys()
        assert not twice, f"{file.name} repeats {sorted(twice)}"
        found |= table
    return found


def set_off(code: str) -> Diagnostic:
    """The diagnostic of that code which its trigger sets off."""
    try:
        result = triggers()[code]()
    except DofxError as error:
        result = error.diagnostics
    diagnostics = result if isinstance(result, tuple) else (result,)
    return next(d for d in diagnostics if isinstance(d, Diagnostic) and d.code == code)
