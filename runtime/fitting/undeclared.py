"""Holes that the graph does not explain: what the graph could say, and how each choice would change the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import torch

from ...compiler.driver import identify
from ...compiler.estimand.algebra import Conditional, Estimand, leaves
from ...compiler.graph.admg import ADMG
from ...compiler.graph.holes import Indicators
from ...compiler.model.data import ALONE, DataSet
from ...compiler.model.query import Query
from ...compiler.model.rows import data_of, rows_of
from ...compiler.printers.rows_text import WEIGHTINGS, weighting
from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.holes import indicator_name
from ..data.dataset import Dataset
from .errors import not_missing_together, unexplained_holes


def refuse_undeclared(
    parts: Mapping[str, Dataset],
    holes: Indicators,
    graph: ADMG | None,
    queries: Sequence[Query],
    data: tuple[DataSet, ...] = ALONE,
) -> None:
    """Refuse holes in columns for which the graph has no indicator, or one that does not fit the rows.

    Args:
        parts: The columns that are read of each data set, by its name.
        holes: The indicators of the graph, each with its columns.
        graph: The graph, if it is known.
        queries: What is asked.
        data: The data sets.

    Raises:
        DofxError: E0515, one diagnostic per column, with what the graph could say and the rows that this would use;
            E0519 for columns of one indicator that are not missing together.
    """
    for home, part in parts.items():
        for indicator, columns in holes.of(home).items():
            _refuse_apart(part, indicator, [name for name in columns if name in part.names])
    found: dict[str, str] = {}
    for name, part in parts.items():
        for column in part.partial:
            if column not in holes.of(name).columns:
                found.setdefault(column, name)
    if not found:
        return
    only = next(iter(parts.values())) if len(parts) == 1 else None
    hints = tuple(_suggestions(found, graph, queries, only, data)) if graph else ()
    faults = []
    for column, home in found.items():
        part = parts[home]
        number = part.rows - int(part.partial[column].shown.sum())
        faults.append(unexplained_holes(column, None if only else home, number, part.rows, hints))
    raise DofxError(faults)


def _refuse_apart(part: Dataset, indicator: str, columns: Sequence[str]) -> None:
    """Refuse columns that share an indicator and are not always missing together."""
    every = torch.ones(part.rows, dtype=torch.bool)
    masks = [part.partial[name].shown if name in part.partial else every for name in columns]
    for name, mask in zip(columns[1:], masks[1:], strict=True):
        apart = int((mask != masks[0]).sum())
        if apart:
            raise not_missing_together(columns[0], name, apart, part.rows, indicator)


def _suggestions(
    homes: Mapping[str, str],
    graph: ADMG,
    queries: Sequence[Query],
    rows: Dataset | None,
    data: tuple[DataSet, ...],
) -> Iterator[str]:
    """Three possible causes of the holes, the strongest assumption first, with the effect of each on the answer."""
    columns = tuple(homes)
    read = Indicators.joined(graph.holes.of(each.name) for each in data)
    graph = graph.subgraph(graph.all & ~graph.order.mask(graph.holes.keys() - read.keys()))
    partial = {*columns, *graph.holes.columns}
    variables = [name for name in graph.nodes if name not in graph.holes]
    whole = [name for name in variables if name not in partial and (rows is None or name in rows.tensors)]
    nodes = [indicator_name([column], home if len(data) > 1 else None) for column, home in homes.items()]
    yield "write the true reason into the graph; for instance"
    yield f"`{'; '.join(nodes)}`, if chance alone makes them: " + _effect(
        graph, nodes, [], queries, rows, data
    )
    if whole:
        by_whole = [(cause, node) for cause in whole for node in nodes]
        said = "; ".join(f"{', '.join(whole)} -> {node}" for node in nodes)
        yield f"`{said}`, if they depend on columns without holes: " + _effect(
            graph, nodes, by_whole, queries, rows, data
        )
    pairs = list(zip(columns, nodes, strict=True))
    by_others = [(cause, node) for cause in variables for column, node in pairs if cause != column]
    said = "; ".join(f"others -> {node}" for node in nodes)
    yield f"`{said}`, if they depend on anything but the value that is missing: " + _effect(
        graph, nodes, by_others, queries, rows, data
    )


def _effect(
    graph: ADMG,
    nodes: Sequence[str],
    edges: Sequence[tuple[str, str]],
    queries: Sequence[Query],
    rows: Dataset | None,
    data: tuple[DataSet, ...],
) -> str:
    """What a graph with more indicators needs for the answer, and the least number of rows that it uses."""
    larger = ADMG([*graph.nodes, *nodes], [*graph.directed, *edges], graph.bidirected, graph.nodes)
    given = None if data == ALONE else data
    plain = [identify(query, _without_holes(larger), data=given) for query in queries]
    found = [identify(query, larger, data=given) for query in queries]
    if any(each.estimand is None for each, whole in zip(found, plain, strict=True) if whole.estimand):
        return "then rows with holes do not answer"
    needs, least = "the rows that show what is read", None if rows is None else rows.rows
    ways = [
        "the rows that show what is read",
        "other variables drawn besides",
        *(each.name for each in WEIGHTINGS),
    ]
    for each, whole in zip(found, plain, strict=True):
        if each.estimand is None or whole.estimand is None:
            continue
        needs = max(needs, _needs(each.estimand, whole.estimand), key=ways.index)
        if rows is not None and least is not None:
            least = min(least, _least(each.estimand, rows))
    used = "" if least is None or rows is None else f", at least {least:,} of {rows.rows:,}"
    return f"this needs {needs}{used}"


def _without_holes(graph: ADMG) -> ADMG:
    return graph.subgraph(graph.all & ~graph.indicators)


def _needs(estimand: Estimand, whole: Estimand) -> str:
    """What an estimand needs that the one for complete rows does not."""
    conditionals = list(_leaves(estimand))
    weights = [weight for leaf in conditionals for weight in rows_of(leaf.of).weights]
    if weighted := weighting(weights):
        return weighted.name
    more = len(conditionals) > len(list(_leaves(whole)))
    return "other variables drawn besides" if more else "the rows that show what is read"


def _leaves(estimand: Estimand) -> Iterator[Conditional]:
    for body in (*(kernel.body for kernel in estimand.kernels), estimand.body):
        yield from (leaf for leaf in leaves(body) if data_of(leaf.of) is not None)


def _least(estimand: Estimand, rows: Dataset) -> int:
    """The least number of rows that a conditional of an estimand is computed from."""
    found = rows.rows
    for leaf in _leaves(estimand):
        shown = rows.shown(rows_of(leaf.of).shows)
        found = found if shown is None else min(found, int(shown.sum()))
    return found
