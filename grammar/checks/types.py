"""What is wrong with the types of variables, and with the values that a query gives them."""

from __future__ import annotations

from collections.abc import Sequence

from ..diagnostics.diagnostic import Diagnostic
from ..diagnostics.source import Source
from ..syntax.program import Assignment, Term, TypeSyntax, Value
from .errors import misfit, not_a_state, not_a_value, unknown_type
from .names import Scope, did_you_mean

KINDS = ("bool", "category", "real", "image", "text")
MOST_STATES = 1 << 20
_LISTING = "bool, category(3), category('a', 'b'), real, real(4), image(1, 28, 28) and text"
_SHOWN = 10

BYTES = "uint8"
"""After the sizes of an image: its pixels are whole numbers from 0 to 255."""


def check_type(type: TypeSyntax, source: Source | None = None) -> Diagnostic | None:
    """The fault of a type, if it has one.

    >>> check_type(TypeSyntax("image", (28, 28))).title
    '`image` takes channels, height and width, not 2 numbers'
    """
    if type.kind not in KINDS:
        near = did_you_mean(type.kind, KINDS)
        help_ = (*((f"did you mean `{near}`?",) if near else ()), f"types are {_LISTING}")
        return unknown_type(type.kind, help_, source, type.span)
    title = _misfit(type)
    if title is None:
        return None
    return misfit(title, _LISTING, source, type.span)


def _misfit(type: TypeSyntax) -> str | None:
    """What is wrong with the arguments of a type of known kind."""
    kind, arguments = type.kind, type.arguments
    if kind == "image" and arguments[3:] == (BYTES,):
        arguments = arguments[:3]
    strange = next((a for a in arguments if not _is_size(a)), None)
    match kind:
        case "bool":
            return f"`{kind}` takes no arguments" if arguments else None
        case "category":
            if not arguments:
                return "a category needs its states, or their number"
            if len(arguments) == 1 and isinstance(arguments[0], int) and strange is not None:
                return f"a category has at least one state, not {show(strange)}"
            if len(arguments) == 1 and isinstance(arguments[0], int) and arguments[0] > MOST_STATES:
                return f"a category has at most {MOST_STATES:,} states"
            twice = _repeated(arguments)
            return None if twice is None else f"the state {show(twice)} is listed twice"
        case _:
            if strange is not None:
                return f"`{kind}` takes whole sizes of at least 1, not {show(strange)}"
            if kind == "text" and len(arguments) > 1:
                return f"`text` takes its largest number of bytes, not {len(arguments)} numbers"
            if kind == "image" and len(arguments) != 3:
                return f"`image` takes channels, height and width, not {len(arguments)} numbers"
            return None


def _repeated(values: Sequence[Value]) -> Value | None:
    """The first value that was listed before."""
    seen: set[Value] = set()
    for value in values:
        if value in seen:
            return value
        seen.add(value)
    return None


def _is_size(value: Value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def states_of(type: TypeSyntax) -> Sequence[Value] | None:
    """The states of a finite type; None for any other, or where the arguments do not fit.

    >>> list(states_of(TypeSyntax("category", (3,))))
    [0, 1, 2]
    """
    if check_type(type) is not None:
        return None
    if type.kind == "bool":
        return (False, True)
    if type.kind == "category":
        first = type.arguments[0]
        counted = len(type.arguments) == 1 and isinstance(first, int)
        return range(first) if counted and isinstance(first, int) else type.arguments
    return None


class States:
    """The states of a finite variable, ready to be looked up many times.

    >>> "a" in States(["a", "b"]), True in States([0, 1]), 1.5 in States(range(3))
    (True, False, False)
    """

    def __init__(self, values: Sequence[Value]) -> None:
        self.values = values
        self._words = Scope(state for state in values if isinstance(state, str))
        self._members = values if isinstance(values, range) else frozenset(values)
        self._has_bool = any(isinstance(state, bool) for state in values[:2])

    def __contains__(self, value: Value) -> bool:
        """Whether a value is a state. True and False stand for 1 and 0 only where the states are bool."""
        if isinstance(value, bool) and not self._has_bool:
            return False
        if isinstance(self._members, range):  # which looks at each of its members for anything but an int
            return isinstance(value, (int, float)) and value == int(value) and int(value) in self._members
        return value in self._members

    def suggest(self, value: Value) -> str | None:
        """The state that looks most like a value, for the first few that are asked about."""
        return self._words.suggest(value) if isinstance(value, str) else None


def check_state(term: Term | Assignment, states: States, source: Source | None = None) -> Diagnostic | None:
    """The fault of a value that is not one of its variable's states."""
    value = term.value
    if value is None or value in states:
        return None
    listed = ", ".join(show(state) for state in states.values[:_SHOWN])
    listed += ", …" if len(states.values) > _SHOWN else ""
    near = states.suggest(value)
    shown = None if near is None else show(near)
    return not_a_state(show(value), term.name.text, listed, shown, source, term.span)


def check_kind(term: Term | Assignment, type: TypeSyntax, source: Source | None = None) -> Diagnostic | None:
    """The fault of a value of the wrong kind for a variable that is not finite."""
    value = term.value
    if value is None or type.kind not in KINDS:
        return None
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    match type.kind:
        case "real" if not type.arguments:
            fits, wanted = is_number, "a number"
        case "text":
            fits, wanted = isinstance(value, str), "a quoted text"
        case _:
            fits, wanted = False, "given when sampling, as an array"
    if fits:
        return None
    return not_a_value(show(value), term.name.text, type.kind, wanted, source, term.span)


def show(value: Value) -> str:
    """A value as it is written in a program.

    >>> show("a"), show(True), show(2)
    ('"a"', 'true', '2')
    """
    from ..formatting.program import format_value

    return format_value(value)
