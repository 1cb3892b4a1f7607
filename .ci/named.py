"""A plugin for pytest: names each test that fails as soon as it fails."""

from __future__ import annotations

import os
import sys

import pytest


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """One line on stderr for a failure, so that a run that is cut short has named what it found."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:  # a worker hands on its reports
        lines = str(report.longrepr).strip().splitlines()
        print(
            f"\nfailed: {report.nodeid} ({report.when}): {lines[-1] if lines else ''}",
            file=sys.__stderr__,
            flush=True,
        )
