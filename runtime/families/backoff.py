"""Fills a table for combinations of conditions that no row has, from the distribution given fewer conditions."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PSEUDO_COUNTS = 8.0 ** np.arange(-1, 5)
"""The pseudo-counts, in rows, among which each step chooses."""

LEAST = 1e-6
"""The number of rows that is assumed for a state that never occurs."""


def marginal(counts: Array) -> Array:
    """The frequencies of the target's states, shape ``(1, …, 1, states)``."""
    total = counts.sum(tuple(range(counts.ndim - 1)), keepdims=True) + LEAST
    return np.asarray(total / total.sum())


def backed_off(counts: Array) -> Array:
    """The distribution of the target given all conditions but one, smoothed with distributions given fewer conditions.

    Conditions are added one at a time, the most informative one first. Each step pulls the frequencies of its
    combinations towards the distribution of the step before, by the best pseudo-count; a combination without rows
    keeps that distribution. The best is the one with the highest likelihood of each row given the others, so nothing
    is held out and nothing is random. The steps end when no further condition is informative, or when one condition
    is left: the distribution given all of them is the table itself.

    Args:
        counts: Rows, shape ``(*given_states, states)``.

    Returns:
        Probabilities, shape ``(*given_states, states)`` with 1 in place of the states of a condition left out.

    References:
        Jelinek, Mercer (1980): interpolation with shorter contexts. MacKay, Peto (1995): by a Dirichlet prior that
        is centred there. Ney, Essen, Kneser (1995): leaving one out.

    >>> counts = np.array([[[8.0, 0.0], [0.0, 8.0]], [[0.0, 0.0], [1.0, 7.0]]])
    >>> backed_off(counts)[..., 0].round(2)  # the second condition tells more
    array([[0.93, 0.08]])
    """
    found, left = marginal(counts), list(range(counts.ndim - 1))
    while len(left) > 1:
        steps = [_step(counts, set(left) - {axis}, found) for axis in left]
        best = max(range(len(left)), key=lambda k: steps[k][0])
        if steps[best][0] <= 0:
            break
        found = steps[best][1]
        del left[best]
    return found


def _step(counts: Array, dropped: Collection[int], before: Array) -> tuple[float, Array]:
    """The gain in log-likelihood of the rows, in nats, given all conditions but the dropped ones; and the table."""
    kept = counts.sum(tuple(dropped), keepdims=True)
    before = np.broadcast_to(before, kept.shape)
    seen, rows = kept > 0, kept.sum(-1, keepdims=True)
    number, prior, total = kept[seen], before[seen], rows[rows > 0]
    pseudo = PSEUDO_COUNTS[:, None]
    scores = np.log(number - 1 + pseudo * prior) @ number - np.log(total - 1 + pseudo) @ total
    best = int(scores.argmax())
    smooth = kept + PSEUDO_COUNTS[best] * before
    gain = float(scores[best] - np.log(prior) @ number)
    return gain, smooth / smooth.sum(-1, keepdims=True)
