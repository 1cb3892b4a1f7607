"""Fingerprints of policies: whether the function that continues a folder of samples is the one that began it.

A policy of finite variables is the table that it amounts to. Any other function is its code, its defaults, and what
it reads from outside of itself: variables of its closure, globals, attributes of its object, and the functions that it
calls, all by their values. Of what a library defines the name counts, not the version. Something that has no value to
compare, such as an open file, makes a policy equal to itself alone, and only as long as the process runs.
"""

from __future__ import annotations

import ast
import functools
import inspect
import json
import secrets
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import nn

from .generators import FunctionPolicy, ModulePolicy

_TOKENS: WeakKeyDictionary[nn.Module, str] = WeakKeyDictionary()
"""What stands for each policy of this process that cannot be compared."""
_LIBRARIES = tuple(
    {str(Path(sysconfig.get_path(kind)).resolve()) for kind in ("stdlib", "purelib", "platlib")}
    | {str(Path(torch.__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[1])}
)
_DEEPEST = 40


class NotComparableError(Exception):
    """A value that cannot be compared with one of another process; the text says which."""


def fingerprint(module: nn.Module) -> str | None:
    """A text that is the same exactly for policies that set the same values, as far as that can be known.

    Args:
        module: The generator of a policy.

    Returns:
        A hash; a text that says what cannot be compared, and that no other policy has; or None where
        weights and options say all there is.
    """
    if not isinstance(module, FunctionPolicy | ModulePolicy):
        return None
    try:
        if isinstance(module, FunctionPolicy) and (table := module.as_table()) is not None:
            plain = _plain(table.table, {}, 0)
        else:
            plain = _plain(module.function if isinstance(module, FunctionPolicy) else module.module, {}, 0)
        return blake2b(json.dumps(plain).encode(), digest_size=16).hexdigest()
    except NotComparableError as error:
        token = _TOKENS.setdefault(module, secrets.token_hex(8))
        return f"{error} cannot be compared ({token})"


def _plain(value: Any, seen: dict[int, tuple[int, Any]], depth: int) -> Any:
    """JSON values that are equal exactly for equal values.

    Raises:
        NotComparableError: For a value without any that can be compared.
    """
    if depth > _DEEPEST:
        raise NotComparableError("what is nested so deeply")
    if value is None or isinstance(value, bool | int | float | complex | str | bytes | type(...)):
        return [type(value).__name__, repr(value)]
    deeper = functools.partial(_plain, seen=seen, depth=depth + 1)
    match value:
        case torch.Tensor():
            bytes_of = value.detach().cpu().contiguous().flatten().view(torch.uint8).numpy()
            return [str(value.dtype), tuple(value.shape), deeper(bytes_of)]
        case np.ndarray() | np.generic() if value.dtype != object:
            data = np.ascontiguousarray(value)
            return [str(data.dtype), data.shape, blake2b(data.tobytes(), digest_size=16).hexdigest()]
        case tuple():
            return [type(value).__name__, *map(deeper, value)]
        case set() | frozenset():
            return [type(value).__name__, *sorted(json.dumps(_plain(each, {}, depth + 1)) for each in value)]
        case ast.AST():
            return ["ast", ast.dump(value)]
        case CodeType():
            plain = (value.co_names, value.co_varnames, value.co_freevars, value.co_cellvars)
            return [value.co_code.hex(), value.co_exceptiontable.hex(), *plain, *map(deeper, value.co_consts)]
        case ModuleType() | BuiltinFunctionType() | np.ufunc():
            return ["named", getattr(value, "__module__", None), value.__name__]
        case FunctionType() | type() if _of_library(value):
            return ["named", value.__module__, value.__qualname__]
        case _ if id(value) in seen:
            return ["again", seen[id(value)][0]]
        case _:
            seen[id(value)] = len(seen), value  # which keeps it, so that its number is not another object's
            return _made_of(value, deeper)


def _made_of(value: Any, deeper: Callable[[Any], Any]) -> Any:
    """As `_plain`, for what may hold itself."""
    match value:
        case list():
            return ["list", *map(deeper, value)]
        case dict():
            return ["dict", *([deeper(key), deeper(each)] for key, each in value.items())]
        case FunctionType():
            return ["function", *map(deeper, _parts(value))]
        case type():
            return ["class", value.__qualname__, *map(deeper, _members(value))]
        case MethodType():
            return ["method", deeper(value.__func__), deeper(value.__self__)]
        case functools.partial():
            return ["partial", deeper(value.func), deeper(value.args), deeper(value.keywords)]
        case nn.Module():
            own = {name: each for name, each in vars(value).items() if not name.endswith("hooks")}
            return ["module", deeper(type(value)), deeper(own)]
        case _:
            return ["object", *map(deeper, _reduced(value))]


def _parts(function: FunctionType) -> Iterator[Any]:
    """The code of a function and all that it reads from outside."""
    yield function.__code__
    yield function.__defaults__
    yield function.__kwdefaults__
    try:
        yield [cell.cell_contents for cell in function.__closure__ or ()]
    except ValueError:
        raise NotComparableError(f"a variable of `{function.__qualname__}` that has no value yet") from None
    there = function.__globals__
    yield {name: there[name] for name in sorted(set(_names(function.__code__))) if name in there}


def _names(code: CodeType) -> Iterator[str]:
    """The names that code may look up, also in the functions that it makes."""
    yield from code.co_names
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _names(each)


def _members(kind: type) -> Iterator[Any]:
    """The bases of a class, and what its body defines."""
    yield list(kind.__bases__)
    own = {name: each for name, each in vars(kind).items() if not _is_made(name)}
    yield {name: _unwrapped(each) for name, each in own.items()}


def _is_made(name: str) -> bool:
    """Whether Python makes a member of each class by itself."""
    made = (
        "__dict__",
        "__weakref__",
        "__module__",
        "__doc__",
        "__qualname__",
        "__annotations__",
        "__slots__",
    )
    return name in made or name.startswith(("__static_attr", "__firstlineno", "_abc_", "__annot"))


def _unwrapped(member: Any) -> Any:
    """What a member of a class is made of."""
    match member:
        case staticmethod() | classmethod():
            return [type(member).__name__, member.__func__]
        case property():
            return ["property", member.fget, member.fset]
        case _ if inspect.ismemberdescriptor(member):
            return "a slot"
        case _:
            return member


def _reduced(value: Any) -> Iterable[Any]:
    """What an object is made of: its class and its state, as for a copy."""
    try:
        made = value.__reduce_ex__(4)
    except Exception:
        raise NotComparableError(f"an object of type `{type(value).__name__}`") from None
    if isinstance(made, str):
        return [made, type(value)]
    return [list(part) if isinstance(part, Iterator) else part for part in made]


def _of_library(value: FunctionType | type) -> bool:
    """Whether Python or an installed library defines a function or a class."""
    if value.__module__ == "builtins":
        return True
    try:
        place = Path(inspect.getfile(value)).resolve()
    except (TypeError, OSError):
        return False
    return any(place.is_relative_to(folder) for folder in _LIBRARIES)


def fingerprints(modules: Mapping[str, nn.Module]) -> dict[str, str]:
    """The fingerprint of each policy that has one, by its name."""
    found = {name: fingerprint(module) for name, module in modules.items()}
    return {name: each for name, each in found.items() if each is not None}
