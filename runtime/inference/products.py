"""Products of weights, forwards and backwards, whatever a place is at which rows count: a cell of a table, or one row.

A row with holes counts by a product of weights, each an inverse of a chance or odds, which are learnt from other rows,
and these may be weighted too. What differs between tables and rows is how one weight and its derivative are found.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import assert_never

import numpy as np

from ...compiler.estimand.contraction import Array
from ...compiler.model.rows import Inverse, Odds, Rows, Weight


class Products(ABC):
    """Rows that count by products of weights."""

    @property
    @abstractmethod
    def places(self) -> int:
        """The number of places: of cells, or of rows."""

    @abstractmethod
    def weight(self, weight: Weight) -> Array:
        """A weight at each place, ``(places,)``; 0 where it is not known."""

    @abstractmethod
    def _push_inverse(self, weight: Inverse, by_weight: Array, found: Array) -> None:
        """Add what a chance adds to the derivatives by the places, given those by its inverse at each place."""

    @abstractmethod
    def _push_odds(self, odds: Odds, by_weight: Array, found: Array) -> None:
        """Add what odds add to the derivatives by the places, given those by the odds at each place."""

    def product(self, rows: Rows, but: int | None = None) -> Array:
        """The product of the weights of some rows, or of all but the one of a number; 0 where one is not known."""
        found = np.ones(self.places)
        for number, weight in enumerate(rows.weights):
            if number != but:
                found = found * self.weight(weight)
        return found

    def push(self, rows: Rows, by_product: Array, found: Array) -> None:
        """Add the derivatives by the places, given those by the product of the weights of some rows.

        Args:
            rows: The rows.
            by_product: The derivatives of some numbers by the product at each place, ``(numbers, places)``.
            found: What is added to, ``(numbers, places)``.
        """
        for number, weight in enumerate(rows.weights):
            by_weight = by_product * self.product(rows, but=number)
            match weight:
                case Inverse():
                    self._push_inverse(weight, by_weight, found)
                case Odds():
                    self._push_odds(weight, by_weight, found)
                case _:
                    assert_never(weight)
