"""Where dofx is used, in Python or on the command line: advice names what can be typed there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

_Advice = TypeVar("_Advice")

_ON_COMMAND_LINE = ContextVar("whether dofx runs as a command", default=False)


@contextmanager
def on_the_command_line() -> Iterator[None]:
    """A scope in which advice names options of the command line, in this thread."""
    before = _ON_COMMAND_LINE.set(True)
    try:
        yield
    finally:
        _ON_COMMAND_LINE.reset(before)


def by_surface(python: _Advice, command: _Advice) -> _Advice:
    """The form of an advice that fits where dofx is used: a text, or several.

    Args:
        python: What is typed in Python.
        command: What is typed on the command line.

    >>> by_surface('intervals="bootstrap"', "--intervals bootstrap")
    'intervals="bootstrap"'
    >>> with on_the_command_line():
    ...     print(by_surface('intervals="bootstrap"', "--intervals bootstrap"))
    --intervals bootstrap
    """
    return command if _ON_COMMAND_LINE.get() else python
