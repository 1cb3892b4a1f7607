"""Rows weighted by chances that are learnt from rows too: how much each counts, and how each row moves the weights.

Rows with holes stand for others by weights such as ``1 / P(missing(y) = 1 | x)``. Where all is finite, rows are the
cells of a table, whose last entry of a column with holes is the hole, and a weight is a number in each cell: an
arithmetic expression of sums of cells. So the derivative of a weighted sum by the probability of a cell has a part of
the cell itself and a part of each chance, which is found by running the expression backwards.

References:
    Bhattacharya, Nabi, Shpitser, Robins (2019), "Identification in missing data models represented by directed acyclic
    graphs", and Chen (2007), "A semiparametric odds ratio model for measuring association", for the weights.
    Griewank, Walther (2008), "Evaluating derivatives" (reverse accumulation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import prod
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from ...compiler.estimand.contraction import Array
from ...compiler.graph.holes import Indicators
from ...compiler.model.rows import EVERY_ROW, Inverse, Odds, Rows, Weight
from ..fitting.weighing import parts_of
from .products import Products

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of a table of rows.

    Args:
        names: The columns.
        sizes: The number of entries of each, the hole included.
        partial: The columns whose last entry is the hole.
        holes: The indicators, each with its columns.
        chances: The probability of each cell, ``(cells,)``.
    """

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    partial: frozenset[str]
    holes: Indicators
    chances: Array
    _states: dict[str, Numbers] = field(default_factory=dict[str, Numbers])

    def states(self, name: str) -> Numbers:
        """The entry of a column in each cell, or of an indicator: 1 where its columns are shown."""
        if name not in self._states:
            if name in self.holes:
                self._states[name] = self.shown(self.holes.listed(name)[:1]).astype(np.int64)
            else:
                place = self.names.index(name)
                shape = [-1 if axis == place else 1 for axis in range(len(self.sizes))]
                each = np.arange(self.sizes[place]).reshape(shape)
                self._states[name] = np.broadcast_to(each, self.sizes).reshape(-1)
        return self._states[name]

    def shown(self, names: Sequence[str]) -> Mask:
        """Which cells show some columns."""
        found = np.ones(len(self.chances), np.bool_)
        for name in names:
            if name in self.partial:
                found &= self.states(name) < self.sizes[self.names.index(name)] - 1
        return found

    def hidden(self, names: Sequence[str]) -> Mask:
        """Which cells hide all of some columns."""
        found = np.ones(len(self.chances), np.bool_)
        for name in names:
            found &= ~self.shown([name])
        return found

    def groups(self, names: Sequence[str]) -> tuple[Numbers, int]:
        """Which combination of entries of some columns and indicators each cell has, and how many there are."""
        sizes = [2 if n in self.holes else self.sizes[self.names.index(n)] for n in names]
        if not names:
            return np.zeros(len(self.chances), np.int64), 1
        return np.ravel_multi_index([self.states(name) for name in names], sizes), prod(sizes)


