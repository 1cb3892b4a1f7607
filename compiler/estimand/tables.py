"""The tables that an estimand is evaluated on: one for each data set, all agreeing on what a variable's entries are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set

import numpy as np

from ...grammar.syntax.program import Value
from ..graph.holes import NO_HOLES, Indicators
from ..model.data import OBSERVED, DataSet
from ..model.rows import SomeRows, rows_of
from .contraction import Array, Operand
from .errors import in_no_table, no_table, states_differ, table_lacks
from .masked import Masked
from .table import Table, in_order


class Tables:
    """Tables by the names of their data sets. A table alone is the observational one's.

    The axes of a table are what its data set measures and what it sets: of those, a distribution for each setting.
    It does not matter how often each setting stands in it.

    Args:
        given: The tables.
        data: The data sets that an estimand reads. Tables of others are ignored.
        holes: The indicators of holes, each with its columns. The last entry of such a column stands for its hole; no
            variable has it among its states.

    Raises:
        DofxError: E1002 where a data set has no table, where two tables differ in the states of a variable, or where
            a table holds what is not a probability.
    """

    def __init__(
        self, given: Table | Mapping[str, Table], data: Sequence[DataSet], holes: Indicators = NO_HOLES
    ) -> None:
        tables = {OBSERVED.name: given} if isinstance(given, Table) else given
        missing = [each.name for each in data if each.name not in tables]
        if missing:
            raise no_table(missing, data)
        self.data = tuple(data)
        self.states: dict[str, Sequence[Value]] = {}
        self.sizes: dict[str, int] = {}
        self._tables: dict[str, Table] = {}
        for name in (each.name for each in data):
            self._tables[name] = self._agreeing(name, tables[name], holes.of(name).columns)
        for name, table in tables.items():  # of the others only the number of states may matter
            for variable, size in table.sizes.items():
                self.sizes.setdefault(variable, size - (variable in holes.of(name).columns))
        self._masked = {name: Masked(table, holes.of(name)) for name, table in self._tables.items()}

    def _agreeing(self, name: str, table: Table, partial: Set[str]) -> Table:
        """A table whose entries stand in the same order as in the tables before it, holes last."""
        for variable, entries in table.sizes.items():
            holes = int(variable in partial)
            size, states = entries - holes, table.states.get(variable, ())[: entries - holes]
            known = self.states.get(variable)
            arranged = in_order(table, variable, known, holes) if states and known else table
            if arranged is None or self.sizes.get(variable, size) != size:
                raise states_differ(name, variable)
            table = arranged
            self.sizes[variable] = size
            if states:
                self.states.setdefault(variable, states)
        return table

    def entry(self, variable: str, value: Value) -> int:
        """The place of a value among the states of a variable.

        Raises:
            DofxError: E1002 if there is none.
        """
        states = {variable: self.states[variable]} if variable in self.states else None
        return Table([variable], np.zeros(self.sizes[variable]), states).entry(variable, value)

    def marginal(self, source: DataSet | SomeRows, names: tuple[str, ...], *, made_up: bool = False) -> Array:
        """What a data set or some of its rows say of some variables jointly; what it set is mixed as in its table.

        Args:
            source: The data set, or its rows.
            names: The variables, an axis for each.
            made_up: As for `Masked.marginal`.

        Raises:
            DofxError: E1002 where its table has no axis for one of them.
        """
        table, rows = self._tables[source.name], rows_of(source)
        lacking = [name for name in (*names, *rows.shows) if name not in table.names]
        if lacking:
            whose = "joint table" if source.name == OBSERVED.name else f"table of {source.name}"
            raise table_lacks(whose, lacking)
        return self._masked[source.name].marginal(names, rows, made_up=made_up)

    def law(self, names: Iterable[str], prefer: Iterable[DataSet] = ()) -> list[Operand]:
        """A distribution of variables that the answer does not depend on: of one data set where one has them all.

        Raises:
            DofxError: E1002 where a variable is in no table.
        """
        names, first = tuple(names), tuple(prefer)
        order = (*first, *(each for each in self.data if each not in first))
        whole = next((each for each in order if set(names) <= set(self._tables[each.name].names)), None)
        if whole is not None:
            return [(self._law(whole, names), tuple((name, 0) for name in names))] if names else []
        found: list[Operand] = []
        for name in names:
            home = next((each for each in order if name in self._tables[each.name].names), None)
            if home is None:
                raise in_no_table(name)
            found.append((self._law(home, (name,)), ((name, 0),)))
        return found

    def _law(self, data: DataSet, names: tuple[str, ...]) -> Array:
        array = self.marginal(data, names)
        if data == OBSERVED and not self._masked[data.name].columns:
            return array
        scaled: Array = array / array.sum() if array.any() else np.full(array.shape, 1 / array.size)
        return scaled
