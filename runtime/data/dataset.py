"""Data sets: the rows a program is fitted on, encoded as tensors and checked on the way in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import torch
from torch import Tensor

from ...compiler.network.ir import Fit, SamplingNetwork
from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError, warn
from ...grammar.syntax.query import Value
from ..variables import VariableType, parse_type
from .column_reader import ColumnReader
from .design import ALIKE, Design
from .errors import holes_where_all_rows_count, no_row_shows, unequal_lengths
from .opened import Encoded, Opened
from .reading import match_columns, open_table


@dataclass(frozen=True, slots=True)
class Partial:
    """A column with holes.

    Args:
        values: Encoded values, ``(rows, *event)``; where a row has a hole, they mean nothing.
        shown: Which rows show a value, bool ``(rows,)``.
    """

    values: Tensor
    shown: Tensor


@dataclass(frozen=True, slots=True)
class Dataset:
    """Encoded rows of named variables.

    A column with holes cannot be read as it is: `showing` takes the rows that show it, in which it has no holes.

    Args:
        tensors: Encoded values of each variable without holes, ``(rows, *event)``, in the order asked for.
        types: The type of each.
        partial: The columns with holes.
        design: How the rows count.
    """

    tensors: Mapping[str, Tensor]
    types: Mapping[str, VariableType]
    partial: Mapping[str, Partial] = field(default_factory=dict[str, Partial])
    design: Design = ALIKE

    @property
    def names(self) -> tuple[str, ...]:
        """The variables, those without holes first, in the order asked for."""
        return (*self.tensors, *self.partial)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        columns = (*self.tensors.values(), *(column.shown for column in self.partial.values()))
        return next((len(column) for column in columns), 0)

    def shown(self, names: Iterable[str]) -> Tensor | None:
        """Which rows show all of some columns, bool ``(rows,)``; None where every row does."""
        masks = [self.partial[name].shown for name in dict.fromkeys(names) if name in self.partial]
        return torch.stack(masks).all(0) if masks else None

    def showing(self, names: Iterable[str], read: Iterable[str]) -> Dataset:
        """Some columns of the rows that show all of some others, and of these rows no others.

        Args:
            names: The columns that a row must show.
            read: The columns to take; those with holes must be among `names`.

        Raises:
            DofxError: E0517 if no row shows them all.
        """
        names = tuple(names)
        shown, read = self.shown(names), dict.fromkeys(read)
        if shown is None:
            return Dataset({name: self[name] for name in read}, self.types, design=self.design)
        if not shown.any():
            raise no_row_shows(names)
        known = {name: self.partial[name].values for name in names if name in self.partial}
        tensors = {name: known[name] if name in known else self[name] for name in read}
        return Dataset(tensors, self.types, design=self.design).take(shown)

    def part(self, name: str) -> Dataset:
        """The rows of a data set by its name, as `Collection.part`: there is one."""
        return self

    def of(self, network: SamplingNetwork, fit: Fit) -> Dataset:
        """The rows that train a generator: those that show what it reads; where no column has a hole, all as they are.

        Args:
            network: The network.
            fit: The fit of the generator.

        Raises:
            DofxError: E0517 if there are none.
        """
        if not self.partial:
            return self
        names = shows_of(network, fit)
        return self.showing(names, fit.variables if fit.interim is None else names)

    @property
    def fingerprint(self) -> str:
        """A hash of names, types and values: equal fingerprints mean equal data. Computed when asked for."""
        digest = blake2b(digest_size=16)
        tensors = dict(self.tensors)
        for name, column in self.partial.items():
            tensors |= {name: column.values, f"{name} shown": column.shown}
        for name, tensor in tensors.items():
            digest.update(f"{name}\0{self.types.get(name)}\0{tuple(tensor.shape)}\0".encode())
            digest.update(tensor.detach().cpu().contiguous().numpy().data)
        for part in self.design.content:
            digest.update(part)
        return digest.hexdigest()

    def take(self, index: Tensor) -> Dataset:
        """Some of the rows, with their design.

        Args:
            index: Their numbers, int64, in the order of the rows to come; or which they are, bool ``(rows,)``.
        """
        tensors = {name: tensor[index] for name, tensor in self.tensors.items()}
        partial = {
            n: Partial(column.values[index], column.shown[index]) for n, column in self.partial.items()
        }
        return Dataset(tensors, self.types, partial, self.design.take(index))

    @property
    def counted(self) -> Dataset:
        """The rows that have a weight above 0."""
        counting = self.design.counting
        return self if counting is None else self.take(counting)

    def __getitem__(self, name: str) -> Tensor:
        if name in self.partial:
            raise holes_where_all_rows_count(name, int((~self.partial[name].shown).sum()))
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
    holes: bool = False,
    codes: Sequence[Value] = (),
) -> Dataset:
    """The rows of some variables, encoded. Other columns are not read; `extra_columns` lists them.

    Args:
        source: A pandas, polars or pyarrow frame, a mapping of names to arrays, tensors or lists, or a path
            to a CSV, Parquet, Arrow or .npz file, or to a folder of Parquet files; or one of these that is
            `Opened`, whose columns are then read once.
        variables: What to read. Columns match by exact name, else by the only name that differs in case
            or in blanks around it.
        types: Declared types; what is left out is inferred from the values.
        learned: Whether the rows are to be learned from: then float32 must hold what tells them apart, and what was
            probably not meant sets off warnings.
        holes: Whether columns may have holes; else the first is an error.
        codes: Values that stand for a hole.

    Raises:
        DofxError: every fault found: E0501 to E0503 for the source, E0504 and E0505 for its columns, E0506
            for no rows, E0507 for columns of unequal lengths, E0516 for a column without any value, E0402 to E0408
            for values.

    >>> data = read_data({"x": [0, 1, 1], "age": [31.5, 40.2, 28.9], "id": [7, 8, 9]}, ["age", "x"])
    >>> data.names, str(data.types["x"]), data["x"]
    (('age', 'x'), 'category(2)', tensor([0, 1, 1]))
    """
    declared = {name: parse_type(type) for name, type in (types or {}).items()}
    table = source if isinstance(source, Opened) else open_table(source)
    kept = table.encoded if isinstance(table, Opened) else {}
    matched = match_columns(table, variables)
    columns = {
        name: kept[column]
        for name, column in matched.items()
        if column in kept and kept[column].serves(declared.get(name), learned, holes)
    }
    new = {name: column for name, column in matched.items() if name not in columns}
    raw = table.read(list(dict.fromkeys(new.values())))
    reader = ColumnReader(table.name, learned, holes, tuple(codes))
    faults: list[Diagnostic] = []
    for name, column in new.items():
        try:
            columns[name] = reader.read(raw[column], f"column `{column}`", declared.get(name))
            if isinstance(table, Opened):
                table.keep(column, columns[name])
        except DofxError as error:
            faults += error.diagnostics
    if faults:
        raise DofxError(dict.fromkeys(faults))
    _check_lengths({name: columns[name].tensor for name in matched})
    for suspect in reader.suspicious:
        warn(suspect)
    return _dataset({name: columns[name] for name in matched})


def _dataset(columns: Mapping[str, Encoded]) -> Dataset:
    whole = {name: column.tensor for name, column in columns.items() if column.shown is None}
    partial = {
        name: Partial(column.tensor, column.shown)
        for name, column in columns.items()
        if column.shown is not None
    }
    return Dataset(whole, {name: column.type for name, column in columns.items()}, partial)


def extra_columns(source: Any, variables: Sequence[str]) -> tuple[str, ...]:
    """The columns of a source that belong to none of the variables, and so are left unread."""
    table = source if isinstance(source, Opened) else open_table(source)
    if isinstance(table, Opened) and table.made:
        return ()  # a column stands there once for each time
    used = set(match_columns(table, variables).values())
    return tuple(name for name in table.columns if name not in used)


def _check_lengths(tensors: Mapping[str, Tensor]) -> None:
    lengths = {name: len(tensor) for name, tensor in tensors.items()}
    if len(set(lengths.values())) > 1:
        raise unequal_lengths(lengths)


def shows_of(network: SamplingNetwork, fit: Fit) -> tuple[str, ...]:
    """The columns that a row must show to train a generator.

    For a generator that trains on an interim stage, these are rows for the inputs of the stage; where it has none,
    only their number counts.

    Args:
        network: The network.
        fit: The fit of the generator.
    """
    if fit.interim is None:
        return tuple(dict.fromkeys((*fit.rows.shows, *fit.variables)))
    return network.stage(fit.interim).input_variables or fit.targets
