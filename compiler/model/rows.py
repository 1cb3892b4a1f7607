"""Some rows of a data set as a source of conditionals: what they must show, and how much each counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from ...grammar.holes import columns_of
from ..graph.holes import Indicators
from .data import DataSet


@dataclass(frozen=True, slots=True)
class Inverse:
    """The weight ``1 / P(node | given)``: of a row that shows an indicator's columns, or of a variable's value.

    Args:
        node: An indicator, which is 1 where its columns are shown; or a variable.
        given: What its probability depends on: columns, and indicators of other columns.
        rows: The rows that the probability is computed from.
    """

    node: str
    given: tuple[str, ...] = ()
    rows: Rows | None = None

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns and indicators that it is computed from."""
        return (self.node, *self.given)

    @property
    def indicators_read(self) -> tuple[str, ...]:
        """The indicators that it is computed from."""
        return tuple(name for name in self.reads if columns_of(name))

    @property
    def learnt(self) -> int:
        """How many chances have to be learnt for it."""
        return 1

    @property
    def among(self) -> Rows:
        """The rows that it is computed from."""
        return self.rows or EVERY_ROW


@dataclass(frozen=True, slots=True)
class Odds:
    """The weight of a complete row that stands for the rows like it with holes: a sum of products of odds ratios.

    Args:
        columns: What a complete row shows.
        indicators: The indicators of those of the columns that have holes.
        beside: Indicators of other columns whose value the odds depend on.

    References:
        Chen (2007), "A semiparametric odds ratio model for measuring association". Nabi, Bhattacharya, Shpitser
        (2020), "Full law identification in graphical models of missing data".
    """

    columns: tuple[str, ...]
    indicators: tuple[str, ...]
    beside: tuple[str, ...] = ()

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns and indicators that it is computed from."""
        return (*self.columns, *self.indicators, *self.beside)

    @property
    def indicators_read(self) -> tuple[str, ...]:
        """The indicators that it is computed from."""
        return (*self.indicators, *self.beside)

    @property
    def learnt(self) -> int:
        """How many odds have to be learnt for it: those of each set of columns that may be missing together."""
        return (1 << len(self.indicators)) - 1

    @property
    def among(self) -> Rows:
        """The rows that it is computed from."""
        return EVERY_ROW


Weight: TypeAlias = Inverse | Odds


@dataclass(frozen=True, slots=True)
class Rows:
    """Which rows a conditional is computed from.

    Args:
        shows: The columns with holes that a row must show.
        weights: What a row counts: the product of these; 1 where there are none.
    """

    shows: tuple[str, ...] = ()
    weights: tuple[Weight, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.shows or self.weights)


EVERY_ROW = Rows()
"""All rows, each as one."""


@dataclass(frozen=True, slots=True)
class SomeRows:
    """Some rows of a data set, each with a weight, in place of the data set. Built by `rows_from`.

    It is a source like any other, of an estimand's conditionals and of a network's draws. What is equal reads the same
    rows with the same weights, so nothing that joins, shares or reorders conditionals needs to know about holes.

    Args:
        data: The data set.
        rows: Which of its rows are read; never all of them, each as one.
    """

    data: DataSet
    rows: Rows

    @property
    def name(self) -> str:
        """The name of the data set."""
        return self.data.name


def rows_from(data: DataSet, rows: Rows) -> DataSet | SomeRows:
    """Some rows of a data set as a source, in normal form: all of them, each as one, are the data set itself.

    >>> rows_from(DataSet("trial"), EVERY_ROW) == DataSet("trial")
    True
    """
    return SomeRows(data, rows) if rows else data


def data_of(source: object) -> DataSet | None:
    """The data set whose rows a source consists of; None for a source that is made or given.

    >>> data_of(rows_from(DataSet("trial"), Rows(("y",)))) == DataSet("trial")
    True
    """
    match source:
        case DataSet():
            return source
        case SomeRows(data):
            return data
        case _:
            return None


def rows_of(source: object) -> Rows:
    """Which rows of its data set a source consists of."""
    match source:
        case SomeRows(rows=rows):
            return rows
        case _:
            return EVERY_ROW


def columns_weighed(rows: Rows, holes: Indicators) -> tuple[str, ...]:
    """The columns that the weights of some rows read, those whose holes they look at included.

    >>> columns_weighed(Rows(("x",), (Inverse("missing(x)", ("z",)),)), Indicators({"missing(x)": ("x",)}))
    ('x', 'z')
    """
    found: dict[str, None] = {}
    for weight in rows.weights:
        for name in (*weight.reads, *weight.among.shows, *columns_weighed(weight.among, holes)):
            found.update(dict.fromkeys(holes.get(name, (name,))))
    return tuple(found)


def indicators_read(rows: Rows) -> set[str]:
    """The names of the indicators that the weights of some rows read."""
    found: set[str] = set()
    for weight in rows.weights:
        found |= {*weight.indicators_read, *indicators_read(weight.among)}
    return found


def weights_behind(rows: Rows) -> tuple[Weight, ...]:
    """The weights of some rows, and the weights of the rows from which these are learnt.

    >>> first = Inverse("missing(x)", ("z",))
    >>> rows = Rows(("y",), (Inverse("missing(y)", ("x",), Rows(("x",), (first,))),))
    >>> [weight.node for weight in weights_behind(rows)]
    ['missing(y)', 'missing(x)']
    """
    found = dict.fromkeys(rows.weights)
    for weight in rows.weights:
        found |= dict.fromkeys(weights_behind(weight.among))
    return tuple(found)
