"""Indicators of holes: the nodes ``missing(v)`` of a graph, the columns that each decides about, and in which rows."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING

from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.errors import hole_as_cause, holes_apart, two_indicators
from ...grammar.holes import columns_of, listed_in, share_rows
from .varset import bits

if TYPE_CHECKING:
    from .admg import ADMG

_START = "missing("


class Indicators(Mapping[str, tuple[str, ...]]):
    """The indicators of a graph by name, each with the columns that it decides about.

    An indicator is about the rows of all data sets, or of one. `of` is the one place that knows which: whoever reads
    rows takes the indicators of their data set, and sees no others.

    Args:
        columns: The columns of each indicator, as far as they are known.

    >>> holes = Indicators({"missing(x) in trial": ("x",), "missing(y)": ("y",)})
    >>> sorted(holes.columns), sorted(holes.of("survey").columns)
    (['x', 'y'], ['y'])
    """

    __slots__ = ("_columns",)

    def __init__(self, columns: Mapping[str, tuple[str, ...]] | Iterable[tuple[str, tuple[str, ...]]] = ()):
        self._columns = dict(columns)

    @classmethod
    def among(cls, names: Iterable[str], known: Container[str]) -> Indicators:
        """The indicators among some names of nodes, each with those of its columns that are known.

        >>> dict(Indicators.among(["a", "missing(a, b)"], {"a": 0}))
        {'missing(a, b)': ('a',)}
        """
        found: dict[str, tuple[str, ...]] = {}
        for name in names:
            columns = columns_of(name) if name.startswith(_START) else ()
            if columns:
                whole, _ = listed_in(name)
                found[name] = (whole,) if whole in known else tuple(each for each in columns if each in known)
        return cls(found)

    @classmethod
    def joined(cls, parts: Iterable[Indicators]) -> Indicators:
        """All indicators of several networks of one graph."""
        found: dict[str, tuple[str, ...]] = {}
        for name, columns in chain.from_iterable(part.items() for part in parts):
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), *columns)))
        return cls(found)

    def __getitem__(self, name: str) -> tuple[str, ...]:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __hash__(self) -> int:
        return hash(frozenset(self._columns.items()))

    def __repr__(self) -> str:
        return f"Indicators({self._columns})"

    def home(self, name: str) -> str | None:
        """The data set in whose rows alone an indicator decides; None for all."""
        return listed_in(name)[1]

    def of(self, data_set: str) -> Indicators:
        """Those that decide what the rows of a data set show."""
        return Indicators({name: own for name, own in self.items() if self.home(name) in (None, data_set)})

    @property
    def columns(self) -> frozenset[str]:
        """The columns that have holes."""
        return frozenset(chain.from_iterable(self.values()))

    def listed(self, name: str) -> tuple[str, ...]:
        """The columns of an indicator; where none is known, the columns that its name lists."""
        return self.get(name) or columns_of(name)


NO_HOLES = Indicators()
"""What complete rows have."""


def with_columns(names: list[str]) -> list[str]:
    """The names, and after them the columns that the indicators among them name for the first time."""
    if not any(name.startswith(_START) for name in names):
        return names
    known = dict.fromkeys(names)
    more = [
        column
        for name in known
        if (columns := columns_of(name)) and listed_in(name)[0] not in known
        for column in columns
    ]
    return [*names, *more]


def refuse_effects_of_holes(graph: ADMG) -> None:
    """Refuse a graph in which a hole has an effect on a variable, or a column has two indicators.

    Raises:
        DofxError: E0220, E0221.
    """
    if not graph.holes:
        return
    faults, seen = [], dict[str, list[str]]()
    for indicator, columns in graph.holes.items():
        position = graph.order.index[indicator]
        faults += [
            hole_as_cause(indicator, graph.nodes[i])
            for i in bits(graph.child_masks[position] & ~graph.indicators)
        ]
        joined = graph.child_masks[position] | graph.sibling_masks[position] & ~((2 << position) - 1)
        faults += [
            holes_apart(indicator, graph.nodes[i])
            for i in bits(joined & graph.indicators)
            if not share_rows(indicator, graph.nodes[i])
        ]
        for column in columns:
            before = seen.setdefault(column, [])
            faults += [
                two_indicators(column, each, indicator) for each in before if share_rows(each, indicator)
            ]
            before.append(indicator)
    if faults:
        raise DofxError(faults)


def with_holes_of(graph: ADMG, data_set: str) -> ADMG:
    """The graph of the rows of one data set: without the indicators that decide about rows of others alone."""
    others = graph.order.mask(graph.holes.keys() - graph.holes.of(data_set).keys())
    return graph.subgraph(graph.all & ~others) if others else graph
