"""Rows as far as variances need them: which value each has, how much it counts, and which were sampled together."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from ...compiler.estimand.contraction import Array


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows that were sampled, grouped by their values.

    Args:
        times: How much each distinct value counts, ``(values,)``, in rows: how many rows have it, or their weights.
        place: Which value each row has, ``(rows,)``; None where only the number of rows counts.
        weights: How much each row counts, ``(rows,)`` with mean 1; None counts all alike.
        clusters: The number of each row's cluster from 0 on, ``(rows,)``; None where each was sampled by itself.

    >>> rows = np.arange(4)
    >>> alone = Sample(np.ones(4))
    >>> pairs = Sample(np.ones(4), rows, clusters=np.array([0, 0, 1, 1]))
    >>> moved = np.array([1.0, 1.0, -1.0, -1.0])
    >>> alone.covariance(moved, moved), pairs.covariance(moved, moved)
    (0.25, 1.0)
    """

    times: Array
    place: NDArray[np.int64] | None = None
    weights: Array | None = None
    clusters: NDArray[np.int64] | None = None

    @property
    def rows(self) -> int:
        """The number of rows."""
        return int(self.times.sum()) if self.place is None else len(self.place)

    @property
    def units(self) -> int:
        """The number of what was sampled independently: of clusters, or of rows."""
        return self.rows if self.clusters is None else len(np.unique(self.clusters))

    def covariance(self, a: Array, b: Array) -> float:
        """The covariance of two numbers from how each value moves them, already adjusted for means that were estimated.

        Each row moves a number by its weight; the rows of a cluster move it together.

        References:
            Liang, Zeger (1986), "Longitudinal data analysis using generalized linear models", for clusters.
        """
        rows = float(self.times.sum())
        if rows < 2 or self.units < 2:
            return nan
        left, right = (each - each @ self.times / rows for each in (a, b))
        if self.place is None or (self.weights is None and self.clusters is None):
            return float((left * right) @ self.times) / rows**2
        left, right = (self._by_unit(each[self.place]) for each in (left, right))
        found = float(left @ right) / rows**2
        return found if self.clusters is None else found * self.units / (self.units - 1)

    def _by_unit(self, values: Array) -> Array:
        """How far each cluster, or each row, moves a number."""
        moved = values if self.weights is None else values * self.weights
        return moved if self.clusters is None else np.asarray(np.bincount(self.clusters, moved), np.float64)
