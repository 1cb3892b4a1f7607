"""Joint tables of rows with holes: which entries show what, weighted, as arrays without holes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import numpy as np

from ..graph.holes import NO_HOLES, Indicators
from ..model.rows import EVERY_ROW, Inverse, Odds, Rows, Weight
from .contraction import Array, Operand, contract
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
        self._marginals: dict[tuple[tuple[str, ...], Rows], Array] = {}
        for name in self.indicator:
            if table.sizes[name] < 2:
                raise only_holes(name)

    def marginal(self, names: tuple[str, ...], rows: Rows = EVERY_ROW) -> Array:
        """The weighted joint of some variables among some rows, with an axis for each; it need not sum to 1.

        Raises:
            DofxError: E1002 if the table lacks a column.
        """
        key = names, rows
        if key not in self._marginals:
            shown = self._all_shown((*names, *rows.shows))
            operands = [self._joint(shown)]
            for weight in rows.weights:
                operands += self._weight(weight, shown)
            self._marginals[key] = contract(operands, names)
        return self._marginals[key]

    def _all_shown(self, names: Iterable[str]) -> frozenset[str]:
        """Some columns, and those that are shown together with one of them."""
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

    def _weight(self, weight: Weight, shown: frozenset[str]) -> list[Operand]:
        """A weight as operands beside the joint of the rows that show some columns."""
        match weight:
            case Inverse(node, given):
                chance = self._chance(node, given, weight.among)
                labels = given if node in self.columns else (node, *given)
                inverse = np.divide(1.0, chance, out=np.zeros_like(chance), where=chance > 0)
                return [
                    (inverse, labels),
                    *self._seen((name for name in labels if name in self.columns), shown),
                ]
            case Odds(columns, _, beside):
                return [(self._odds(weight), (*columns, *beside)), *self._seen(beside, shown)]

    def _chance(self, node: str, given: tuple[str, ...], rows: Rows) -> Array:
        """``P(node | given)``: of the value 1 if it is an indicator, else of each value, its axis first."""
        is_indicator = node in self.columns
        read = tuple(name for name in given if name in self.columns)
        needed = [name for name in (node, *given) if name not in self.columns]
        shown = self._all_shown((*needed, *rows.shows))
        operands = [self._joint(shown)]
        for weight in rows.weights:
            operands += self._weight(weight, shown)
        known = {label for _, labels in operands for label in labels}
        asked = [name for name in (node, *read) if name in self.columns and name not in known]
        operands += self._seen(asked, shown)
        joint = contract(operands, (node, *given))
        total = joint.sum(axis=0, keepdims=True)
        shares: Array = np.divide(joint, total, out=np.zeros_like(joint), where=total > 0)
        if not is_indicator:
            return shares
        chance: Array = shares[1]
        return chance

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

    def _odds(self, odds: Odds) -> Array:
        """The weight of each complete row, by the recursion over the patterns of holes."""
        columns, indicators = odds.columns, odds.indicators
        labels = (*columns, *odds.beside)

        def pattern_of(hidden: tuple[str, ...]) -> Array:
            """The joint of the rows that hide these indicators' columns alone; hidden axes have length 1."""
            away = [name for each in hidden for name in self.columns[each]]
            shown = frozenset(name for name in columns if name not in away)
            return contract([self._joint(shown, away), *self._seen(odds.beside, shown)], labels)

        complete = pattern_of(())
        ratios: dict[tuple[str, ...], Array] = {}
        weight = np.ones_like(complete)
        for size in range(1, len(indicators) + 1):
            for pattern in combinations(indicators, size):
                lower = np.ones_like(complete)
                for part in (part for fewer in range(1, size) for part in combinations(pattern, fewer)):
                    lower = lower * ratios[part]
                hidden = {name for each in pattern for name in self.columns[each]}
                axes = tuple(place for place, name in enumerate(columns) if name in hidden)
                above, below = pattern_of(pattern), (complete * lower).sum(axis=axes, keepdims=True)
                ratios[pattern] = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
                weight = weight + lower * ratios[pattern]
        return weight
