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
        return int(self.times.sum()) if self.place is None else self.design.sampled(len(self.place))

    @property
    def units(self) -> int:
        """The number of what was sampled independently: of clusters, or of rows."""
        return self.design.units(self.rows)

    @property
    def clustered(self) -> int | None:
        """The number of clusters; None where each row was sampled by itself."""
        return self.units if self.design.together else None

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


@dataclass(frozen=True, slots=True)
class Samples:
    """The rows of several data sets, each sampled by itself: variances add up.

    Args:
        parts: The rows of each; numbers have their values one data set after the other.

    >>> two = Samples((Sample(np.ones(2)), Sample(np.ones(4))))
    >>> moved = np.array([1.0, -1.0, 2.0, 2.0, -2.0, -2.0])
    >>> two.covariance(moved, moved)
    1.5
    """

    parts: tuple[Sample, ...]

    @property
    def rows(self) -> int:
        """The number of rows of all data sets."""
        return sum(part.rows for part in self.parts)

    @property
    def units(self) -> int:
        """The number of what was sampled independently, in the data set with the fewest clusters if some have them."""
        return self.rows if self.clustered is None else self.clustered

    @property
    def clustered(self) -> int | None:
        """The number of clusters in the data set with the fewest; None where each row was sampled by itself."""
        return min((part.units for part in self.parts if part.design.together), default=None)

    def covariance(self, a: Array, b: Array) -> float:
        """The covariance of two numbers from how each value moves them: see `Sample.covariance`."""
        found, start = 0.0, 0
        for part in self.parts:
            here = slice(start, start + len(part.times))
            start = here.stop
            if a[here].any() and b[here].any():  # a data set that moves nothing may have a single row
                found += part.covariance(a[here], b[here])
        return found
