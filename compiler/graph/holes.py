"""Indicators of holes: the nodes ``missing(v)`` of a graph, and the columns that each decides about."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import TYPE_CHECKING

from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.errors import hole_as_cause, holes_apart, two_indicators
from ...grammar.holes import columns_of, decides_in, listed_in, share_rows
from .varset import bits

if TYPE_CHECKING:
    from .admg import ADMG

_START = "missing("


def holes_among(names: Iterable[str], known: Container[str]) -> dict[str, tuple[str, ...]]:
    """The indicators among some names of nodes, each with those of its columns that are known.

    >>> holes_among(["a", "missing(a, b)"], {"a": 0})
    {'missing(a, b)': ('a',)}
    """
    found: dict[str, tuple[str, ...]] = {}
    for name in names:
        columns = columns_of(name) if name.startswith(_START) else ()
        if columns:
            whole, _ = listed_in(name)
            found[name] = (whole,) if whole in known else tuple(each for each in columns if each in known)
    return found


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
    others = graph.order.mask(name for name in graph.holes if not decides_in(name, data_set))
    return graph.subgraph(graph.all & ~others) if others else graph
