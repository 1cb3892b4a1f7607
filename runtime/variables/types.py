"""The types of variables, and their text form: ``bool``, ``category('a', 'b')``, ``real(4)`` and so on."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import TypeAlias

import torch

from ...compiler.passes.cost import TEXT_SIZE
from ...grammar.checks.types import BYTES, check_type, states_of
from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.edge.arguments import public
from ...grammar.edge.kinds import shown
from ...grammar.syntax.program import TypeSyntax, Value
from .errors import no_states, not_a_type, size_below_one, state_twice
from .faults import show
from .guards import require_states

_EXAMPLES = "types are bool, category(3), category('a', 'b'), real, real(4), image(1, 28, 28) and text"

TEXT_LENGTH = 1024
"""Most bytes of a text where nobody says."""


@public()
@dataclass(frozen=True, slots=True, eq=False)
class Finite:
    """Finitely many states, in the order in which they are numbered.

    ``Finite((False, True))`` is ``bool`` and differs from ``Finite((0, 1))``: ``False == 0`` in Python.
    """

    states: tuple[Value, ...]

    def __post_init__(self) -> None:
        if not self.states:
            raise no_states()
        require_states(self.states, "E0402")
        if len(set(self.states)) < len(self.states):
            twice = next(s for s, count in Counter(self.states).items() if count > 1)
            raise state_twice(show(twice))

    @property
    def cardinality(self) -> int:
        """How many states there are."""
        return len(self.states)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Finite) and repr(self.states) == repr(other.states)

    def __hash__(self) -> int:
        return hash(repr(self.states))

    def __str__(self) -> str:
        if repr(self.states) == "(False, True)":
            return "bool"
        if repr(self.states) == repr(tuple(range(len(self.states)))):
            return f"category({len(self.states)})"
        return f"category{self.states!r}"


@public()
@dataclass(frozen=True, slots=True)
class Real:
    """A real number, or a vector or array of them."""

    shape: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        _check_sizes(self.shape)

    def __str__(self) -> str:
        return f"real({', '.join(map(str, self.shape))})" if self.shape else "real"


@public()
@dataclass(frozen=True, slots=True)
class Image:
    """An image, channels first.

    Args:
        channels: Such as 1 for grey and 3 for colours.
        height: Rows of pixels.
        width: Columns of pixels.
        bytes: Whether pixels are whole numbers from 0 to 255, as in most files; else they are real.
    """

    channels: int
    height: int
    width: int
    bytes: bool = False

    def __post_init__(self) -> None:
        _check_sizes((self.channels, self.height, self.width))

    def __str__(self) -> str:
        stored = ", 'uint8'" if self.bytes else ""
        return f"image({self.channels}, {self.height}, {self.width}{stored})"


@public()
@dataclass(frozen=True, slots=True)
class Text:
    """Free text.

    Args:
        length: Most bytes of a text in UTF-8.
    """

    length: int = TEXT_LENGTH

    def __post_init__(self) -> None:
        _check_sizes((self.length,))

    def __str__(self) -> str:
        return "text" if self.length == TEXT_LENGTH else f"text({self.length})"


VariableType: TypeAlias = Finite | Real | Image | Text


@public()
def event_shape(type: VariableType) -> tuple[int, ...]:
    """The shape of one encoded value: encoded rows are ``(rows, *event_shape)``.

    >>> event_shape(Image(1, 28, 28)), event_shape(Finite(("a", "b"))), event_shape(Text(80))
    ((1, 28, 28), (), (80,))
    """
    match type:
        case Real(shape):
            return shape
        case Image():
            return (type.channels, type.height, type.width)
        case Text(length):
            return (length,)
        case Finite():
            return ()


def sizes_of(types: Mapping[str, VariableType]) -> dict[str, int]:
    """How many numbers a value of each variable is made of, as the cost model counts them; one is left out.

    >>> sizes_of({"scan": Image(1, 28, 28), "age": Real(), "note": Text()})
    {'scan': 784, 'note': 1000}
    """
    sizes = {
        name: TEXT_SIZE if isinstance(type, Text) else prod(event_shape(type)) for name, type in types.items()
    }
    return {name: size for name, size in sizes.items() if size > 1}


def cardinality_of(type: VariableType) -> int:
    """The number of states of a variable that is known to be finite."""
    assert isinstance(type, Finite)
    return type.cardinality


def cardinalities(types: Mapping[str, VariableType]) -> dict[str, int]:
    """How many states each finite variable has.

    >>> cardinalities({"smoker": Finite((False, True)), "age": Real()})
    {'smoker': 2}
    """
    return {name: type.cardinality for name, type in types.items() if isinstance(type, Finite)}


def default_dtype(type: VariableType) -> torch.dtype:
    """The dtype of encoded values: int64 state numbers, uint8 bytes of text, and float32 for the others."""
    if isinstance(type, Text):
        return torch.uint8
    return torch.int64 if isinstance(type, Finite) else torch.float32


def encoded_alike(one: VariableType, other: VariableType) -> bool:
    """Whether encoded values of two types have the same shape and, if they are state numbers, the same range.

    >>> encoded_alike(Finite(("a", "b")), Finite((False, True))), encoded_alike(Real(), Real((1,)))
    (True, False)
    """
    if isinstance(one, Finite) and isinstance(other, Finite):
        return one.cardinality == other.cardinality
    return type(one) is type(other) and event_shape(one) == event_shape(other)


@public("type")
def parse_type(type: str | TypeSyntax | VariableType) -> VariableType:
    """A variable's type from its text or its syntax; a type is returned as it is.

    ``str`` of a type parses back to the same type. A single integer after ``category`` is a number of states;
    a category whose only state is 5 is written ``category(5,)``.

    >>> parse_type("category(3)")
    Finite(states=(0, 1, 2))
    >>> str(parse_type("category('young', 'old')")), str(parse_type("real(4)"))
    ("category('young', 'old')", 'real(4)')

    Raises:
        DofxError: E0401 for an unknown kind or bad syntax, E0402 for arguments that do not fit the kind.
    """
    if isinstance(type, (Finite, Real, Image, Text)):
        return type
    if isinstance(type, TypeSyntax):
        return _build(type, counted=True)
    match = re.fullmatch(r"\s*(\w+)\s*(\((.*)\))?\s*", type, re.DOTALL) if isinstance(type, str) else None
    if match is None:
        raise not_a_type(type if isinstance(type, str) else shown(type), _EXAMPLES)
    arguments = match[3] or ""
    return _build(TypeSyntax(match[1], _literals(str(type), arguments)), counted="," not in arguments)


def _build(syntax: TypeSyntax, counted: bool) -> VariableType:
    """The type that is written; `counted` says that a single integer counts states rather than being one."""
    kind, arguments = syntax.kind, syntax.arguments
    single = kind == "category" and not counted and len(arguments) == 1
    problem = None if single else check_type(syntax)
    if problem is not None:
        raise DofxError(problem)
    sizes = [int(a) for a in arguments if a != BYTES] if kind in ("real", "image", "text") else []
    match kind:
        case "text":
            return Text(*sizes)
        case "real":
            return Real(tuple(sizes))
        case "image":
            return Image(sizes[0], sizes[1], sizes[2], bytes=BYTES in arguments)
        case _:
            states = arguments if single else states_of(syntax)
            return Finite(tuple(states or ()))


def _literals(text: str, arguments: str) -> tuple[Value, ...]:
    """What is written between the brackets of a type, read as Python and program literals."""
    if not arguments.strip():
        return ()
    spelled = re.sub(r"\b(true|false)\b(?=\s*(,|$))", lambda word: word[0].capitalize(), arguments)
    try:
        values = ast.literal_eval(f"({spelled.rstrip().rstrip(',')},)")
    except (ValueError, SyntaxError, RecursionError, MemoryError):  # the last two of deep nesting
        values = None
    if values is None or not all(isinstance(value, (bool, int, float, str)) for value in values):
        hint = "arguments are numbers, true, false or quoted strings, with commas between"
        raise not_a_type(text, hint)
    return tuple(values)


def _check_sizes(sizes: tuple[int, ...]) -> None:
    for size in sizes:
        if size < 1:
            raise size_below_one(size)
