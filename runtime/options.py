"""Options that are handed on by keyword: an unknown one is refused where it is given, with a suggestion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from inspect import Parameter, signature
from typing import Any

from .errors import unknown_option
from .variables import nearest


def refuse_unknown(
    what: str, options: Mapping[str, Any], *functions: Callable[..., Any], without: Iterable[str] = ()
) -> None:
    """Refuse options that no function takes by keyword.

    Args:
        what: What takes the options, such as ``answer``.
        options: Those that were given beside the arguments that it names.
        functions: Whose keyword arguments are options; the first is the one that was called.
        without: Names that are no options all the same.

    Raises:
        DofxError: E0452 for the first option that is unknown.
    """
    left_out = set(without)
    known = [
        parameter.name
        for function in functions
        for parameter in signature(function).parameters.values()
        if parameter.kind in (Parameter.KEYWORD_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
        and parameter.name not in left_out | {"self", "network"}
    ]
    for name in options:
        if name not in known:
            raise unknown_option(what, name, tuple(dict.fromkeys(known)), nearest(name, known))
