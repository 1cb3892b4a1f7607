"""What kinds of values there are: checked against annotations, and named in words."""

from __future__ import annotations

import numbers
import types
import typing
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from itertools import islice
from operator import index
from os import PathLike
from typing import Any, Literal, TypeAlias, TypeVar, Union

Check: TypeAlias = Callable[[Any], str | None]
"""What is wrong with a value, in words such as "a `list`", or None."""

MOST_CHECKED = 10_000
"""Entries of one argument that are checked: whoever passes more passes them from a program."""

_COUNTED = (list, tuple, set, frozenset)
_NOUNS: dict[Any, str] = {
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "text",
    PathLike: "a path",
    type(None): "None",
    type: "a class",
}
_PATHS: Any = PathLike
"""The class of paths. The type checkers take it for a protocol, by which no class may be checked."""
_BOOLS = ("bool", "bool_")
"""Names of the classes of Python's and of NumPy's bools."""

_PLURALS: dict[Any, str] = {str: "texts", int: "whole numbers", float: "numbers"}


def check_of(annotation: Any) -> Check | None:
    """What checks values against an annotation; None where it lets everything pass."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation is Any or annotation is object or isinstance(annotation, TypeVar):
        return None
    if annotation is None or annotation is type(None):
        return lambda value: None if value is None else kind_of(value)
    if origin in (Union, types.UnionType):
        return _any_of([check_of(each) for each in arguments])
    if origin is Literal:  # which of them is the call's own matter: it knows what was meant
        return _any_of([_instance(type(each)) for each in arguments])
    if origin in (Mapping, dict):
        return _entries_by_key(*map(check_of, arguments))
    if origin is tuple and arguments[-1:] != (Ellipsis,):
        return _places([check_of(each) for each in arguments])
    if origin in (tuple, list, Sequence, Collection, Iterable, Iterator, Set, frozenset, set):
        return _entries(origin, check_of(arguments[0]))
    if origin is not None:
        return check_of(origin) if isinstance(origin, type) else None
    if getattr(annotation, "_is_protocol", False) and not getattr(annotation, "_is_runtime_protocol", False):
        return None
    return _instance(annotation) if isinstance(annotation, type) else None


def described(annotation: Any) -> str:
    """What an annotation asks for, in words.

    >>> described(int | str | None), described(Mapping[str, float])
    ('a whole number or text', 'a dict from text to a number')
    """
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation in (None, type(None)):
        return "None"
    if origin in (Union, types.UnionType):
        parts = list(dict.fromkeys(described(each) for each in arguments if each is not type(None)))
        return " or ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else parts[0]
    if origin is Literal:
        return " or ".join(f'"{each}"' for each in arguments)
    if origin in (Mapping, dict):
        keys, values = map(described, arguments)
        return f"a dict from {keys} to {values}"
    if origin is tuple and arguments[-1:] != (Ellipsis,):
        return f"a tuple of {len(arguments)}"
    if origin in (tuple, list, Sequence, Collection, Iterable, Iterator, Set, frozenset, set):
        return f"a list of {_several(arguments[0])}" if arguments else "a list"
    if annotation is Callable or origin is Callable:
        return "a function"
    if annotation is Any or annotation is object:
        return "anything"
    kind = origin or annotation
    if isinstance(kind, type) and issubclass(kind, _PATHS):
        return "a path"
    return _NOUNS.get(kind) or _article(getattr(kind, "__name__", str(kind)))


def _several(annotation: Any) -> str:
    """What the entries of a list are.

    >>> _several(str), _several(Check)
    ('texts', 'a function')
    """
    one = described(annotation)
    named = one.endswith("`") and one.count("`") == 2 and one.startswith(("a `", "an `"))
    return _PLURALS.get(annotation) or (f"{one.partition(' ')[2]} objects" if named else one)


def kind_of(value: object) -> str:
    """What a value is, in words that need nothing of the value itself."""
    kind = type(value)
    if value is None or kind in (bool, str):
        return {str: "text", bool: f"{value}"}.get(kind, "None")
    return _article(kind.__name__)


def shown(value: object) -> str:
    """A value as Python writes it, or what it is where that cannot be."""
    try:
        return repr(value)
    except Exception:  # whatever an object that someone else made raises when it is shown
        return kind_of(value)


def _article(name: str) -> str:
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} `{name}`"


def _instance(kind: type) -> Check:
    """A check by class. As for Python's type checkers, whole numbers are numbers; unlike there, bools are not."""
    if kind is bool:
        return lambda value: None if type(value).__name__ in _BOOLS else kind_of(value)
    if kind is int:
        return lambda value: None if _counts(value) else kind_of(value)
    wanted = numbers.Real if kind is float else PathLike if issubclass(kind, _PATHS) else kind

    def check(value: Any) -> str | None:
        found = _is(value, wanted) and not (kind is float and type(value).__name__ in _BOOLS)
        return None if found else kind_of(value)

    return check


def _counts(value: Any) -> bool:
    """Whether a value stands for a whole number, as an array or a tensor of one does."""
    try:
        index(value)
    except Exception:  # whatever an object that someone else made raises
        return False
    return type(value).__name__ not in _BOOLS


def _any_of(checks: Sequence[Check | None]) -> Check | None:
    if None in checks:
        return None

    def check(value: Any) -> str | None:
        wrong = None
        for each in checks:
            found = each(value)  # type: ignore[misc]
            if found is None:
                return None
            wrong = found if wrong is None or len(found) > len(wrong) else wrong  # the one that looked inside
        return wrong

    return check


def _entries(origin: Any, entry: Check | None) -> Check:
    def check(value: Any) -> str | None:
        if isinstance(value, bytes) or not (_is(value, origin) or isinstance(value, _COUNTED)):
            return kind_of(value)  # text is a list of letters, as for Python's type checkers
        if entry is None or isinstance(value, Iterator):  # which can be read but once
            return None
        try:
            found = next((wrong for each in islice(value, MOST_CHECKED) if (wrong := entry(each))), None)
        except Exception:  # whatever an object that someone else made raises when it is read
            return kind_of(value)
        return None if found is None else f"{kind_of(value)} that holds {found}"

    return check


def _places(checks: Sequence[Check | None]) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, (tuple, list)):
            return kind_of(value)
        if len(value) != len(checks):
            return f"{kind_of(value)} of {len(value)}"
        found = (each(entry) for each, entry in zip(checks, value, strict=True) if each is not None)
        wrong = next((wrong for wrong in found if wrong is not None), None)
        return None if wrong is None else f"{kind_of(value)} that holds {wrong}"

    return check


def _is(value: Any, kinds: Any) -> bool:
    """Whether a value is of some kind. What raises when it is asked is of none."""
    try:
        return isinstance(value, kinds)
    except Exception:
        return False


def _entries_by_key(key: Check | None, entry: Check | None) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, Mapping):
            return kind_of(value)
        if key is not None or entry is not None:
            for number, (name, each) in enumerate(value.items()):
                if number == MOST_CHECKED:
                    break
                wrong = key and key(name)
                if wrong:
                    return f"{kind_of(value)} with {wrong} as a key"
                wrong = entry and entry(each)
                if wrong:
                    return f"{kind_of(value)} that holds {wrong}"
        return None

    return check