@dataclass(slots=True)
class Weighed(Products):
    """The rows that train a generator, each counted by weights.

    Args:
        cells: All rows of the data set.
        rows: Which of them train, and their weights.
        shows: What a row must show to train.
    """

    cells: Cells
    rows: Rows
    shows: tuple[str, ...]
    _known: dict[Weight, Array] = field(default_factory=dict[Weight, Array])

    @property
    def counted(self) -> Array:
        """How much a row of each cell counts: its weight if it trains, else 0, ``(cells,)``."""
        return np.where(self.cells.shown(self.shows), self.product(self.rows), 0.0)

    @property
    def mass(self) -> float:
        """How much the rows count together."""
        return float(self.cells.chances @ self.counted)

    def table(self, names: Sequence[str]) -> Array:
        """The law of some of the columns shown in the rows that train, ``(*states)``."""
        cells = self.cells
        group, number = cells.groups(names)
        found = np.bincount(group, cells.chances * self.counted, number).reshape(
            [cells.sizes[cells.names.index(name)] for name in names]
        )
        cut = tuple(slice(None, -1) if name in cells.partial else slice(None) for name in names)
        return np.asarray(found[cut] / self.mass)

    def moved(self, names: Sequence[str], values: Array) -> Array:
        """The derivative of the weighted sums of some functions by the probability of each cell.

        Args:
            names: The columns that the functions read, all shown in the rows that train.
            values: The functions, ``(numbers, *states)``.

        Returns:
            ``(numbers, *entries of all columns)``.
        """
        cells, here = self.cells, self.cells.shown(self.shows)
        at: tuple[Any, ...] = (slice(None), *(np.where(here, cells.states(name), 0) for name in names))
        each = np.where(here, values[at], 0.0)
        found = each * self.product(self.rows)
        self.push(self.rows, np.nan_to_num(each) * cells.chances, found)
        return found.reshape(len(values), *cells.sizes)

    # ── forwards ─────────────────────────────────────────────────────────────────────────────────────────

    @property
    def places(self) -> int:
        """The number of cells."""
        return len(self.cells.chances)

    def weight(self, weight: Weight) -> Array:
        """A weight in each cell; 0 where it is not known."""
        if weight not in self._known:
            match weight:
                case Inverse():
                    chance, _, _, at, asked = self._chance(weight)
                    inverse = np.divide(1.0, chance, out=np.zeros_like(chance), where=chance > 0)
                    self._known[weight] = np.where(asked, inverse.reshape(-1)[at], 0.0)
                case Odds():
                    self._known[weight] = self._odds(weight).weight
                case _:
                    assert_never(weight)
        return self._known[weight]

    def _chance(self, weight: Inverse) -> tuple[Array, Array, Array, Numbers, Mask]:
        """A chance ``(conditions, values)``, the sums it is made of, and how cells go into these and ask for it.

        Returns:
            The chances, the total of each condition, how much each cell counts, the place of each cell's conditions
            and value, and the cells that ask for a chance.
        """
        cells, node, rows = self.cells, weight.node, weight.rows or EVERY_ROW
        is_indicator = node in cells.holes
        read = [name for name in weight.given if name not in cells.holes]
        own = [] if is_indicator else [node]
        counted = np.where(cells.shown([*rows.shows, *read, *own]), self.product(rows), 0.0)
        given, conditions = cells.groups(weight.given)
        value, values = cells.groups([node])
        at = given * values + value
        joint = np.bincount(at, cells.chances * counted, conditions * values).reshape(conditions, values)
        total = joint.sum(axis=1, keepdims=True)
        chance = np.divide(joint, total, out=np.zeros_like(joint), where=total > 0)
        asked = cells.shown([*read, *own])
        return chance, total, counted, given * values + 1 if is_indicator else at, asked

    def _odds(self, odds: Odds) -> _Ratios:
        """The weight of each complete cell, by the recursion over the patterns of holes."""
        cells = self.cells
        hidden_by = {
            each: [n for n in cells.holes.listed(each) if n in odds.columns] for each in odds.indicators
        }
        complete = cells.shown(odds.columns)
        found = _Ratios(complete, complete.astype(np.float64))
        for size in range(1, len(odds.indicators) + 1):
            for pattern in combinations(odds.indicators, size):
                hidden = [name for each in pattern for name in hidden_by[each]]
                shown = [name for name in odds.columns if name not in hidden]
                member = cells.shown(shown) & cells.hidden(hidden)
                lower = found.lower(pattern)
                group, number = cells.groups((*shown, *odds.beside))
                above = np.bincount(group, cells.chances * member, number)
                below: Array = np.asarray(
                    np.bincount(group, cells.chances * complete * lower, number), np.float64
                )
                ratio = np.divide(above, below, out=np.zeros(number), where=below > 0)
                each: Array = np.where(complete, ratio[group], 0.0)
                found.patterns[pattern] = _Pattern(member, group, below, ratio, each)
                found.weight += lower * found.patterns[pattern].each
        return found

    # ── backwards ────────────────────────────────────────────────────────────────────────────────────────

    def _push_inverse(self, weight: Inverse, by_weight: Array, found: Array) -> None:
        chance, total, counted, at, _ = self._chance(weight)
        by_chance = _summed(-by_weight * self.weight(weight) ** 2, at, chance.size).reshape(-1, *chance.shape)
        centred = by_chance - (by_chance * chance).sum(axis=2, keepdims=True)
        by_joint = np.divide(
            centred, total, out=np.zeros_like(centred), where=np.broadcast_to(total > 0, centred.shape)
        )
        given, _ = self.cells.groups(weight.given)
        value, values = self.cells.groups([weight.node])
        each = by_joint.reshape(len(found), -1)[:, given * values + value]
        found += each * counted
        inner = weight.rows or EVERY_ROW
        if inner.weights:
            self.push(inner, each * self.cells.chances * (counted > 0), found)

    def _push_odds(self, odds: Odds, by_weight: Array, found: Array) -> None:
        ratios, chances = self._odds(odds), self.cells.chances
        by_ratio = {pattern: np.zeros_like(found) for pattern in ratios.patterns}
        for pattern, known in reversed(ratios.patterns.items()):
            lower = ratios.lower(pattern)
            total = by_ratio[pattern] + by_weight * lower
            number = len(known.below)
            inverse = np.divide(1.0, known.below, out=np.zeros(number), where=known.below > 0)
            by_above = _summed(total * ratios.complete, known.group, number) * inverse
            by_below = -by_above * known.ratio
            found += by_above[:, known.group] * known.member
            found += by_below[:, known.group] * ratios.complete * lower
            by_lower = by_weight * known.each + by_below[:, known.group] * ratios.complete * chances
            for part in parts_of(pattern):
                by_ratio[part] += by_lower * ratios.lower(pattern, but=part)


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A pattern of holes: the odds of it against lower patterns.

    Args:
        member: The cells that have it.
        group: What it shows in each cell.
        below: The sum of the complete cells of each group, each counted by its lower odds.
        ratio: The odds of each group.
        each: The odds of each complete cell.
    """

    member: Mask
    group: Numbers
    below: Array
    ratio: Array
    each: Array


@dataclass(slots=True)
class _Ratios:
    """The weights of complete cells, and the patterns that they are made of."""

    complete: Mask
    weight: Array
    patterns: dict[tuple[str, ...], _Pattern] = field(default_factory=dict[tuple[str, ...], _Pattern])

    def lower(self, pattern: tuple[str, ...], but: tuple[str, ...] | None = None) -> Array:
        """The product of the odds of the parts of a pattern, or of all but one, in each complete cell."""
        found = self.complete.astype(np.float64)
        for part in parts_of(pattern):
            if part != but:
                found = found * self.patterns[part].each
        return found


def _summed(values: Array, group: Numbers, number: int) -> Array:
    """Sums of values over groups of cells, ``(numbers, groups)`` from ``(numbers, cells)``."""
    return np.asarray(np.stack([np.bincount(group, each, number) for each in values]), np.float64)
