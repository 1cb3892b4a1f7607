"""The line of `dofx run` about what was fitted."""

from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from dofx.cli.report import show_fit
from dofx.runtime.fitting.report import FitRecord, FitSummary
from dofx.runtime.training.settings import FitReport


def record(source: str, rows: int, *, reused: bool = False) -> FitRecord:
    return FitRecord("P(y | x)", "table", source, FitReport(-0.5, 1, rows, 0.25), reused=reused)


@pytest.mark.parametrize(
    ("records", "line"),
    [
        ([record("P", 1_000), record("Q₁", 5_000)], "fitted 2 generators (table ×2) on 1,000 rows in 0.5 s"),
        ([record("Q₁", 5_000)], "fitted 1 generator (table) in 0.2 s"),
        ([record("P", 10, reused=True)], "kept 1, fitted 0 generators on 10 rows in 0.0 s"),
        ([], ""),
    ],
)
def test_the_line_says_what_was_fitted(records: list[FitRecord], line: str) -> None:
    out = StringIO()
    program: Any = SimpleNamespace(report=FitSummary(tuple(records)))
    show_fit(Console(file=out, width=200), program, whole=False)
    assert out.getvalue().strip() == line
