"""The examples in the docstrings of estimands and networks, and of what prints them."""

import doctest
import importlib
import pkgutil

import pytest

import dofx.compiler.estimand
import dofx.compiler.network
import dofx.compiler.printers

MODULES = sorted(
    module.name
    for package in (dofx.compiler.estimand, dofx.compiler.network, dofx.compiler.printers)
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
