"""Tables of finite variables: arrays whose axes have names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import islice, product
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...grammar.edge.arguments import public
from ...grammar.edge.libraries import library
from ...grammar.formatting.program import format_value
from ...grammar.syntax.program import Value
from ..drawing.grid import Grid
from .errors import (
    named_twice,
    no_array,
    no_entry,
    not_one_name_an_axis,
    not_over,
    other_states,
    state_twice,
)

if TYPE_CHECKING:
    import pandas

_SHOWN = 16
"""Most rows of a table that are shown."""


class Table:
    """Probabilities (or any numbers) of finite variables, with one axis per name.

    Args:
        names: The variable of each axis.
        array: The numbers; ``array.ndim == len(names)``.
        states: What the entries of an axis stand for, by variable, as far as that is known; else 0, 1, ….

    Raises:
        DofxError: E1002 if a name stands twice, if there are more or fewer names than axes, more or fewer states than
            entries, or for what is not numbers.

    >>> Table(["x"], [0.25, 0.75], {"x": (False, True)})
    x      value
    false   0.25
    true    0.75
    >>> table = Table(["x", "y"], [[0.1, 0.2], [0.3, 0.4]])
    >>> float(table.array(["y", "x"])[1, 0])
    0.2
    """

    __slots__ = ("_array", "names", "states")

    @public("array")
    def __init__(
        self, names: Iterable[str], array: ArrayLike, states: Mapping[str, Sequence[Value]] | None = None
    ) -> None:
        self.names = tuple(names)
        self._array: NDArray[np.float64] = _numbers(array)
        if len(set(self.names)) < len(self.names):
            raise named_twice(self.names)
        if self._array.ndim != len(self.names):
            raise not_one_name_an_axis(self.names, self._array.ndim)
        self.states = {name: _listed(states[name]) for name in self.names if states and name in states}
        for name, size in self.sizes.items():
            known: Sequence[Value] = self.states.get(name, tuple(range(size)))
            if len(known) != size:
                raise other_states(name, len(known), size)
            if len(distinct := set(known)) < size:
                raise state_twice(name, next(each for each in distinct if known.count(each) > 1))

    @property
    def sizes(self) -> dict[str, int]:
        """The number of states of each variable."""
        return dict(zip(self.names, self._array.shape, strict=True))

    @public()
    def array(self, order: Sequence[str] | None = None) -> NDArray[np.float64]:
        """The numbers, with one axis for each name of `order`."""
        if order is None:
            return self._array
        if set(order) != set(self.names) or len(order) != len(self.names):
            raise not_over(self.names, order)
        return self._array.transpose([self.names.index(name) for name in order])

    @public()
    def marginal(self, names: Sequence[str]) -> Table:
        """The table with every other variable summed out, its axes in the order of `names`."""
        if strange := [name for name in names if name not in self.names]:
            raise not_over(self.names, strange)
        others = tuple(i for i, name in enumerate(self.names) if name not in names)
        kept = [name for name in self.names if name in names]
        return Table(names, Table(kept, self._array.sum(axis=others)).array(names), self.states)

    @public()
    def at(self, values: Mapping[str, Value]) -> Table:
        """The entries at some values, whose axes are gone.

        A label is looked up among the states of its axis. Without states an integer k is entry k, and false and
        true are entries 0 and 1.

        Raises:
            DofxError: E1002 if an axis has no such entry.

        >>> Table(["x", "y"], [[0.1, 0.2], [0.3, 0.4]]).at({"x": 1}).array()
        array([0.3, 0.4])
        """
        entries = {name: self.entry(name, value) for name, value in values.items() if name in self.names}
        array = self._array[tuple(entries.get(name, slice(None)) for name in self.names)]
        return Table([name for name in self.names if name not in entries], array, self.states)

    @public()
    def entry(self, name: str, value: Value) -> int:
        """The place of a value on an axis: see `at`.

        Raises:
            DofxError: E1002 if there is no such axis, or if it has no such entry.

        >>> Table(["x"], [0.25, 0.75], {"x": ("a", "b")}).entry("x", "b")
        1
        """
        if name not in self.names:
            raise not_over(self.names, [name])
        states, size = self.states.get(name, ()), self.sizes[name]
        if value in states:
            return states.index(value)
        if isinstance(value, int) and 0 <= value < size:
            return int(value)
        known = ", ".join(map(format_value, states)) if states else f"entries 0 to {size - 1}"
        raise no_entry(name, value, known)

    def to_pandas(self) -> pandas.DataFrame:
        """A row for each entry: a column for each variable, and ``value``.

        Raises:
            DofxError: E0429 where pandas is not installed.
        """
        columns = list(zip(*product(*self._labels()), strict=True)) if self.names else []
        shown = dict(zip(self.names, columns, strict=True))
        made: pandas.DataFrame = library("pandas").DataFrame({**shown, "value": self._array.ravel()})
        return made

    def _labels(self) -> list[Sequence[Value]]:
        """What the entries of each axis stand for."""
        return [self.states.get(name, range(size)) for name, size in self.sizes.items()]

    def _rows(self) -> Iterator[tuple[str, ...]]:
        """The first entries as text, each under its states."""
        numbers = self._array.ravel()
        for labels, number in islice(zip(product(*self._labels()), numbers, strict=True), _SHOWN):
            yield (*map(_plain, labels), f"{number:.6g}")

    @property
    def _more(self) -> str:
        return f"… and {self._array.size - _SHOWN:,} more" if self._array.size > _SHOWN else ""

    def __repr__(self) -> str:
        grid = str(Grid((*self.names, "value"), tuple(self._rows()), "l" * len(self.names) + "r"))
        return f"{grid}\n{self._more}" if self._more else grid

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(name)}</th>" for name in (*self.names, "value"))
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in self._rows()
        )
        caption = f"<caption>{self._more}</caption>" if self._more else ""
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def in_order(table: Table, name: str, states: Sequence[Value], last: int = 0) -> Table | None:
    """The table with the entries of an axis in the order of some states; None if the axis has others.

    Args:
        table: The table. Where it does not say what the entries of the axis stand for, they stand for these states.
        name: The axis.
        states: The states, in order.
        last: How many entries at the end of the axis are no states, and stay there.

    >>> table = Table(["x"], [0.25, 0.75], {"x": ("no", "yes")})
    >>> in_order(table, "x", ("yes", "no"))
    x    value
    yes   0.75
    no    0.25
    >>> in_order(table, "x", ("yes", "maybe")) is None
    True
    """
    size = table.sizes[name] - last
    own = table.states.get(name, tuple(states))
    found, rest = own[:size], own[size:]
    if len(states) != size or set(found) != set(states):
        return None
    array, axis = table.array(), table.names.index(name)
    if found != tuple(states):
        places = [found.index(state) for state in states]
        array = array.take([*places, *range(size, size + last)], axis)
    known = {name: (*states, *rest)} if len(rest) == last else {}
    return Table(table.names, array, {**table.states, **known})


def _listed(states: Iterable[Value]) -> tuple[Value, ...]:
    """States as Python's own values, where NumPy has numbers of its own."""
    return tuple(state.item() if isinstance(state, np.generic) else state for state in states)


def _plain(state: Value) -> str:
    """A state as a program would have it, strings bare."""
    return state if isinstance(state, str) else format_value(state)


def _numbers(array: ArrayLike) -> NDArray[np.float64]:
    try:
        return np.asarray(array, dtype=np.float64)
    except Exception as error:  # whatever an object of somebody else's raises on its way to NumPy
        raise no_array(array) from error
