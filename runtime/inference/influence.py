"""Influence functions: one value per combination of states in finite networks, else one per row; their support."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...compiler.estimand.contraction import Array


@dataclass(frozen=True, slots=True)
class Overlap:
    """Where the question asks a draw, compared with where the rows show its conditions.

    Args:
        draw: The draw's conditional, as text.
        given: Its conditions.
        largest_ratio: The largest ratio of the law of the conditions in the network to their law in the rows.
        effective_rows: The number of equally weighted rows that are worth what the rows are worth; None for a
            distribution that is known.
        unseen: The probability that the question asks conditions that no row shows.
        effective_clusters: The number of equally weighted clusters that are worth what the rows are worth; None where
            each row was sampled by itself.
    """

    draw: str
    given: tuple[str, ...]
    largest_ratio: float
    effective_rows: float | None
    unseen: float
    effective_clusters: float | None = None

    @property
    def worth(self) -> tuple[float, str] | None:
        """What was sampled independently, as a number and a noun: clusters, or rows."""
        if self.effective_clusters is not None:
            return self.effective_clusters, "clusters"
        return None if self.effective_rows is None else (self.effective_rows, "rows")

    def __str__(self) -> str:
        rows = "" if self.effective_rows is None else f"rests on {self.effective_rows:,.0f} effective rows"
        if self.effective_clusters is not None:
            rows += f" of {self.effective_clusters:,.0f} effective clusters"
        rows += "; " if rows else ""
        return f"{self.draw} {rows}largest density ratio {self.largest_ratio:,.3g}"


@dataclass(frozen=True, slots=True)
class Place:
    """Which rows a term of an influence function is of.

    Args:
        data: The name of their data set.
        shows: The columns with holes that they must show; the term of all other rows is 0.
        names: The variables that it depends on.
        holes: Those of them whose last entry is a hole.
    """

    data: str
    shows: tuple[str, ...]
    names: tuple[str, ...]
    holes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Influence:
    """The influence functions of several expectations.

    Args:
        terms: What a row contributes, ``(numbers, *states)`` for the states of some variables. It is NaN where the law
            has no such rows, although the question asks them.
        overlaps: What each draw from the rows rests on.
        numbers: The number of expectations.
    """

    terms: Mapping[Place, Array]
    overlaps: tuple[Overlap, ...]
    numbers: int

    def at(self, data: str, rows: Mapping[str, NDArray[np.int64]], count: int) -> Array:
        """The values at some rows of a data set, ``(numbers, rows)``.

        Args:
            data: The name of the data set.
            rows: State numbers of each variable, ``(rows,)``; -1 where a row has a hole.
            count: The number of rows.
        """
        found = np.zeros((self.numbers, count))
        for place, values in self.terms.items():
            if place.data != data:
                continue
            flat, sizes = values.reshape(self.numbers, -1), values.shape[1:]
            states = [
                np.where(rows[name] < 0, size - 1, rows[name]) if name in place.holes else rows[name]
                for name, size in zip(place.names, sizes, strict=True)
            ]
            if not place.shows:
                found += flat[:, np.ravel_multi_index(states, values.shape[1:])]
                continue
            here = np.all([rows[name] >= 0 for name in place.shows], axis=0)
            found[:, here] += flat[:, np.ravel_multi_index([each[here] for each in states], values.shape[1:])]
        return found


@dataclass(frozen=True, slots=True)
class Weighted:
    """The density ratio of a draw at some rows.

    Args:
        draw: The draw's conditional, as text.
        given: Its conditions.
        ratios: A ratio per row, ``(rows,)``.
        place: The numbers of the rows among those of all data sets, ``(rows,)``.
    """

    draw: str
    given: tuple[str, ...]
    ratios: Array
    place: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OneStep:
    """An expectation and how each row moves it.

    Args:
        value: The expectation under the generators.
        off: By how much it is off because generators differ from what the stages that they learn from simulate.
        moved: How each row of all data sets moves it, ``(rows,)``.
        weighted: The density ratio of each draw.
    """

    value: float
    off: float
    moved: Array
    weighted: tuple[Weighted, ...]
