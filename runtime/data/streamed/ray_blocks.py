"""A Ray data set as a source of pieces: its blocks stay where they are, and the work on them is sent there."""

from __future__ import annotations

import re
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from ....grammar.diagnostics.diagnostic import DofxError
from ....grammar.edge.libraries import library
from ..errors import no_rows, unreadable
from .errors import without_dofx
from .pieces import PIECE, Piece, by_turns

T = TypeVar("T")

TENSORS = "ray.data.arrow_tensor"
"""How the names of Ray's types for arrays of numbers begin."""

WITHOUT = "No module named 'dofx"
FAILED = re.compile(r"\w[\w.]*(Error|Exception): ")
"""What a line of a traceback begins with that says what failed."""

AHEAD = 2
"""Pieces that are started for each core of the cluster before the first of them is waited for."""


def is_ray(source: Any) -> bool:
    """Whether something is a data set of Ray; where `ray.data` is not imported, nothing is."""
    ray = sys.modules.get("ray.data")
    return ray is not None and isinstance(source, ray.Dataset)


class RayBlocks:
    """The rows of a `ray.data.Dataset`.

    The data set runs once, for the columns that are expected, and its blocks are kept in the object store of the
    cluster, which writes to disk what does not fit. A pass over the rows is a task for each piece of a block. Blocks
    are numbered in the order of the data set, so that passes, and fits under one seed, find the same pieces.

    Args:
        dataset: The data set.

    Raises:
        DofxError: E0506 for a data set without columns.
    """

    name = "`ray.data.Dataset`"

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset
        with on_workers(self.name):
            found = dataset.columns()
        if not found:
            raise no_rows(self.name)
        self.columns: tuple[str, ...] = tuple(found)
        self._expected: tuple[str, ...] = ()
        self._blocks: tuple[Any, ...] | None = None
        self._sizes: list[int] = []

    @property
    def rows(self) -> int:
        """How many rows there are."""
        self._kept()
        return sum(self._sizes)

    def expect(self, columns: Sequence[str]) -> None:
        """Says which columns will be read: blocks of these are kept."""
        if not set(columns) <= set(self._expected):
            self._expected = tuple(dict.fromkeys((*self._expected, *columns)))
            self._blocks = None

    def each(
        self, columns: Sequence[str], call: Callable[[Piece], T], source: np.random.Generator | None
    ) -> Iterator[T]:
        """What a function finds in each piece, in order; it runs on the machines of the cluster."""
        self.expect(columns)
        blocks, ray = self._kept(), library("ray")
        first = np.cumsum([0, *self._sizes])
        shared, remote = ray.put((tuple(columns), call)), ray.remote(_found)
        ahead = AHEAD * max(2, int(ray.cluster_resources().get("CPU", 2)))
        running: deque[Any] = deque()
        try:
            for block, number in by_turns(range(len(blocks)), self._pieces, source):
                at = int(first[block]) + number * PIECE
                running.append(remote.remote(blocks[block], shared, (block, number), at))
                if len(running) >= ahead:
                    yield self._got(running.popleft())
            while running:
                yield self._got(running.popleft())
        finally:
            for each in running:
                ray.cancel(each)

    def _kept(self) -> tuple[Any, ...]:
        """The blocks, in the object store; the data set runs if it has not."""
        if self._blocks is None:
            ray = library("ray")
            own = ray.data.Dataset.copy(self.dataset, _deep_copy=True)  # whose settings are not the person's
            own.context.execution_options.preserve_order = True
            expected = list(self._expected or self.columns)
            with on_workers(self.name):
                self._blocks = tuple(own.select_columns(expected).to_arrow_refs())
            sizes = ray.remote(_size)
            self._sizes = [self._got(each) for each in [sizes.remote(block) for block in self._blocks]]
        return self._blocks

    def _pieces(self, block: int) -> Iterator[tuple[int, int]]:
        return ((block, number) for number in range(-(-self._sizes[block] // PIECE)))

    def _got(self, reference: Any) -> Any:
        with on_workers(self.name):
            return library("ray").get(reference)


class on_workers:
    """A scope in which what fails on a worker is what it would be in this process.

    Args:
        name: How a diagnostic names the rows.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        ray = library("ray")
        if not isinstance(error, ray.exceptions.RayError):
            return
        cause = getattr(error, "cause", None)
        if isinstance(cause, DofxError):
            raise cause from None
        told = [line.strip() for line in str(error).splitlines() if line.strip()]
        if any(WITHOUT in line for line in told):
            raise without_dofx() from None
        reasons = [line for line in told if FAILED.match(line)] or told
        raise unreadable(self.name, "rows", reasons[0]) from error


# ── on the workers ───────────────────────────────────────────────────────────────────────────────────────


def _size(block: Any) -> int:
    return int(block.num_rows)


def _found(block: Any, shared: Any, key: tuple[int, int], first: int) -> Any:
    import pyarrow as pa
    import torch

    torch.set_num_threads(1)
    columns, call = shared
    rows = block.slice(key[1] * PIECE, PIECE)
    return call(Piece(key, first, pa.table({name: _plain(rows.column(name)) for name in columns})))


def _plain(column: Any) -> Any:
    """A column in a type of Arrow's own: arrays of numbers have one of Ray's."""
    import pyarrow as pa

    kind = column.type
    if not isinstance(kind, pa.BaseExtensionType) or not kind.extension_name.startswith(TENSORS):
        return column
    arrays = [chunk.to_numpy_ndarray() for chunk in column.chunks]
    return pa.FixedShapeTensorArray.from_numpy_ndarray(np.ascontiguousarray(np.concatenate(arrays)))
