"""Values on the command line, such as ``x=1`` or ``age=old``, read as their variable's type has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ...grammar.syntax.program import Value
    from ...runtime.variables import VariableType

_WORDS = {"true": True, "false": False}


def read_assignments(texts: Iterable[str], types: Mapping[str, VariableType], option: str) -> dict[str, Any]:
    """Values by variable.

    Args:
        texts: Each ``name=value``.
        types: Types of the variables.
        option: The option they were given with, for what is said of a bad one.

    Raises:
        click.UsageError: For a text that is not ``name=value``.
    """
    from ...grammar.checks.names import resolve

    found: dict[str, Any] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name or not value.strip():
            raise click.UsageError(f"{option} takes NAME=VALUE, not '{text}'.")
        meant = resolve(name, types)
        if name in found:
            raise click.UsageError(f"{option} gives {name} two values.")
        found[name] = read_value(value.strip(), None if meant is None else types[meant])
    return found


def read_value(text: str, type: VariableType | None) -> Any:
    """A value: a number, true or false, a quoted or bare string, or an array such as ``[1, 2]``.

    What it is to be is decided by the type: ``1`` is a state "1" where the states are strings, and ``true``
    is 1 where they are numbers. What fits no state is left to the sampler to refuse.

    >>> from dofx.runtime.variables import Finite, Real
    >>> [read_value("1", Finite(states)) for states in (("1", "2"), (0, 1), (False, True))]
    ['1', 1, True]
    >>> read_value("1e3", Real()), read_value("'old'", None), read_value("[1, 2]", Real((2,)))
    (1000.0, 'old', [1, 2])
    """
    from ...runtime.variables import Finite, Text, event_shape

    if isinstance(type, Text):
        return _literal(text) if text[:1] in ("'", '"') else text
    if type is not None and event_shape(type) and text.startswith("["):
        import json

        try:
            return json.loads(text)
        except ValueError:
            return text
    plain = _literal(text)
    if isinstance(type, Finite):
        quoted = plain if text[0] in "\"'" else text
        for state in type.states:
            if isinstance(state, str) and state == quoted:
                return state
        same = [state for state in type.states if not isinstance(state, str) and state == plain]
        return same[0] if same else plain
    return plain


def _literal(text: str) -> Value:
    """A value as it stands in a program; a bare word is a string."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text
