"""Rows as far as variances need them: which value each has, and how it counts."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray

from ...compiler.estimand.contraction import Array
from ..data.design import ALIKE, Design


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows that were sampled, grouped by their values.

    Args:
        times: How much each distinct value counts, ``(values,)``, in rows: how many rows have it, or their weights.
        place: Which value each row has, ``(rows,)``; None where only the number of rows counts.
        design: How the rows count.

    >>> from torch import tensor
    >>> alone = Sample(np.ones(4))
    >>> pairs = Sample(np.ones(4), np.arange(4), Design(clusters=tensor([0, 0, 1, 1])))
    >>> moved = np.array([1.0, 1.0, -1.0, -1.0])
    >>> alone.covariance(moved, moved), pairs.covariance(moved, moved)
    (0.25, 1.0)
    """

    times: Array
    place: NDArray[np.int64] | None = None
    design: Design = ALIKE

    @property
    def rows(self) -> int:
        """The number of rows."""
        return int(self.times.sum()) if self.place is None else len(self.place)

    @property
    def units(self) -> int:
        """The number of what was sampled independently: of clusters, or of rows."""
        return self.design.units(self.rows)

    def covariance(self, a: Array, b: Array) -> float:
        """The covariance of two numbers from how each value moves them, already adjusted for means that were estimated.

        See `Design.covariance`.
        """
        rows = float(self.times.sum())
        if rows < 2 or self.units < 2:
            return nan
        left, right = (each - each @ self.times / rows for each in (a, b))
        if self.place is None or self.design.alike:
            return float((left * right) @ self.times) / rows**2
        return self.design.covariance(left[self.place], right[self.place], rows)
