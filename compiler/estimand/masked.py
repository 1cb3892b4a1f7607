"""Joint tables of rows with holes: which entries show what, weighted, as arrays without holes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ..graph.holes import NO_HOLES, Indicators
from ..model.rows import EVERY_ROW, Inverse, Odds, Rows, Weight
from .contraction import Array, Operand, arbitrary, contract
from .errors import no_axis, only_holes
from .table import Table


class Masked:
    """A joint table in which the last entry of each column with holes stands for the hole.

    Args:
        table: The table.
        holes: The indicators, each with the columns whose holes it decides about.
    """

    def __init__(self, table: Table, holes: Indicators = NO_HOLES) -> None:
        self.table = table
        self.columns = {
            indicator: tuple(name for name in columns if name in table.names)
            for indicator, columns in holes.items()
        }
        self.indicator = {name: indicator for indicator, columns in self.columns.items() for name in columns}
        self._marginals: dict[tuple[tuple[str, ...], Rows, bool], Array] = {}
        for name in self.indicator:
            if table.sizes[name] < 2:
                raise only_holes(name)

    def marginal(self, names: tuple[str, ...], rows: Rows = EVERY_ROW, *, made_up: bool = False) -> Array:
        """The weighted joint of some variables among some rows, with an axis for each; it need not sum to 1.

        Args:
            names: The variables.
            rows: The rows.
            made_up: Whether there are arbitrary rows where the weights have none to stand for others: where a chance
                is 0.

        Raises:
            DofxError: E1002 if the table lacks a column.
        """
        key = names, rows, made_up
        if key not in self._marginals:
            shown = self._all_shown((*names, *rows.shows))
            self._marginals[key] = self._weighted(names, rows, shown, made_up)
        return self._marginals[key]

    def _weighted(self, output: tuple[str, ...], rows: Rows, shown: frozenset[str], made_up: bool) -> Array:
        """The weighted joint of some columns and indicators among the rows that show some columns."""
        weights = [self._weight(weight, shown, made_up) for weight in rows.weights]
        operands = [operand for weight, seen, _ in weights for operand in (weight, *seen)]
        found = self._contracted([self._joint(shown), *operands], output, shown)
        for (_, labels), seen, lost in weights if made_up else ():
            if lost.any():
                other = [self._possible(shown), (lost.astype(float), labels), *seen]
                found = found + self._contracted(other, output, shown)
        return found

    def _contracted(self, operands: list[Operand], output: tuple[str, ...], shown: frozenset[str]) -> Array:
        """The product of operands, summed over all but the output, with the values of its indicators."""
        known = {label for _, labels in operands for label in labels}
        asked = [name for name in output if name in self.columns and name not in known]
        return contract([*operands, *self._seen(asked, shown)], output)

    def _all_shown(self, names: Iterable[str]) -> frozenset[str]:
        """Some columns, and all columns that are shown together with one of them."""
        found = {*names}
        for name in (*found,):
            if name in self.indicator:
                found.update(self.columns[self.indicator[name]])
        return frozenset(found)

    def _joint(self, shown: Iterable[str], hidden: Iterable[str] = ()) -> Operand:
        """The entries of the table that show some columns and hide others; the hidden axes have one entry."""
        if lacking := [name for name in shown if name not in self.table.names]:
            raise no_axis(", ".join(sorted(lacking)))
        shown, hidden = {*shown}, {*hidden}
        cut = tuple(
            slice(None)
            if name not in self.indicator
            else slice(-1, None)
            if name in hidden
            else slice(None, -1)
            if name in shown
            else slice(None)
            for name in self.table.names
        )
        return self.table.array()[cut], self.table.names

    def _possible(self, shown: frozenset[str]) -> Operand:
        """Arbitrary rows that show some columns, none of them different from each row of the table."""
        array = self.table.array()
        for axis, name in enumerate(self.table.names):
            if name in self.indicator and name in shown:
                whole, hole = np.split(array, [-1], axis)
                array = whole + hole
        return array * arbitrary(array.shape), self.table.names

    def _weight(
        self, weight: Weight, shown: frozenset[str], made_up: bool
    ) -> tuple[Operand, list[Operand], NDArray[np.bool_]]:
        """A weight beside the joint of the rows that show some columns.

        Returns:
            The weight; the indicators that it reads; and the cells that no row stands for.
        """
        match weight:
            case Inverse(node, given):
                inverse, lost = self._inverse(weight, made_up)
                labels = given if node in self.columns else (node, *given)
                read = [name for name in labels if name in self.columns]
                return (inverse, labels), self._seen(read, shown), lost
            case Odds(columns, _, beside):
                odds, lost = self._odds(weight)
                return (odds, (*columns, *beside)), self._seen(beside, shown), lost

    def _inverse(self, weight: Inverse, made_up: bool) -> tuple[Array, NDArray[np.bool_]]:
        """The inverse of a chance, and where it is 0 among rows that there are."""
        chance, total = self._chance(weight, made_up=False)
        none = np.asarray(chance <= 0)
        lost = none & (total > 0)
        if made_up:
            chance, total = self._chance(weight, made_up=True)
            lost = lost | (none & (total > 0))
            chance = np.where(total > 0, chance, 0.5)
        return np.divide(1.0, chance, out=np.zeros_like(chance), where=chance > 0), lost

    def _chance(self, weight: Inverse, made_up: bool) -> tuple[Array, Array]:
        """``P(node | given)``, and how many rows it is a share of.

        It is of the value 1 if the node is an indicator, else of each value, its axis first.
        """
        node, given, rows = weight.node, weight.given, weight.among
        needed = [name for name in (node, *given) if name not in self.columns]
        joint = self._weighted((node, *given), rows, self._all_shown((*needed, *rows.shows)), made_up)
        total = joint.sum(axis=0, keepdims=True)
        shares: Array = np.divide(joint, total, out=np.zeros_like(joint), where=total > 0)
        return (shares[1], total[0]) if node in self.columns else (shares, total)

    def _seen(self, indicators: Iterable[str], shown: frozenset[str]) -> list[Operand]:
        """For each indicator, an operand that reads its value, 0 or 1, off the axis of one of its columns."""
        found: list[Operand] = []
        for indicator in dict.fromkeys(indicators):
            columns = self.columns[indicator]
            if not columns:
                raise no_axis(f"the column of {indicator}")
            column = next((name for name in columns if name in shown), columns[0])
            size = self.table.sizes[column]
            seen = np.zeros((size, 2))
            seen[:-1, 1] = seen[-1, 0] = 1.0
            found.append((seen[:-1] if column in shown else seen, (column, indicator)))
        return found

    def _odds(self, odds: Odds) -> tuple[Array, NDArray[np.bool_]]:
        """The weight of each complete row, by the recursion over the patterns of holes, and where there is none."""
        columns, indicators = odds.columns, odds.indicators
        labels = (*columns, *odds.beside)

        def pattern_of(hidden: tuple[str, ...]) -> Array:
            """The joint of the rows that hide these indicators' columns alone; hidden axes have length 1."""
            away = [name for each in hidden for name in self.columns[each]]
            shown = frozenset(name for name in columns if name not in away)
            return contract([self._joint(shown, away), *self._seen(odds.beside, shown)], labels)

        complete = pattern_of(())
        ratios: dict[tuple[str, ...], Array] = {}
        weight, lost = np.ones_like(complete), np.zeros(complete.shape, bool)
        for size in range(1, len(indicators) + 1):
            for pattern in combinations(indicators, size):
                lower = np.ones_like(complete)
                for part in (part for fewer in range(1, size) for part in combinations(pattern, fewer)):
                    lower = lower * ratios[part]
                hidden = {name for each in pattern for name in self.columns[each]}
                axes = tuple(place for place, name in enumerate(columns) if name in hidden)
                above, below = pattern_of(pattern), (complete * lower).sum(axis=axes, keepdims=True)
                ratios[pattern] = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
                lost |= (above > 0) & (below <= 0)
                weight = weight + lower * ratios[pattern]
        return weight, lost
