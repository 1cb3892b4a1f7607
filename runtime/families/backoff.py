"""Fills a table for combinations of conditions that no row has, from the distribution given fewer conditions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PSEUDO_COUNTS = 8.0 ** np.arange(-1, 5)
"""The pseudo-counts, in rows, among which each step chooses."""

LEAST = 1e-6
"""The number of rows that is assumed for a state that never occurs."""

_LIKE = 1e-9
"""Nats per row by which two choices may differ and count as equal: the first is then taken, whatever rounding says."""


def marginal(counts: Array) -> Array:
    """The frequencies of the target's states in each data set, shape ``(data sets, 1, …, 1, states)``."""
    total = counts.sum(tuple(range(1, counts.ndim - 1)), keepdims=True) + LEAST
    return np.asarray(total / total.sum(-1, keepdims=True))


def priors(counts: Array, smoothing: float, rows: Array | None = None) -> Array:
    """What pulls each combination of conditions by `smoothing` rows, in each data set.

    With the least pseudo-count, what is known given fewer conditions matters only where a combination has no rows;
    a data set that shows all of them takes the marginal, which costs nothing to find.

    Args:
        counts: Rows, or their weight, shape ``(data sets, *given_states, states)``.
        smoothing: The pseudo-count.
        rows: The number of rows of each cell, if the counts are weights.

    Returns:
        Probabilities, which broadcast to the shape of the counts.
    """
    found = marginal(counts)
    if counts.ndim <= 3:
        return found  # with one condition, or none, backing off leads to the marginal
    unseen = counts.reshape(len(counts), -1, counts.shape[-1]).sum(-1) == 0
    pulled = np.full(len(counts), True) if smoothing > LEAST else unseen.any(-1)
    if not pulled.any():
        return found
    found = np.broadcast_to(found, counts.shape).copy()
    found[pulled] = backed_off(counts[pulled], None if rows is None else rows[pulled])
    return found


def backed_off(counts: Array, rows: Array | None = None) -> Array:
    """The distribution of the target given all conditions but one, smoothed with distributions given fewer conditions.

    Conditions are added one at a time, the most informative one first. Each step pulls the frequencies of its
    combinations towards the distribution of the step before, by the best pseudo-count; a combination without rows
    keeps that distribution. The best is the one with the highest likelihood of each row given the others, so nothing
    is held out and nothing is random. The steps end when no further condition is informative, or when one condition
    is left: the distribution given all of them is the table itself.

    Every data set makes its own choices, as it would alone. Those that choose alike are worked on together.

    Args:
        counts: Rows, or their weight, shape ``(data sets, *given_states, states)``.
        rows: The number of rows of each cell, if the counts are weights: a row that is left out then has the mean
            weight of its cell.

    Returns:
        Probabilities, which broadcast to the shape of the counts.

    References:
        Jelinek, Mercer (1980): interpolation with shorter contexts. MacKay, Peto (1995): by a Dirichlet prior that
        is centred there. Ney, Essen, Kneser (1995): leaving one out.

    >>> counts = np.array([[[8.0, 0.0], [0.0, 8.0]], [[0.0, 0.0], [1.0, 7.0]]])
    >>> backed_off(counts[None])[0, ..., 0].round(2)  # the second condition is more informative
    array([[0.93, 0.08],
           [0.93, 0.08]])
    """
    found = np.broadcast_to(marginal(counts), counts.shape).copy()
    left = tuple(range(1, counts.ndim - 1))
    _join(counts, rows, np.arange(len(counts)), left, marginal(counts), found)
    return found


def _join(
    counts: Array,
    rows: Array | None,
    members: NDArray[np.intp],
    left: tuple[int, ...],
    before: Array,
    found: Array,
) -> None:
    """Add one more condition in some data sets, and then further ones, and write down where each ends.

    Args:
        counts: Of all data sets.
        rows: Likewise, if the counts are weights.
        members: The data sets that have chosen alike so far.
        left: The axes of the conditions that are not added yet.
        before: The distribution given the others, by member.
        found: Where it is written.
    """
    found[members] = before
    if len(left) < 2:
        return
    number = None if rows is None else rows[members]
    steps = [_step(counts[members], number, tuple(set(left) - {axis}), before) for axis in left]
    gains = np.stack([gain for gain, _ in steps], axis=-1)
    slack = _LIKE * counts[members].reshape(len(members), -1).sum(-1)
    best = _first_best(gains, slack)
    gained = gains[np.arange(len(members)), best] > slack
    for place, axis in enumerate(left):
        mine = gained & (best == place)
        if mine.any():
            others = tuple(each for each in left if each != axis)
            _join(counts, rows, members[mine], others, steps[place][1][mine], found)


def _step(counts: Array, rows: Array | None, dropped: tuple[int, ...], before: Array) -> tuple[Array, Array]:
    """The gain in log-likelihood of the rows, in nats, given all conditions but the dropped ones; and the table.

    Both of each data set.
    """
    kept = counts.sum(dropped, keepdims=True)
    before = np.broadcast_to(before, kept.shape)
    sets, states = len(kept), kept.shape[-1]
    shown = (kept > 0).reshape(sets, -1).any(0)
    number, prior = kept.reshape(sets, -1)[:, shown], before.reshape(sets, -1)[:, shown]
    total = kept.reshape(sets, -1, states).sum(-1)
    occurs = (total > 0).any(0)
    total = total[:, occurs]
    one = all_ones = np.ones(())
    if rows is not None:
        shared = rows.sum(dropped, keepdims=True)
        one = _mean_weight(number, shared.reshape(sets, -1)[:, shown])[:, None]
        all_ones = _mean_weight(total, shared.reshape(sets, -1, states).sum(-1)[:, occurs])[:, None]
    # A combination that other data sets have and this one has not adds nothing: its factor is 1.
    others = number[:, None] - one + PSEUDO_COUNTS[:, None] * prior[:, None]
    if sets > 1:
        others = np.where(number[:, None] > 0, others, 1.0)
    scores = (number[:, None] * np.log(others)).sum(-1)
    others = total[:, None] - all_ones + PSEUDO_COUNTS[:, None]
    if sets > 1:
        others = np.where(total[:, None] > 0, others, 1.0)
    scores -= (total[:, None] * np.log(others)).sum(-1)
    best, every = _first_best(scores, _LIKE * total.sum(-1)), np.arange(sets)
    smooth = kept + PSEUDO_COUNTS[best].reshape(sets, *[1] * (kept.ndim - 1)) * before
    gain = scores[every, best] - (number * np.log(prior)).sum(-1)
    return gain, smooth / smooth.sum(-1, keepdims=True)


def _mean_weight(weight: Array, rows: Array) -> Array:
    """The mean weight of the rows of each cell; 0 for a cell without rows."""
    return np.divide(weight, rows, out=np.zeros_like(weight), where=rows > 0)


def _first_best(scores: Array, slack: Array) -> NDArray[np.intp]:
    """The place of the largest score of each data set, the first of those that are equal but for rounding."""
    return np.asarray((scores >= scores.max(-1, keepdims=True) - slack[:, None]).argmax(-1))
