"""One pass over a stream: the counts of every table, and a sample of the rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import prod

import torch
from torch import Tensor, nn

from ...compiler.network.ir import Fit, SamplingNetwork
from ..data.dataset import Dataset, shows_of
from ..data.errors import all_weights_zero, no_row_shows
from ..families.capabilities import counted_by
from ..families.counting import joint_counts
from ..families.table import TableGenerator
from ..variables import Finite, VariableType, cardinality_of
from .rows import Kept, Rows


@dataclass(frozen=True, slots=True)
class Cells:
    """What a table counts.

    Args:
        names: Its variables, the conditions first.
        shows: The columns that a row must show to be counted.
    """

    names: tuple[str, ...]
    shows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pass:
    """What one pass over a stream found.

    Args:
        counts: The number of rows of each combination of states, int64 ``(combinations,)``, by what was counted.
        weights: How much they count together, float64 ``(combinations,)``; None where all count alike.
        sample: Rows of the sample.
        held: Rows on which networks are scored, and not trained.
        shown: How many rows show the columns that each generator reads.
        rows: How many rows there are that have a weight.
    """

    counts: Mapping[Cells, Tensor]
    weights: Mapping[Cells, Tensor] | None
    sample: Dataset
    held: Dataset
    shown: Mapping[Fit, int]
    rows: int


def cells_of(network: SamplingNetwork, fit: Fit) -> Cells:
    """What the table of a fit counts."""
    return Cells((*fit.given, *fit.targets), shows_of(network, fit))


def tables_of(
    network: SamplingNetwork, fit: Fit, module: nn.Module, types: Mapping[str, VariableType]
) -> list[tuple[TableGenerator, Cells]]:
    """The tables of a generator that is not fitted yet, each with what it counts.

    The table of a real row's variable is given the conditions of the row, and the finite variables before it.
    """
    shows, earlier = shows_of(network, fit), fit.given
    found: list[tuple[TableGenerator, Cells]] = []
    for name, table in zip(fit.targets, counted_by(module), strict=False):
        if table is not None:
            found.append((table, Cells((*earlier, name), shows)))
        if isinstance(types[name], Finite):
            earlier += (name,)
    return found


def one_pass(rows: Rows, network: SamplingNetwork, wanted: Iterable[Cells], fits: Iterable[Fit]) -> Pass:
    """Count and sample all rows.

    Args:
        rows: The rows.
        network: The network.
        wanted: What is counted.
        fits: Generators that train on the rows.

    Raises:
        DofxError: What is wrong with the values, E0510 for weights that are all 0, and E0517 for columns that no row
            shows together.
    """
    wanted, fits = tuple(dict.fromkeys(wanted)), tuple(fits)
    sizes = {cells: tuple(cardinality_of(rows.types[name]) for name in cells.names) for cells in wanted}
    counts = {cells: torch.zeros(prod(sizes[cells]), dtype=torch.int64) for cells in wanted}
    weights = {cells: counts[cells].double() for cells in wanted}
    shown = dict.fromkeys(fits, 0)
    kept, held, counted = Kept(rows), Kept(rows), 0
    shows = tuple(shows_of(network, fit) for fit in fits)
    for part in rows.each(_Count(sizes, shows, rows.sampled, rows.trained)):
        kept.add(part.sample)
        held.add(part.held)
        counted += part.rows
        for cells, (places, times, weight) in zip(wanted, part.counts, strict=True):
            counts[cells][places] += times
            if weight is not None:
                weights[cells][places] += weight
        for fit, number in zip(fits, part.shown, strict=True):
            shown[fit] += number
    if rows.weights and not counted:
        raise all_weights_zero(f"column `{rows.weights}`")
    for fit, number in shown.items():
        if not number:
            raise no_row_shows(tuple(shows_of(network, fit)))
    return Pass(counts, weights if rows.weights else None, kept.whole(), held.whole(), shown, counted)


@dataclass(frozen=True, slots=True)
class _Part:
    """What a piece adds to a pass.

    Args:
        counts: For each table the cells that occur, how many rows each has, and how much these count.
        shown: For each generator, how many rows show what it reads.
        sample: Rows of the sample.
        held: Rows that are held out.
        rows: How many rows have a weight.
    """

    counts: tuple[tuple[Tensor, Tensor, Tensor | None], ...]
    shown: tuple[int, ...]
    sample: Dataset
    held: Dataset
    rows: int


@dataclass(frozen=True, slots=True)
class _Count:
    """Counts and samples the rows of a piece, on the machine that has it.

    Args:
        sizes: The number of states of the variables of each table.
        shows: The columns that a row must show for each generator.
        sampled: The share of rows whose number lies below it: they are the sample.
        trained: Rows whose number does not lie below it are held out.
    """

    sizes: Mapping[Cells, tuple[int, ...]]
    shows: tuple[tuple[str, ...], ...]
    sampled: float
    trained: float

    def __call__(self, piece: Dataset, drawn: Tensor) -> _Part:
        sample = piece.take((drawn < self.sampled).nonzero().squeeze(1))
        held = piece.take((drawn >= self.trained).nonzero().squeeze(1))
        piece = piece.counted
        masks = [piece.shown(names) for names in self.shows]
        shown = tuple(piece.rows if mask is None else int(mask.sum()) for mask in masks)
        return _Part(tuple(self._counts(piece)), shown, sample, held, piece.rows)

    def _counts(self, piece: Dataset) -> Iterator[tuple[Tensor, Tensor, Tensor | None]]:
        masks: dict[tuple[str, ...], Tensor | None] = {}
        own = piece.design.weights
        for cells, sizes in self.sizes.items():
            if cells.shows not in masks:
                masks[cells.shows] = piece.shown(cells.shows)
            mask = masks[cells.shows]
            columns = [_taken(piece, name, mask) for name in cells.names]
            counts = joint_counts(columns, sizes)
            places = counts.nonzero().squeeze(1)
            if own is None:
                yield places, counts[places], None
            else:
                weighed = joint_counts(columns, sizes, own if mask is None else own[mask])
                yield places, counts[places], weighed[places]


def counted_in_memory(rows: Dataset, cells: Cells) -> tuple[Tensor, Tensor | None]:
    """The same of rows in memory: the number of rows of each combination of states, and how much they count.

    Args:
        rows: The rows.
        cells: What is counted.
    """
    rows = rows.counted
    sizes = [cardinality_of(rows.types[name]) for name in cells.names]
    shown = rows.showing(cells.shows, cells.names)
    columns = [shown[name] for name in cells.names]
    own = shown.design.weights
    return joint_counts(columns, sizes), None if own is None else joint_counts(columns, sizes, own)


def _taken(piece: Dataset, name: str, mask: Tensor | None) -> Tensor:
    values = piece.partial[name].values if name in piece.partial else piece[name]
    return values if mask is None else values[mask]
