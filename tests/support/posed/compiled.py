"""Programs of several questions, compiled: their type is known to be that of a program."""

from __future__ import annotations

import dofx


def program(text: str) -> dofx.CompiledProgram:
    """The program that a text is."""
    found = dofx.compile(text)
    assert isinstance(found, dofx.CompiledProgram)
    return found
