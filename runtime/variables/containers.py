"""Python containers on their way to libraries in C: walked here first, to a fixed depth, because those do not stop."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy as np
import torch

from .errors import deep_containers, nested_tensor, on_meta, strange, too_many_values
from .guards import foreign

DEEPEST = 4
"""Containers within one another: rows, channels, heights and widths of images."""

MOST_VALUES = 1 << 28
"""Most values of a column that is given as Python containers, which may hold one another many times over."""

_PLAIN = (str, bool, int, float, type(None), np.generic)
_KINDS = "biufcUS"
"""The kinds of arrays within containers: numbers, and texts, which are refused with the name of their column."""
_BUFFERS = (bytearray, memoryview, array)


def settle(values: Any, what: str) -> list[Any]:
    """Nested containers as nested lists of scalars and NumPy arrays of numbers, all of bounded depth and size.

    Args:
        values: A list, tuple or other sequence, or an array of objects. What it holds may be such, too.
        what: How to name it in a diagnostic.

    Raises:
        DofxError: E0404 for more than four containers within one another, as a list that holds itself has, for
            mappings and sets, for objects that only look like containers, and for too many values.

    >>> settle((1, 2.5), "the value"), settle([torch.ones(2), (3, 4)], "the value")
    ([1, 2.5], [array([1., 1.], dtype=float32), [3, 4]])
    """
    return _Walk(what).settled(values, 1)


def is_container(values: Any) -> bool:
    """Whether `settle` takes values apart: sequences and arrays of objects are, text and buffers of numbers not."""
    if isinstance(values, np.ndarray):
        return bool(values.dtype.kind == "O")
    return isinstance(values, Sequence) and not isinstance(values, (str, bytes, *_BUFFERS))


def from_tensor(tensor: torch.Tensor, what: str) -> np.ndarray:
    """A tensor of any layout as an array; numbers that NumPy lacks, such as bfloat16, as float32."""
    if tensor.is_meta:
        raise on_meta(what)
    if tensor.is_nested:
        raise nested_tensor(what)
    with foreign(what):
        tensor = tensor.detach().cpu()
        tensor = tensor.dequantize() if tensor.is_quantized else tensor
        tensor = tensor if is_dense(tensor) else tensor.to_dense()
        narrow = tensor.is_floating_point() and tensor.element_size() < 4
        array: np.ndarray = (tensor.float() if narrow else tensor.resolve_conj().resolve_neg()).numpy()
    return array


def is_dense(tensor: torch.Tensor) -> bool:
    """Whether a tensor holds its values in one plain block of memory."""
    plain = tensor.layout is torch.strided and not tensor.is_quantized
    return plain and not tensor.is_meta and not tensor.is_nested


class _Walk:
    """One walk through containers. `sizes` has those seen, so that one that recurs is not walked again."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.sizes: dict[int, tuple[list[Any], int]] = {}
        self.kept: list[Any] = []  # ids stay those of what was seen while that lives

    def settled(self, values: Any, depth: int) -> list[Any]:
        """The container as a list; see `settle`."""
        settled, size = self._sized(values, depth)
        self._check_size(size)
        return settled

    def _check_size(self, size: int) -> None:
        if size > MOST_VALUES:
            raise too_many_values(self.what, size, MOST_VALUES)

    def _sized(self, values: Any, depth: int) -> tuple[list[Any], int]:
        if depth > DEEPEST:
            raise deep_containers(self.what, DEEPEST)
        cells = self._cells(values)
        if all(issubclass(kind, _PLAIN) for kind in set(map(type, cells))):
            return cells, max(len(cells), 1)
        total = 0
        for place, cell in enumerate(cells):
            cells[place], size = self._cell(cell, depth)
            total += size
        return cells, total

    def _cell(self, cell: Any, depth: int) -> tuple[Any, int]:
        if isinstance(cell, _PLAIN):
            return cell, 1
        if isinstance(cell, torch.Tensor):
            return from_tensor(cell, self.what), max(cell.numel(), 1)
        if is_container(cell):
            if id(cell) not in self.sizes:
                self.kept.append(cell)
                self.sizes[id(cell)] = self._sized(cell, depth + 1)
            return self.sizes[id(cell)]
        if isinstance(cell, np.ndarray):
            if (
                cell.dtype.kind not in _KINDS
            ):  # Arrow reads arrays beside one of dates without a look at their kind
                raise strange(cell.dtype.name, self.what, cell.dtype.kind in "mM")
            return cell, max(cell.size, 1)
        if isinstance(cell, Mapping | Set) or _looks_like_a_sequence(cell):
            raise strange(type(cell).__name__, self.what)
        if has_array(cell):
            with foreign(self.what):
                return self._cell(np.asarray(cell), depth)
        return cell, 1

    def _cells(self, values: Any) -> list[Any]:
        """The immediate contents, in a list of their own."""
        with foreign(self.what):
            size = values.size if isinstance(values, np.ndarray) else len(values)
            self._check_size(size)
            if isinstance(values, np.ndarray):
                return list(values.reshape(1)) if values.ndim == 0 else list(values)
            if isinstance(values, list | tuple):
                return list(values)
            return [values[place] for place in range(size)]


def has_array(values: Any) -> bool:
    """Whether an object says itself what its array is, or lends its memory."""
    kind = type(values)
    return hasattr(kind, "__array__") or hasattr(kind, "__array_interface__") or isinstance(values, _BUFFERS)


def _looks_like_a_sequence(cell: Any) -> bool:
    """Whether NumPy would ask an object for its items: one that gives itself never comes to an end."""
    kind = type(cell)
    looks = hasattr(kind, "__len__") and hasattr(kind, "__getitem__")
    return looks and not isinstance(cell, bytes) and not has_array(cell)
