"""Groups of rows that no complete row represents, so that a generator would learn about the other rows alone.

The weight of a complete row is the inverse of the chance that a row like it is complete. In a group where this chance
is 0 there is no complete row, and no weight can make up for that.

References:
    Petersen, Porter, Gruber, Wang, van der Laan (2012), "Diagnosing and responding to violations in the positivity
    assumption".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log
from typing import assert_never

import torch
from torch import Tensor

from ...compiler.model.rows import Inverse, Odds, Rows
from ...compiler.network.ir import Fit
from ...compiler.printers.network.text import fit_text
from ..data.dataset import Dataset
from ..variables import Finite, decode
from ..variables.faults import show
from .errors import no_row_stands
from .weighing import Weigher

WORTH_TELLING = 0.01
"""The share of rows that must be lost before anything is said."""

BY_CHANCE = 1e-6
"""How likely it may be that a group shows nothing by chance alone, were it shown as often as all rows are."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Groups of rows of which none is shown.

    Args:
        what: What they never show.
        names: The finite columns and indicators that distinguish the groups.
        groups: The values of each group, the largest first, int64 ``(groups, names)``.
        share: Their share of the rows.
    """

    what: str
    names: tuple[str, ...]
    groups: Tensor
    share: float


def standing(weigher: Weigher, fit: Fit, rows: Dataset) -> Dataset:
    """The rows of a fit at whose conditions they stand for all rows.

    Args:
        weigher: What weighs the rows of its data set.
        fit: A fit on weighted rows.
        rows: Those that train it.

    Raises:
        DofxError: E0518 where rows are lost whatever the conditions are, or none is left.
    """
    kept = torch.ones(rows.rows, dtype=torch.bool)
    for lost, within in _lost(weigher, fit.rows, (*fit.rows.shows, *fit.variables)):
        shared = [name for name in lost.names if name in fit.given] if within else []
        if len(shared) == len(lost.names):
            continue  # no row that trains it has such conditions, and that is reported for each generator
        for group in lost.groups:
            here = torch.ones(rows.rows, dtype=torch.bool)
            for name in shared:
                here &= rows[name] == group[lost.names.index(name)]
            kept &= ~here
        if not bool(kept.any()):
            raise no_row_stands(fit_text(fit), lost.what, _words(weigher, lost), lost.share)
    return rows if bool(kept.all()) else rows.take(kept.nonzero().squeeze(1))


def _lost(weigher: Weigher, rows: Rows, shows: Sequence[str]) -> Iterator[tuple[Lost, bool]]:
    """What the weights of some rows lose, and whether it is lost at those values alone.

    A chance that is itself learnt from weighted rows may be wrong elsewhere too, unless it is one given these values.
    """
    for weight in rows.weights:
        match weight:
            case Inverse():
                yield from _lost_by_chance(weigher, weight, shows)
            case Odds(columns, indicators):
                complete = weigher.shown(columns)
                for size in range(1, len(indicators) + 1):
                    for pattern in combinations(indicators, size):
                        member, read, hidden = weigher.members(weight, pattern)
                        what = " and ".join(hidden)
                        yield from _groups(weigher, what, read, shows, member | complete, complete)
            case _:
                assert_never(weight)


def _lost_by_chance(weigher: Weigher, weight: Inverse, shows: Sequence[str]) -> Iterator[tuple[Lost, bool]]:
    """What the inverse of a chance loses: where the chance is 0, and what the rows lose that it is learnt from."""
    node, among = weight.node, weight.among
    own = (*among.shows, *weigher.own_and_read(weight))
    chosen, values, type = weigher.shown(own), weigher.column(node), weigher.type_of(node)
    if node in weigher.holes:
        shown = " and ".join(weigher.holes.listed(node))
        yield from _groups(weigher, shown, weight.given, shows, chosen, values == 1)
    elif isinstance(type, Finite):
        for state in range(type.cardinality):
            what = f"{node} = {_value(weigher, node, state)}"
            for lost, _ in _groups(weigher, what, weight.given, shows, chosen, values == state):
                value = torch.full((len(lost.groups), 1), state)
                groups = torch.cat([value, lost.groups], dim=1)
                yield Lost(what, (node, *lost.names), groups, lost.share), True
    for lost, within in _lost(weigher, among, own):
        yield lost, within and {*lost.names} <= {*weight.given}


def _groups(
    weigher: Weigher, what: str, given: Sequence[str], shows: Sequence[str], rows: Tensor, shown: Tensor
) -> Iterator[tuple[Lost, bool]]:
    """The groups of some rows, by what a chance is given, in which no row is shown."""
    names = tuple(name for name in given if isinstance(weigher.type_of(name), Finite))
    for name in names:
        if name in weigher.holes and {*weigher.holes.listed(name)} & {*shows}:
            rows = rows & weigher.shown(weigher.holes.listed(name))
    counting = weigher.dataset.design.counting
    rows = rows if counting is None else rows & counting
    if not bool((rows & shown).any()):
        return
    if not names:
        return  # all rows are one group, and some of them are shown
    keys = torch.stack([weigher.column(name)[rows].long() for name in names], dim=1)
    groups, member, sizes = torch.unique(keys, dim=0, return_inverse=True, return_counts=True)
    hits = torch.zeros(len(groups), dtype=torch.float64).index_add_(0, member, shown[rows].double())
    chance = float(hits.sum()) / len(keys)
    if chance == 1:
        return
    lost = (hits == 0) & (sizes * log(1 - chance) < log(BY_CHANCE))
    share = float(sizes[lost].sum()) / len(keys)
    if share > WORTH_TELLING:
        order = sizes[lost].argsort(descending=True)
        yield Lost(what, names, groups[lost][order], share), True


def _value(weigher: Weigher, name: str, state: int) -> str:
    return show(decode(weigher.type_of(name), torch.tensor([state])).tolist()[0])


def _words(weigher: Weigher, lost: Lost) -> str:
    """The largest group, in words."""
    words: list[str] = []
    for name, state in zip(lost.names, lost.groups[0].tolist(), strict=True):
        if name in weigher.holes:
            words.append(f"{' and '.join(weigher.holes.listed(name))} {'shown' if state else 'hidden'}")
        else:
            words.append(f"{name} = {_value(weigher, name, state)}")
    return ", ".join(words)
