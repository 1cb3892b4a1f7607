"""Reads docstrings as dofx writes them: doctests at the end, without a heading, and the sources under `References:`."""

from __future__ import annotations

import re
from typing import Any

import griffe

_DOCTEST = re.compile(r"(?:^>>> .*\n?(?:^(?!\s*$).*\n?)*\n*)+", re.MULTILINE)
_REFERENCES = re.compile(r"^References:\n((?:    .*\n?)+)", re.MULTILINE)


class Doctests(griffe.Extension):
    """Puts a heading over doctests, so that they are shown as code, and lets references be a paragraph."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of every object that has one."""
        if obj.docstring is not None:
            obj.docstring.value = rewritten(obj.docstring.value)


def rewritten(text: str) -> str:
    r"""A docstring with a heading over its doctests.

    >>> print(rewritten("One.\n\n>>> 1 + 1\n2"))
    One.
    <BLANKLINE>
    Examples:
        >>> 1 + 1
        2
    """
    text = _REFERENCES.sub(lambda found: "**References.** " + " ".join(found[1].split()) + "\n", text)
    return _DOCTEST.sub(
        lambda found: "Examples:\n" + re.sub(r"^(?=.)", "    ", found[0], flags=re.MULTILINE), text
    )
