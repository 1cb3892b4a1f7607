"""Sets of names in running text, abridged where they are long."""

from __future__ import annotations

from itertools import islice

from ...graph.varset import VarSet

MOST_NAMES = 12
"""The most names, or groups of them, that are listed."""


def names_text(names: VarSet) -> str:
    """A set of names in braces, abridged when it is long."""
    return "{" + listed(names) + "}"


def listed(names: VarSet | tuple[str, ...]) -> str:
    """Names, the first and the last of them where there are many."""
    if len(names) <= MOST_NAMES:
        return ", ".join(names)
    last = names[-1] if isinstance(names, tuple) else names.order.names[names.mask.bit_length() - 1]
    return f"{', '.join(islice(names, 3))}, … , {last} ({len(names)} variables)"
