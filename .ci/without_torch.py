"""A plugin for pytest: where torch is not installed, what needs it is skipped, and everything else is tested."""

from __future__ import annotations

from collections.abc import Generator

import pytest

REASON = "torch is not installed"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that stopped at ``import torch`` counts as skipped."""
    report = yield
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, ModuleNotFoundError) and error.name == "torch":
        report.outcome = "skipped"
        report.longrepr = (str(item.path), item.location[1] or 0, REASON)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """So does a file of tests that imports torch, by itself or by what it imports."""
    report = yield
    if report.outcome == "failed" and "No module named 'torch'" in str(report.longrepr):
        report.outcome = "skipped"
        report.longrepr = (str(collector.path), 0, REASON)
    return report
