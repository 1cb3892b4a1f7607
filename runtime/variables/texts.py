"""Text to bytes in tensors and back: UTF-8, padded with zeros to the length that the type allows."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from .columns import Labels, as_column
from .errors import long_text, no_text
from .types import Text


def encode_texts(type: Text, values: object, what: str, help: tuple[str, ...] = ()) -> Tensor:
    """Bytes of texts, uint8 ``(rows, length)``.

    Args:
        type: Says the length.
        values: Texts in any form that `as_column` reads, or bytes that are encoded already.
        what: How a diagnostic names them.
        help: What to do about missing values.

    Raises:
        DofxError: E0404 for values that are no text, E0405 for missing ones, E0407 for texts that are too long.
    """
    if isinstance(values, Tensor) and values.dtype == torch.uint8 and values.shape[-1:] == (type.length,):
        return values.reshape(-1, type.length)
    column = as_column(values, what, help)
    if not isinstance(column, Labels) or not all(isinstance(state, str) for state in column.states):
        raise no_text(what, str(type))
    spelled = [str(state).replace("\0", " ").encode() for state in column.states]
    longest = max(map(len, spelled), default=0)
    if longest > type.length:
        long = np.array([len(text) > type.length for text in spelled])
        rows = np.flatnonzero(long[column.codes])
        raise long_text(what, longest, type.length, rows.tolist())
    table = np.zeros((len(spelled), type.length), np.uint8)
    for row, text in enumerate(spelled):
        table[row, : len(text)] = np.frombuffer(text, np.uint8)
    return torch.from_numpy(table[column.codes])


def bytes_of(tensor: Tensor) -> list[bytes]:
    """The bytes of encoded texts, without the padding.

    >>> bytes_of(encode_texts(Text(6), ["cough", "ü"], "the value"))
    [b'cough', b'\\xc3\\xbc']
    """
    array: np.ndarray = tensor.detach().cpu().contiguous().numpy()
    return [row.tobytes().split(b"\0", 1)[0] for row in array]


def decode_texts(tensor: Tensor) -> np.ndarray:
    """Encoded texts as strings, an object array ``(rows,)``; broken characters become �."""
    texts = np.empty(len(tensor), dtype=object)
    texts[:] = [text.decode(errors="replace") for text in bytes_of(tensor)]
    return texts
