"""The examples in every docstring of every module."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import dofx

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(dofx.__path__, "dofx.") if module.name != "dofx.__main__"
)


@pytest.mark.parametrize("name", ["dofx", *MODULES])
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_modules() -> None:
    assert {"dofx.grammar.parse", "dofx.compiler.graph.admg", "dofx.runtime.sampler"} <= set(MODULES)
