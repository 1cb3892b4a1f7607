"""Arguments of public calls, checked once at the edge: each must be what the call's own signature says.

`public` reads the annotations of a function, or of a class's constructor, at its first call. A value of another kind is
a diagnostic, and so is the name of an argument that the call does not have. Inside dofx nothing is checked again.
"""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, wraps
from itertools import repeat
from typing import Any, TypeVar, cast

from ..checks.names import did_you_mean
from ..diagnostics.diagnostic import Diagnostic, DofxError
from .errors import given_twice, missing_arguments, too_many_by_place, unknown_argument, wrong_kind
from .kinds import Check, check_of, described

Call = TypeVar("Call", bound=Callable[..., Any])


def public(*own: str, called: str | None = None) -> Callable[[Call], Call]:
    """Checks the arguments of a function, or of a class's constructor, on their way in.

    Args:
        own: Arguments that the call checks itself, under codes of their own.
        called: The call that a person made, if it is another: a diagnostic names it.

    Raises:
        DofxError: By the call that is checked: E1001 for a value of another kind than its argument takes, E0452 for an
            argument that the call does not have, and for one that it needs and is not given.

    >>> @public()
    ... def twice(number: int, *, sign: str = "+") -> int:
    ...     return 2 * number
    >>> twice(3)
    6
    >>> try:
    ...     twice("3")
    ... except DofxError as error:
    ...     print(error)
    error[E1001]: `number` of `twice` cannot be text
      = help: give a whole number
    """

    def decorated(call: Call) -> Call:
        if isinstance(call, type):
            kind: Any = call
            kind.__init__ = _checked(kind.__init__, call.__name__, own)
            return cast(Call, kind)
        name = called or call.__qualname__.removesuffix("_of").removesuffix(".__init__")
        return cast(Call, _checked(call, name, own))

    return decorated


def _checked(call: Callable[..., Any], name: str, own: Collection[str]) -> Callable[..., Any]:
    edge = Edge(call, name, frozenset(own))

    @wraps(call)
    def checked(*given: Any, **named: Any) -> Any:
        edge.check(given, named)
        return call(*given, **named)

    checked.__edge__ = edge  # type: ignore[attr-defined]
    return checked


class ArgumentError(DofxError, ValueError):
    """An argument of the right kind with a value that cannot be."""


def refused(title: str, *help: str) -> ArgumentError:
    """The error for a value that an argument cannot have.

    >>> refused("the temperature is 3", "give a number above 0 and up to 1").diagnostics[0].code
    'E1002'
    """
    return ArgumentError(Diagnostic("E1002", title, help=help))


