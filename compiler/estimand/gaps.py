"""Answers where tables lack cases that they need: computed again with arbitrary numbers in place of what is missing.

A conditional is 0 where no case shows it, and so is a quotient by zero; where no row stands for others, they are left
out. That is right where nothing depends on them. Where the answer changes with the numbers in their place, the tables
do not determine it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..model.data import DataSet
from ..model.query import Query
from ..model.rows import SomeRows, rows_of
from .contraction import Array, arbitrary, normalised
from .errors import no_answer
from .table import Table
from .tables import Tables

_SAME = 1e-9
"""By how much two values of an answer may differ that are the same."""

_ZERO = 1e-14
"""Up to which a divisor that is a difference is 0: what rounding leaves of equal probabilities."""


@dataclass(slots=True)
class Cases:
    """How conditionals and quotients are computed where no case shows them: as 0, or as arbitrary numbers.

    Args:
        made_up: Whether they are arbitrary numbers there, not 0.
        lacking: Whether one was needed where no case shows it, or may have been.
    """

    made_up: bool = False
    lacking: bool = False

    def joint(self, tables: Tables, source: DataSet | SomeRows, names: tuple[str, ...]) -> Array:
        """The joint distribution of some variables in a data set, or in some of its rows."""
        if rows_of(source).weights:
            self.lacking = True
        return tables.marginal(source, names, made_up=self.made_up)

    def shares(self, joint: Array, targets: int) -> Array:
        """``P(targets | rest)`` from a joint with that many target axes first."""
        shares, unseen = normalised(joint, targets), ~(joint.sum(axis=tuple(range(targets))) > 0)
        if unseen.any():
            self.lacking = True
            if self.made_up:
                size = joint[(slice(None),) * targets + (0,) * unseen.ndim].size
                other = np.arange(1.0, size + 1).reshape(*joint.shape[:targets], *[1] * unseen.ndim)
                shares = np.where(unseen, other / other.sum(), shares)
        return shares

    def quotient(self, one: Array, other: Array, *, differs: bool = False) -> Array:
        """One array divided by another of as many axes; `differs` says that the divisor is a difference."""
        shape = np.broadcast_shapes(one.shape, other.shape)
        unseen = np.abs(other) <= (_ZERO if differs else 0.0)
        found = np.divide(one, other, out=np.zeros(shape), where=~unseen)
        if unseen.any():
            self.lacking = True
            if self.made_up:
                found = np.where(unseen, arbitrary(one.shape), found)
        return np.asarray(found)


def determined(query: Query, several: bool, compute: Callable[[Cases], Table]) -> Table:
    """An answer with NaN where it depends on what no case shows.

    Args:
        query: The query.
        several: Whether it is answered from several data sets; then such a setting is refused.
        compute: Computes it from conditionals.

    Raises:
        DofxError: E1002 where nothing is left, and at the first such setting of several data sets.
    """
    cases = Cases()
    answer = compute(cases)
    if not cases.lacking:
        return answer
    asked = [name for name in query.outcomes if name in answer.names and name not in query.conditions]
    outcomes = tuple(map(answer.names.index, asked))
    array = answer.array()
    gaps = ~agree(array, compute(Cases(made_up=True)).array(), outcomes)
    if not gaps.any():
        return answer
    if gaps.all() or several:
        given = [name for name in answer.names if name not in asked]
        first, *_ = np.argwhere(gaps.reshape([answer.sizes[name] for name in given]))
        raise no_answer(query, setting(answer, given, first))
    return Table(answer.names, np.where(gaps, np.nan, array), answer.states)


def agree(one: Array, other: Array, axes: Iterable[int]) -> NDArray[np.bool_]:
    """Where two arrays are the same all along some axes, which keep one entry."""
    return np.asarray((np.abs(one - other) <= _SAME).all(axis=tuple(axes), keepdims=True))


def setting(answer: Table, names: Sequence[str], places: Iterable[int]) -> str:
    """A setting in words, empty where there is nothing to set."""
    return ", ".join(
        f"{name} = {answer.states.get(name, range(answer.sizes[name]))[place]}"
        for name, place in zip(names, places, strict=True)
    )
