"""Where dofx is used: in Python, on the command line or on the studio's page. Advice names what can be done there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, TypeAlias, TypeVar, assert_never

Surface: TypeAlias = Literal["Python", "command line", "page"]

_Advice = TypeVar("_Advice", str, tuple[str, ...])

_SURFACE = ContextVar[Surface]("where dofx is used", default="Python")


@contextmanager
def used_on(surface: Surface) -> Iterator[None]:
    """A scope in which advice names what can be done on a surface, in this thread and where its context is copied."""
    before = _SURFACE.set(surface)
    try:
        yield
    finally:
        _SURFACE.reset(before)


def by_surface(python: _Advice, command: _Advice, page: _Advice | None = None) -> _Advice:
    """The form of an advice that fits where dofx is used: a text, or several.

    Args:
        python: What is typed in Python.
        command: What is typed on the command line.
        page: What is done on the page; None for what the page has no means for, which is then done in Python.

    >>> by_surface('intervals="bootstrap"', "--intervals bootstrap")
    'intervals="bootstrap"'
    >>> with used_on("command line"):
    ...     print(by_surface('intervals="bootstrap"', "--intervals bootstrap"))
    --intervals bootstrap
    >>> with used_on("page"):
    ...     print(by_surface('intervals="bootstrap"', "--intervals bootstrap"))
    in Python, intervals="bootstrap"
    """
    match _SURFACE.get():
        case "Python":
            return python
        case "command line":
            return command
        case "page":
            return _in_python(python) if page is None else page
        case surface:
            assert_never(surface)


def _in_python(advice: _Advice) -> _Advice:
    """An advice that says that it is for Python."""
    if isinstance(advice, str):
        return f"in Python, {advice}"
    return tuple(f"in Python, {each}" for each in advice)
