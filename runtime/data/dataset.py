"""Data sets: the rows a program is fitted on, encoded as tensors and checked on the way in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import torch
from torch import Tensor

from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError, warn
from ..variables import (
    Labels,
    VariableType,
    as_column,
    as_stored,
    encode,
    fault,
    infer_type,
    is_single,
    parse_type,
    require_float32,
)
from .opened import Encoded, Opened
from .reading import match_columns, open_table
from .suspects import suspects

MISSING_HELP = ("drop those rows or fill them in first: dofx takes every row as fully observed",)


@dataclass(frozen=True, slots=True)
class Dataset:
    """Encoded rows of named variables.

    Args:
        tensors: Encoded values of each variable, ``(rows, *event)``, in the order asked for.
        types: The type of each.
        weights: How much each row counts, float64 ``(rows,)``; None counts all alike.
    """

    tensors: Mapping[str, Tensor]
    types: Mapping[str, VariableType]
    weights: Tensor | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The variables, in the order asked for."""
        return tuple(self.tensors)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return next((len(t) for t in self.tensors.values()), 0)

    @property
    def fingerprint(self) -> str:
        """A hash of names, types and values: equal fingerprints mean equal data. Computed when asked for."""
        digest = blake2b(digest_size=16)
        for name, tensor in self.tensors.items():
            digest.update(f"{name}\0{self.types[name]}\0{tuple(tensor.shape)}\0".encode())
            digest.update(tensor.detach().cpu().contiguous().numpy().data)
        if self.weights is not None:
            digest.update(b"weights\0")
            digest.update(self.weights.cpu().contiguous().numpy().data)
        return digest.hexdigest()

    def take(self, index: Tensor) -> Dataset:
        """The rows of that index, in its order."""
        weights = None if self.weights is None else self.weights[index]
        return Dataset({name: tensor[index] for name, tensor in self.tensors.items()}, self.types, weights)

    def __getitem__(self, name: str) -> Tensor:
        return self.tensors[name]

    def __len__(self) -> int:
        return self.rows


@torch.inference_mode(False)
def read_data(
    source: Any,
    variables: Sequence[str],
    types: Mapping[str, VariableType | str] | None = None,
    *,
    learned: bool = False,
) -> Dataset:
    """The rows of some variables, encoded. Other columns are not read; `extra_columns` lists them.

    Args:
        source: A pandas, polars or pyarrow frame, a mapping of names to arrays, tensors or lists, or a path
            to a CSV, Parquet, Arrow or .npz file, or to a folder of Parquet files; or one of these that is
            `Opened`, whose columns are then read once.
        variables: What to read. Columns match by exact name, else by the only name that differs in case.
        types: Declared types; what is left out is inferred from the values.
        learned: Whether the rows are to be learned from: then float32 must hold what tells them apart, and what was
            probably not meant sets off warnings.

    Raises:
        DofxError: every fault found: E0501 to E0503 for the source, E0504 and E0505 for its columns, E0506
            for no rows, E0507 for columns of unequal lengths, E0402 to E0408 for values.

    >>> data = read_data({"x": [0, 1, 1], "age": [31.5, 40.2, 28.9], "id": [7, 8, 9]}, ["age", "x"])
    >>> data.names, str(data.types["x"]), data["x"]
    (('age', 'x'), 'category(2)', tensor([0, 1, 1]))
    """
    declared = {name: parse_type(type) for name, type in (types or {}).items()}
    table = source if isinstance(source, Opened) else open_table(source)
    kept = table.encoded if isinstance(table, Opened) else {}
    matched = match_columns(table, variables)
    ready = {
        name: kept[column]
        for name, column in matched.items()
        if column in kept and kept[column].serves(declared.get(name), learned)
    }
    raw = table.read(list(dict.fromkeys(column for name, column in matched.items() if name not in ready)))
    faults: list[Diagnostic] = []
    suspicious: list[Diagnostic] = []
    tensors: dict[str, Tensor] = {}
    found: dict[str, VariableType] = {}
    for name, column in matched.items():
        if name in ready:
            found[name], tensors[name] = ready[name].type, ready[name].tensor
            continue
        try:
            what = f"column `{column}`"
            _refuse_single(raw[column], what)
            values = as_column(raw[column], what, MISSING_HELP)
            if len(values.codes if isinstance(values, Labels) else values) == 0:
                raise fault("E0506", f"{table.name} has no rows")
            type = declared.get(name)
            found[name] = as_stored(type, values) if type else infer_type(values, what=what)
            tensors[name] = encode(found[name], values, what=what)
            if learned and type is None:
                suspicious += suspects(values, found[name], what)
            if learned and not isinstance(values, Labels) and tensors[name].dtype is torch.float32:
                require_float32(values, tensors[name], what)
            if isinstance(table, Opened):
                table.keep(column, Encoded(found[name], type is None, tensors[name], learned))
        except DofxError as error:
            faults += error.diagnostics
    if faults:
        raise DofxError(dict.fromkeys(faults))
    _check_lengths(tensors)
    for suspect in suspicious:
        warn(suspect)
    return Dataset(tensors, found)


def extra_columns(source: Any, variables: Sequence[str]) -> tuple[str, ...]:
    """The columns of a source that belong to none of the variables, and so are left unread."""
    table = source if isinstance(source, Opened) else open_table(source)
    used = set(match_columns(table, variables).values())
    return tuple(name for name in table.columns if name not in used)


def _refuse_single(values: Any, what: str) -> None:
    if is_single(values, what):
        kind = type(values).__name__
        hint = "give an array or a list with a value for each row"
        raise fault("E0404", f"{what} is a single `{kind}`, not values by row", help=(hint,))


def _check_lengths(tensors: Mapping[str, Tensor]) -> None:
    lengths = {name: len(tensor) for name, tensor in tensors.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"`{name}` has {length:,}" for name, length in lengths.items())
        raise fault("E0507", "columns have unequal numbers of rows", notes=(listed,))
