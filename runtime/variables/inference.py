"""What type a variable has, judged by its data when nobody declared it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ...grammar.syntax.program import Value
from .columns import Column, Labels, as_column, factorise
from .errors import many_labels, no_type_of_shape
from .faults import dates_in_text, words_among_numbers
from .types import Finite, Image, Real, VariableType
from .whole import whole_states

MOST_NUMERIC_STATES = 20
MOST_LABELS = 1_000
FEW_LABELS = 20
"""Up to this many labels, rows may be few rather than labels many."""


def infer_type(values: Any, *, what: str = "the column") -> VariableType:
    """The type of a column, from its values.

    - bools are ``bool``;
    - strings and categoricals are a category of the values that occur, sorted (an ordered categorical keeps
      its order);
    - whole numbers, stored as integers or floats, are a category if at most 20 distinct values occur, each
      at least twice on average, or if only one or two occur; else they are ``real``;
    - other numbers are a category if only two values occur, each at least twice on average, such as 0 and
      0.5; else they are ``real``;
    - arrays ``(rows, k)`` are ``real(k)`` and arrays ``(rows, channels, height, width)`` are images, of
      whole numbers from 0 to 255 where they are stored as such.

    States keep the data's own Python values: 1.0 stays a float, 1 an integer.

    Raises:
        DofxError: E0404 or E0405 for values without a type, E0408 for arrays of another rank, for columns of
            more than 1,000 distinct strings, and for those of which most strings occur once.

    >>> str(infer_type(["b", "a", "b"])), str(infer_type([0.5, 1.5, 2.5]))
    ("category('a', 'b')", 'real')
    """
    column = as_column(values, what)
    if isinstance(column, Labels):
        return _category(column, what)
    match column.shape:
        case (_,):
            return _numbers(column)
        case (_, size) if size:
            return Real((size,))
        case (_, channels, height, width) if channels and height and width:
            return Image(channels, height, width, bytes=column.dtype == np.uint8)
        case shape:
            raise no_type_of_shape(what, shape)


def as_stored(type: VariableType, column: Column) -> VariableType:
    """A declared type, as the data has it: an image of bytes where its pixels are stored so."""
    if isinstance(type, Image) and isinstance(column, np.ndarray) and column.dtype == np.uint8:
        return replace(type, bytes=True)
    return type


def _category(labels: Labels, what: str) -> Finite:
    occurring = set(np.unique(labels.codes).tolist())
    states: list[Value] = [s for i, s in enumerate(labels.states) if i in occurring]
    many = _too_many(labels, len(states))
    if many:
        raise many_labels(what, many, dates_in_text(states) or words_among_numbers(states))
    if not labels.ordered and len({s.__class__ for s in states}) == 1:
        states.sort()
    return Finite(tuple(states))


def _too_many(labels: Labels, states: int) -> str:
    """What is wrong with the number of labels: beyond some, or of which most rows have one of their own."""
    if states > MOST_LABELS:
        return f"{states:,} distinct labels, too many for a category"
    if states > FEW_LABELS:
        once = int((np.bincount(labels.codes) == 1).sum())
        if 2 * once > len(labels.codes):
            return f"{once:,} labels that occur once, in {len(labels.codes):,} rows, too many for a category"
    return ""


def _numbers(column: np.ndarray) -> VariableType:
    if column.dtype.kind == "b":
        return Finite((False, True))
    # The first rows settle most real columns.
    head = column[:10_000]
    distinct = np.unique(head)
    if len(distinct) > MOST_NUMERIC_STATES or (
        len(distinct) > 2 and not np.array_equal(distinct, np.floor(distinct))
    ):
        return Real()
    found: tuple[Value, ...] = whole_states(column) or ()
    states = list(found) or sorted(factorise(column).states)
    often = len(column) >= 2 * len(states)
    if all(float(s).is_integer() for s in states):
        return (
            Finite(tuple(states))
            if len(states) <= 2 or (len(states) <= MOST_NUMERIC_STATES and often)
            else Real()
        )
    return Finite(tuple(states)) if len(states) == 2 and often else Real()
