"""The rows of a data set, or of a table, that train a generator with weights, as cells: see `weighed`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import prod
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from ...compiler.estimand.contraction import Array
from ...compiler.estimand.table import Table
from ...compiler.model.rows import EVERY_ROW, Inverse, Odds, Rows, Weight, columns_weighed
from ...compiler.network.ir import Fit, SamplingNetwork
from ..data.dataset import Dataset, shows_of
from ..families import default_generator
from ..families.capabilities import only_counted
from ..variables import Finite, VariableType
from .weighed import Cells, Mask, Weighed

MOST_CELLS = 1 << 18
"""Most cells of rows whose weights are differentiated."""

SHOWN = Finite((False, True))


def columns_read(network: SamplingNetwork, fit: Fit) -> tuple[str, ...]:
    """The columns by which rows train a generator, and by which they are weighted, sorted by name."""
    weighed = columns_weighed(fit.rows, network.holes)
    return tuple(sorted({*shows_of(network, fit), *weighed}))


def weighed_of_table(table: Table, network: SamplingNetwork, fit: Fit) -> Weighed | None:
    """The rows of a table; None if they have too many cells."""
    names = columns_read(network, fit)
    array = table.marginal(names).array(names)
    if array.size > MOST_CELLS:
        return None
    assert fit.data is not None
    holes = network.holes.of(fit.data.name)
    cells = Cells(
        names, array.shape, holes.columns.intersection(names), holes, array.reshape(-1) / array.sum()
    )
    return Weighed(cells, fit.rows, shows_of(network, fit))


def weighed_of_rows(part: Dataset, network: SamplingNetwork, fit: Fit) -> tuple[Weighed, Array] | None:
    """The rows of a data set, and how much each counts, ``(rows,)``.

    None if a column is not finite, there are too many cells, or a chance is learnt by something else than a table.
    """
    names = columns_read(network, fit)
    assert fit.data is not None
    known = [part.types[name] for name in names]
    finite = [type for type in known if isinstance(type, Finite)]
    sizes = [t.cardinality + (n in part.partial) for n, t in zip(names, finite, strict=False)]
    if len(finite) < len(names) or prod(sizes) > MOST_CELLS:
        return None
    partial = frozenset(name for name in names if name in part.partial)
    place = np.ravel_multi_index([entries(part, name) for name in names], sizes)
    each, holes = part.design.counts, network.holes.of(fit.data.name)
    counts = np.bincount(place, None if each is None else each.cpu().numpy(), prod(sizes))
    cells = Cells(names, tuple(sizes), partial, holes, counts / counts.sum())
    if not _by_tables(part, cells, place, fit.rows):
        return None
    found = Weighed(cells, fit.rows, shows_of(network, fit))
    return found, found.counted[place]


def entries(part: Dataset, name: str) -> NDArray[np.int64]:
    """The entry of a column in each row, the last for a hole."""
    if name not in part.partial:
        return part[name].cpu().numpy().astype(np.int64)
    column, type = part.partial[name], part.types[name]
    assert isinstance(type, Finite)
    values = np.where(column.shown.cpu().numpy(), column.values.cpu().numpy(), type.cardinality)
    return values.astype(np.int64)


def _by_tables(part: Dataset, cells: Cells, place: NDArray[np.int64], rows: Rows) -> bool:
    """Whether tables of frequencies learn all chances behind the weights of some rows."""

    def table(target: str | None, given: Sequence[str], shown: Mask) -> bool:
        kinds = [_type(part, cells, name) for name in given]
        kind = SHOWN if target is None else _type(part, cells, target)
        return only_counted(default_generator(kind, kinds, int(shown[place].sum()))) is not None

    def learnt(weight: Weight) -> bool:
        match weight:
            case Inverse(node, given, inner):
                own = [name for name in (node, *given) if name not in cells.holes]
                whole = node in cells.holes and not part.partial.keys() & set(cells.holes.listed(node))
                inner = inner or EVERY_ROW
                shown = cells.shown([*inner.shows, *own])
                return whole or (table(node, given, shown) and _by_tables(part, cells, place, inner))
            case Odds(columns, _, beside):
                patterns = [
                    [name for name in columns if name not in hidden] for hidden in _hidden(cells, weight)
                ]
                complete = cells.shown(columns)
                return all(table(None, (*seen, *beside), complete | cells.shown(seen)) for seen in patterns)
            case _:
                assert_never(weight)

    return all(map(learnt, rows.weights))


def _hidden(cells: Cells, odds: Odds) -> Iterator[set[str]]:
    """The columns that each pattern of holes hides."""
    for size in range(1, len(odds.indicators) + 1):
        for pattern in combinations(odds.indicators, size):
            yield {name for each in pattern for name in cells.holes.listed(each)}


def _type(part: Dataset, cells: Cells, name: str) -> VariableType:
    return SHOWN if name in cells.holes else part.types[name]
