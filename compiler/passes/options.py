"""Passes by name, with options: ``see, fold{cells=4096}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from inspect import Parameter, isfunction, signature
from typing import Any

from .context import Pass
from .errors import not_a_list_of_passes, not_a_whole_number, unknown_option, unknown_pass

_ITEM = re.compile(r"\s*([a-z_]+)\s*(?:\{([^{}]*)\})?\s*(?:,|$)")


def pass_name(run: Pass) -> str:
    """The name of a pass, also of one with options.

    >>> from .prune import prune
    >>> pass_name(partial(prune))
    'prune'
    """
    if isinstance(run, partial):
        return pass_name(run.func)
    return run.__name__ if isfunction(run) else type(run).__name__


def passes_named(text: str, known: Mapping[str, Pass]) -> tuple[Pass, ...]:
    """The passes that a text lists, each with its options.

    Args:
        text: Names separated by commas, each perhaps with options in braces: ``see, fold{cells=4096}``.
        known: The passes there are, by name.

    Raises:
        DofxError: E0806 for a text that cannot be read, an unknown pass, or an option that the pass does not have.
    """
    found: list[Pass] = []
    place = 0
    while place < len(text):
        match = _ITEM.match(text, place)
        if match is None:
            raise not_a_list_of_passes(text[place:])
        name, options = match.groups()
        if name not in known:
            raise unknown_pass(name, known)
        run = known[name]
        given = dict(_option(option, name, run) for option in (options or "").split(",") if option.strip())
        found.append(partial(run, **given) if given else run)
        place = match.end()
    return tuple(found)


def _option(text: str, name: str, run: Pass) -> tuple[str, Any]:
    """An option's name and its value, a whole number."""
    key, _, value = (part.strip() for part in text.partition("="))
    own = [p.name for p in signature(run).parameters.values() if p.kind is Parameter.KEYWORD_ONLY]
    if key not in own:
        raise unknown_option(key, name, own)
    if not value.isdecimal():
        raise not_a_whole_number(key, name, value)
    return key, int(value)
