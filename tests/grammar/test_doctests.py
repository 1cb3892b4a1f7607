"""The examples in the grammar's docstrings."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import dofx.grammar

MODULES = sorted(module.name for module in pkgutil.walk_packages(dofx.grammar.__path__, "dofx.grammar."))


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder()
    modules = [importlib.import_module(name) for name in MODULES]
    assert sum(len(test.examples) for module in modules for test in finder.find(module)) > 20
