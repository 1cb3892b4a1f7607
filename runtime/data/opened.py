"""A source of rows that is opened, read and encoded once, however many steps take its columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ...grammar.checks.names import Scope
from ..variables import VariableType
from .reading import MadeTable, Table, open_table


@dataclass(frozen=True, slots=True)
class Encoded:
    """A column that was read.

    Args:
        type: Its type.
        inferred: Whether the type was inferred from its values.
        tensor: Encoded values, ``(rows, *event)``.
        checked: Whether float32 keeps its values distinct.
        shown: Which rows show a value, bool ``(rows,)``; None for all.
    """

    type: VariableType
    inferred: bool
    tensor: Tensor
    checked: bool
    shown: Tensor | None = None

    def serves(self, declared: VariableType | None, learned: bool, holes: bool = False) -> bool:
        """Whether reading the column again, with that type or none, would give the same."""
        same = self.inferred if declared is None else declared == self.type
        return same and (self.checked or not learned) and (holes or self.shown is None)


class Opened:
    """A source of rows for one run of several steps, in which its rows stay what they are.

    Args:
        source: What `read_data` reads.

    Attributes:
        encoded: Columns that were read, by name.
        made: Whether its rows are made of those of other tables.

    Raises:
        DofxError: As `open_table`.
    """

    def __init__(self, source: Any) -> None:
        self._table: Table = open_table(source)
        self.name, self.columns = self._table.name, tuple(self._table.columns)
        self.left_out = self._table.left_out
        self.made = isinstance(self._table, MadeTable)
        self.encoded: dict[str, Encoded] = {}
        self._raw: dict[str, Any] = {}
        self._expected: tuple[str, ...] = ()

    @staticmethod
    def of(source: Any) -> Opened:
        """The source, opened unless it is."""
        return source if isinstance(source, Opened) else Opened(source)

    def expect(self, variables: Iterable[str]) -> None:
        """Have the next reading take the columns of these variables along, where there are any."""
        scope = Scope(list(self.columns))
        found = (scope.resolve(variable) for variable in variables)
        self._expected = tuple(dict.fromkeys(column for column in found if column is not None))

    def read(self, columns: Sequence[str]) -> dict[str, Any]:
        """The raw values of some columns."""
        if not set(columns) <= self._raw.keys():
            along = [name for name in self._expected if name not in self.encoded]
            self._raw |= self._table.read(list(dict.fromkeys((*columns, *along))))
        return {name: self._raw[name] for name in columns}

    def keep(self, column: str, encoded: Encoded) -> None:
        """Keep an encoded column, in place of its raw values."""
        self.encoded[column] = encoded
        self._raw.pop(column, None)