@dataclass(frozen=True)
class Edge:
    """What a public call takes.

    Args:
        call: The function behind it.
        name: What a diagnostic calls it.
        own: Arguments that it checks itself.
    """

    call: Callable[..., Any]
    name: str
    own: frozenset[str] = frozenset()

    def check(self, given: Sequence[Any], named: Mapping[str, Any]) -> None:
        """Refuse arguments that the call does not take, and calls that lack an argument.

        Raises:
            DofxError: E1001 and E0452, with every fault found.
        """
        places, made = self.positional, self._made
        twice = (name for name in places[: len(given)] if name in named and name != "self")
        faults = [given_twice(name, self._named(given)) for name in twice]
        rest = self._rest
        if len(given) > len(places) and rest is None:
            own = [name for name in places if name != "self"]
            extra = given[len(places) :]
            faults.append(
                too_many_by_place(self._named(given), own, len(own) + len(extra), self._meant_by(extra[0]))
            )
        elif rest is not None:
            places = (*places, *repeat(rest, len(given) - len(places)))
        for name, value in (*zip(places, given, strict=False), *named.items()):
            if name not in made and name not in self._named_arguments:
                if name != "self" and not self._takes_any:
                    faults.append(self._unknown(name, self._named(given)))
                continue
            check = made[name] if name in made else self._check_of(name)
            if check is not None and (wrong := check(value)) is not None:
                faults.append(self._wrong(name, wrong, self._named(given)))
        needed = (*self._needed[len(given) :], *self._needed_by_name)
        if missing := [name for name in needed if name not in named]:
            meant = {did_you_mean(name, missing) for name in named if name not in self._named_arguments}
            if lacking := [name for name in missing if name not in meant]:
                faults.append(missing_arguments(self._named(given), lacking))
        if faults:
            raise DofxError(faults)

    @cached_property
    def _needed(self) -> tuple[str, ...]:
        """The arguments without a default that may be given by their place."""
        return tuple(name for name in self.positional if self._is_needed(name))

    @cached_property
    def _needed_by_name(self) -> tuple[str, ...]:
        """The arguments without a default that are given by their name alone."""
        parameters = self._parameters.values()
        return tuple(p.name for p in parameters if p.kind is p.KEYWORD_ONLY and self._is_needed(p.name))

    def _is_needed(self, name: str) -> bool:
        return self._parameters[name].default is inspect.Parameter.empty

    @cached_property
    def positional(self) -> tuple[str, ...]:
        """Names of the arguments that may be given by their place."""
        kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        return tuple(p.name for p in self._parameters.values() if p.kind in kinds)

    @cached_property
    def _rest(self) -> str | None:
        """The name of ``*arguments``, if the call takes any number by place."""
        return next((p.name for p in self._parameters.values() if p.kind is p.VAR_POSITIONAL), None)

    def _meant_by(self, value: Any) -> str | None:
        """The first argument, of those that are given by name alone, that takes a value of this kind."""
        for parameter in self._parameters.values():
            if parameter.kind is parameter.KEYWORD_ONLY:
                check = self._check_of(parameter.name)
                if check is None or check(value) is None:
                    return parameter.name
        return None

    @cached_property
    def annotations(self) -> dict[str, Any]:
        """What each argument takes, as its signature says; `Any` for what the call checks itself.

        Raises:
            NameError: For an annotation that names what its module does not import.
        """
        return {name: self._annotation_of(name) for name in self._named_arguments}

    def _annotation_of(self, name: str) -> Any:
        parameter = self._parameters[name]
        unchecked = name in self.own or parameter.annotation is parameter.empty
        return Any if unchecked else _evaluated(parameter.annotation, self.call)

    def _check_of(self, name: str) -> Check | None:
        """The check of one argument, made when it is first given: its annotation may import what is heavy."""
        if name not in self._made:
            self._made[name] = check_of(self._annotation_of(name))
        return self._made[name]

    @cached_property
    def _made(self) -> dict[str, Check | None]:
        return {}

    @cached_property
    def _named_arguments(self) -> tuple[str, ...]:
        parameters = self._parameters.values()
        return tuple(p.name for p in parameters if p.kind is not p.VAR_KEYWORD)

    @cached_property
    def checks(self) -> dict[str, Check | None]:
        """The check of each argument; None where anything may be given."""
        return {name: check_of(annotation) for name, annotation in self.annotations.items()}

    @cached_property
    def _parameters(self) -> Mapping[str, inspect.Parameter]:
        return inspect.signature(self.call).parameters

    @cached_property
    def _takes_any(self) -> bool:
        return any(p.kind is p.VAR_KEYWORD for p in self._parameters.values())

    def _named(self, given: Sequence[Any]) -> str:
        """What to call it: a method by the class that a person holds, not by the one that defines it."""
        if self.positional[:1] != ("self",) or not given or "." not in self.name:
            return self.name
        return f"{type(given[0]).__name__}.{self.name.rpartition('.')[2]}"

    def _wrong(self, name: str, wrong: str, call: str) -> Diagnostic:
        return wrong_kind(name, call, wrong, described(self.annotations[name]))

    def _unknown(self, name: str, call: str) -> Diagnostic:
        known = [known for known in self.annotations if known != "self"]
        return unknown_argument(name, call, known, did_you_mean(name, known))


def _evaluated(annotation: Any, call: Callable[..., Any]) -> Any:
    """An annotation as an object; it may be text, of names that the call's module has or imports for type checkers."""
    if not isinstance(annotation, str):
        return annotation
    module = sys.modules[inspect.unwrap(call).__module__]
    known: dict[str, Any] = dict(vars(module))
    while True:
        try:
            return eval(annotation, known)
        except NameError as missing:
            name = str(missing.name)
            known[name] = _imported_for_checkers(module, name)


def _imported_for_checkers(module: types.ModuleType, name: str) -> Any:
    """What a module imports under a name for type checkers alone, so that using it costs nothing before it is needed.

    Raises:
        NameError: Where it imports nothing of that name.
    """
    import ast
    from importlib import import_module

    for block in ast.parse(inspect.getsource(module)).body:
        if (
            isinstance(block, ast.If)
            and isinstance(block.test, ast.Name)
            and block.test.id == "TYPE_CHECKING"
        ):
            for line in block.body:
                if isinstance(line, ast.ImportFrom):
                    for alias in line.names:
                        if name == (alias.asname or alias.name):
                            home = import_module("." * line.level + (line.module or ""), module.__package__)
                            return getattr(home, alias.name)
    raise NameError(f"{module.__name__} does not import {name}", name=name)
