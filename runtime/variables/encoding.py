"""Values to tensors and back: state numbers for finite variables, bytes for text, float32 for the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...grammar.edge.arguments import public
from ...grammar.syntax.program import Value
from .columns import Column, Labels, as_column, factorise, is_single
from .containers import from_tensor, is_dense
from .errors import not_a_number, not_a_state, not_one_value, other_number_of_rows, other_shape, too_large
from .faults import nearest, show
from .guards import foreign
from .single import encode_single
from .texts import decode_texts, encode_texts
from .types import Finite, Image, Text, VariableType, default_dtype, event_shape
from .whole import encode_whole

_ANSWERS = (
    ("true", "t", "1", "yes", "y", "on", "ja", "j", "oui", "o", "si", "sí", "s", "sim"),
    ("false", "f", "0", "no", "n", "off", "nein", "non", "não"),
)
"""How a yes, and how a no, is written."""


def encode(
    type: VariableType,
    values: Any,
    *,
    what: str = "the value",
    rows: int | None = None,
    help: Sequence[str] = (),
) -> Tensor:
    """Encoded values, shape ``(rows, *event)``.

    A tensor given for a real variable keeps its device and its gradient.

    Args:
        type: The variable's type.
        values: Rows of the data's own values in any form `as_column` reads, or a single value.
        what: How a diagnostic names them, such as "column `age`".
        rows: If given, a single value is repeated this many times and anything else must have so many rows.
        help: What to do about missing values.

    Raises:
        DofxError: E0403 for a value that is not a state, E0404 for the wrong kind of value, E0405 for missing
            values, E0406 for the wrong shape or number of rows, E0407 for a text that is too long.

    >>> encode(Finite(("young", "old")), ["old", "young", "old"])
    tensor([1, 0, 1])
    >>> encode(Finite((False, True)), True, rows=3)
    tensor([1, 1, 1])
    """
    with foreign(what):
        return _encode(type, values, what, rows, help)


def _encode(type: VariableType, values: Any, what: str, rows: int | None, help: Sequence[str]) -> Tensor:
    single = encode_single(type, values, rows)
    if single is not None:
        return single
    if isinstance(type, Text):
        encoded = encode_texts(type, values, what, tuple(help))
        return _fit_texts(encoded, is_single(values, what), what, rows)
    shape = event_shape(type)
    if isinstance(type, Finite):
        encoded = _encode_states(type, as_column(values, what, help), what)
    elif isinstance(values, Tensor) and values.dtype is not torch.bool and not values.is_complex():
        dense = values if is_dense(values) else from_tensor(values, what)
        encoded = torch.as_tensor(dense, dtype=default_dtype(type))
        _require_finite(encoded, values, what, help)
    else:
        column = as_column(values, what, help)
        if isinstance(column, Labels):
            raise _not_a_number(column, what, type)
        encoded = torch.tensor(column, dtype=default_dtype(type), device="cpu")
        _require_finite(encoded, column, what, help)
    return _fit_rows(encoded, shape, is_single(values, what), what, rows)


@public()
def decode(type: VariableType, tensor: Tensor) -> np.ndarray:
    """Encoded rows in the data's own values, shape ``(rows, *event)``.

    >>> decode(Finite(("young", "old")), torch.tensor([1, 0])).tolist()
    ['old', 'young']
    """
    if isinstance(type, Text):
        return decode_texts(tensor)
    if isinstance(type, Image):
        tensor = own_pixels(type, tensor)
    array: np.ndarray = tensor.detach().cpu().numpy()
    if not isinstance(type, Finite):
        return array
    kinds = {s.__class__ for s in type.states}
    states = np.array(type.states, dtype=None if len(kinds) == 1 and kinds <= {bool, int, float} else object)
    decoded: np.ndarray = states[array]
    return decoded


def own_pixels(type: Image, images: Tensor) -> Tensor:
    """Encoded images as the data has them: uint8 where its pixels are bytes.

    >>> own_pixels(Image(1, 1, 3, bytes=True), torch.tensor([[[[-0.2, 7.6, 300.0]]]]))
    tensor([[[[  0,   8, 255]]]], dtype=torch.uint8)
    """
    return images.round().clamp(0, 255).to(torch.uint8) if type.bytes else images


def _fit_texts(encoded: Tensor, single: bool, what: str, rows: int | None) -> Tensor:
    """Rows of texts: a single one is repeated."""
    repeated = encoded.expand(rows, -1) if single and rows is not None else encoded
    return _fit_rows(repeated, tuple(encoded.shape[1:]), False, what, rows)


def _encode_states(type: Finite, column: Column, what: str) -> Tensor:
    if isinstance(column, np.ndarray) and column.ndim > 1:
        raise _wrong_shape(column.shape[1:], (), what)
    whole = None if isinstance(column, Labels) else encode_whole(type.states, column)
    if whole is not None:
        return torch.from_numpy(whole)
    labels = column if isinstance(column, Labels) else factorise(column.reshape(-1))
    number = {state: i for i, state in enumerate(type.states)}
    lookup = np.array([number.get(state, -1) for state in labels.states], dtype=np.int64)
    encoded = lookup[labels.codes] if len(lookup) else labels.codes
    if encoded.size and encoded.min() < 0:
        raise _not_a_state(type, labels, encoded, what)
    return torch.from_numpy(encoded)


def _same_answer(value: Value, states: Sequence[Value]) -> Value | None:
    """The state that says yes, or no, as a value does in another way: of two, as in a survey.

    >>> _same_answer(True, ("No", "Yes"))
    'Yes'
    """
    for answer in _ANSWERS:
        found = [state for state in states if str(state).casefold() in answer]
        if str(value).casefold() in answer and len(states) == 2 and len(found) == 1:
            return found[0]
    return None


def _not_a_state(type: Finite, labels: Labels, encoded: np.ndarray, what: str) -> Exception:
    rows = np.flatnonzero(encoded < 0)
    # One word makes a column of numbers a column of strings: the word is at fault, not the "1" before it.
    spelled = {str(state) for state in type.states}
    words = [code for code, state in enumerate(labels.states) if str(state) not in spelled]
    worst = rows[np.isin(labels.codes[rows], words)]
    rows = worst if len(worst) else rows
    strange: Value = labels.states[labels.codes[rows[0]]]
    near = nearest(strange, type.states)
    meant = next((s for s in type.states if str(s) == near), None)
    meant = _same_answer(strange, type.states) if meant is None else meant
    suggestion = None if meant is None else show(meant)
    listed = ", ".join(show(s) for s in type.states[:10]) + (", …" if len(type.states) > 10 else "")
    return not_a_state(what, show(strange), listed, suggestion, rows.tolist(), encoded.size)


def _not_a_number(labels: Labels, what: str, type: VariableType) -> Exception:
    words = [code for code, state in enumerate(labels.states) if not _is_number(state)]
    rows = np.flatnonzero(np.isin(labels.codes, words or list(range(len(labels.states)))))
    first = labels.states[labels.codes[rows[0]]] if len(rows) else ""
    return not_a_number(what, show(first), str(type), rows.tolist(), labels.codes.size)


def _require_finite(encoded: Tensor, values: Any, what: str, help: Sequence[str]) -> None:
    if not bool(torch.isfinite(encoded).all()):
        as_column(values, what, help)  # which refuses what is missing; the rest is too large
        raise too_large(what)


def _is_number(value: Value) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _fit_rows(encoded: Tensor, shape: tuple[int, ...], scalar: bool, what: str, rows: int | None) -> Tensor:
    """Rows first: a single value becomes one row, or `rows` of them."""
    single = (scalar and not shape) or (bool(shape) and encoded.shape == shape)
    if single:
        encoded = encoded.reshape(1, *shape)
        return encoded if rows is None else encoded.expand(rows, *shape)
    if encoded.shape[1:] != shape:
        raise _wrong_shape(tuple(encoded.shape[1:]), shape, what)
    if rows is not None and len(encoded) != rows:
        raise _wrong_number(len(encoded), rows, what)
    return encoded


def _wrong_number(found: int, rows: int, what: str) -> Exception:
    return not_one_value(what, found) if rows == 1 else other_number_of_rows(what, found, rows)


def _wrong_shape(found: tuple[int, ...], expected: tuple[int, ...], what: str) -> Exception:
    return other_shape(what, found, expected)
