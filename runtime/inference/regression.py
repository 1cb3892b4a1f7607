"""Two regressions in closed form: the mean of a number given conditions, and a ratio of two laws.

Both are ridge regressions on one basis: each condition, its bends at quantiles, and products of pairs. The ratio needs
no density and no classifier: it minimises the mean of ``α²`` in the real rows less that of ``2 α`` in the simulated
rows, which is least at the ratio itself. Its penalty is chosen by that loss on rows left out.

References:
    Kanamori, Hido, Sugiyama (2009), "A least-squares approach to direct importance estimation".
    Chernozhukov, Newey, Singh (2022), "Automatic debiased machine learning of causal and structural effects".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...compiler.estimand.contraction import Array
from ..exact.distribution import NotExactError
from ..variables import Finite, Real, VariableType

KNOTS = 6
"""Most bends of a condition, at evenly spaced quantiles."""

MOST_FEATURES = 160
"""Most features of a basis; products of pairs are left out first, then bends."""

PENALTIES = 10.0 ** np.arange(-5, 3)
"""The penalties, in units of a feature's variance, among which each regression chooses."""

EDGE = 0.02
"""A ratio does not change beyond this share of the rows at either end of a real condition."""

FAR = 2.7
"""How many times as far from the middle of a real condition as its edges a mean still has products of conditions.

Normal conditions end there at 5.5 standard deviations. A row far beyond the others would have a product of its own
size times itself, by a slope that the others hardly show.
"""

FEW = 10
"""Effective rows that show a product, below which it is left out.

The products of a rare state with all other conditions are more than the rows that show it: a combination of them is the
same in these rows, and thousands at another.
"""

VARYING = 1e-10
"""A combination of features varies if its variance in rows is more than this share of the largest."""

PARTS = 5
"""Parts into which rows are divided to choose the penalty of a ratio."""


@dataclass(frozen=True, slots=True)
class Basis:
    """Features of some conditions, each with mean 0 and variance 1 in the rows that it was made of.

    Args:
        types: The type of each condition.
        knots: The bends of each column.
        pairs: The pairs of columns that are multiplied.
        shift: The mean of each feature.
        scale: Its standard deviation.
        low: The value of each column below which products do not change.
        high: The same above it.
        flat: Whether lines and bends do not change there either.
    """

    types: tuple[VariableType, ...]
    knots: tuple[Array, ...]
    pairs: tuple[tuple[int, int], ...]
    shift: Array
    scale: Array
    low: Array
    high: Array
    flat: bool

    @classmethod
    def of(cls, types: Sequence[VariableType], values: Sequence[Tensor], *, flat: bool = False) -> Basis:
        """The basis for some rows.

        Args:
            types: The type of each condition.
            values: Encoded values, ``(rows, *event)`` each.
            flat: Whether features stay the same where hardly any of these rows are, beyond `EDGE` of them. What is
                learnt from few rows there, and grows beyond them, would be large at a single row of others.
        """
        columns = _columns(types, values)
        low, high = _edges(columns, 1.0 if flat else FAR)
        count = columns.shape[1]
        levels = np.linspace(0, 1, KNOTS + 2)[1:-1]
        knots = [np.unique(np.quantile(column, levels)) for column in columns.T]
        several = [len(np.unique(column)) > 2 for column in columns.T]
        knots = [each if bends else each[:0] for each, bends in zip(knots, several, strict=True)]
        if count + sum(map(len, knots)) > MOST_FEATURES:
            knots = [each[:0] for each in knots]
        pairs = [(i, j) for i in range(count) for j in range(i, count)]
        pairs = pairs if count + sum(map(len, knots)) + len(pairs) <= MOST_FEATURES else []
        bare = cls(tuple(types), tuple(knots), tuple(pairs), np.zeros(1), np.ones(1), low, high, flat)
        found = bare.raw(columns)
        spread = found.std(axis=0)
        first = len(spread) - len(pairs)
        square = found[:, first:] ** 2
        spread[first:] *= square.sum(axis=0) ** 2 >= FEW * (square**2).sum(axis=0)
        kept = np.where(spread > 1e-9, spread, np.inf)
        return replace(bare, shift=found.mean(axis=0), scale=kept)

    @property
    def orders(self) -> NDArray[np.int64]:
        """The kind of each feature: 0 the constant, 1 a condition, 2 a bend, 3 a product."""
        bends, products = sum(map(len, self.knots)), len(self.pairs)
        return np.repeat(np.arange(4), (1, len(self.scale) - bends - products, bends, products))

    def raw(self, columns: Array) -> Array:
        """The features before they are scaled, ``(rows, features)``."""
        inside = np.clip(columns, self.low, self.high)
        columns = inside if self.flat else columns
        bends = [np.maximum(columns[:, [i]] - knots, 0) for i, knots in enumerate(self.knots)]
        products = [inside[:, [i]] * inside[:, [j]] for i, j in self.pairs]
        return np.concatenate([columns, *bends, *products], axis=1)

    def __call__(self, values: Sequence[Tensor]) -> Array:
        """The features of some rows, ``(rows, features)``, the first of them 1."""
        columns = _columns(self.types, values)
        found = (self.raw(columns) - self.shift) / self.scale
        return np.concatenate([np.ones((len(found), 1)), found], axis=1)


def mean_of(features: Array, target: Array) -> Array:
    """The weights of a ridge regression, whose penalty is chosen for each target by generalised cross-validation.

    Args:
        features: As from a `Basis`, ``(rows, features)``.
        target: A number per row, ``(rows,)``, or several, ``(rows, targets)``.

    Returns:
        ``(features,)`` or ``(features, targets)``.

    References:
        Golub, Heath, Wahba (1979), "Generalized cross-validation as a method for choosing a good ridge parameter".
    """
    rows = len(target)
    gram, moment = features.T @ features / rows, features.T @ target / rows
    best, found = np.full(target.shape[1:], np.inf), np.zeros_like(moment)
    for penalty in PENALTIES:
        inverse = np.linalg.inv(gram + _ridge(len(moment), penalty))
        weights = inverse @ moment
        freedom = float(np.trace(inverse @ gram))
        loss = ((target - features @ weights) ** 2).mean(axis=0) / max(1 - freedom / rows, 1e-3) ** 2
        found = np.where(loss < best, weights, found)
        best = np.minimum(loss, best)
    return found


def ratio_of(
    shown: Array,
    asked: Array,
    share: float,
    orders: NDArray[np.int64],
    counts: Array | None = None,
    pulls: Array | None = None,
) -> Array:
    """The weights of the ratio of the law of some conditions to their law in rows.

    Bends, and then products, come in only if the ratio is better with them, in rows left out, by more than chance: few
    rows do not determine a complicated ratio well, and its noise becomes noise of the effect.

    Args:
        shown: Features of the rows, ``(rows, features)``.
        asked: Features of conditions that are drawn from the other law, ``(draws, features)``.
        share: The share of all rows that `shown` are; the ratio is to the law in all rows.
        orders: The kind of each feature, ascending, see `Basis.orders`.
        counts: How much each of the rows counts, ``(rows,)``; None counts all alike.
        pulls: How much each of the draws counts, ``(draws,)``, which may be less than nothing; None counts each as one.

    References:
        Breiman, Friedman, Olshen, Stone (1984), "Classification and regression trees" (the rule of one standard error).
    """
    counts = np.ones(len(shown)) if counts is None else counts
    asked = asked if pulls is None else asked * pulls[:, None]
    grams = np.stack([_gram(shown[part::PARTS], counts[part::PARTS]) for part in range(PARTS)])
    masses = np.array([counts[part::PARTS].sum() for part in range(PARTS)])
    sums = np.stack([asked[part::PARTS].sum(axis=0) for part in range(PARTS)])
    numbers = np.array([len(asked[part::PARTS]) for part in range(PARTS)])
    kinds = np.unique(orders[orders > 0]) if len(orders) > 1 else orders
    losses = np.zeros((len(kinds), len(PENALTIES), PARTS))
    for part in range(PARTS):
        others = np.arange(PARTS) != part
        gram, moment = grams[others].sum(axis=0) / masses[others].sum(), sums[others].sum(axis=0)
        for row, kind in enumerate(kinds):
            first = int((orders <= kind).sum())
            found = _ratios(gram[:first, :first], moment[:first] / numbers[others].sum(), share)
            square = ((found @ grams[part, :first, :first]) * found).sum(axis=1) / masses[part]
            losses[row, :, part] = share * square - 2 * found @ sums[part, :first] / numbers[part]
    means = losses.mean(axis=2)
    row, place = (int(number) for number in np.unravel_index(int(means.argmin()), means.shape))
    for simpler in range(row):
        candidate = int(means[simpler].argmin())
        excess = losses[simpler, candidate] - losses[row, place]
        if excess.mean() <= excess.std(ddof=1) / np.sqrt(PARTS):
            row, place = simpler, candidate
            break
    first, whole = int((orders <= kinds[row]).sum()), np.zeros(len(orders))
    gram = grams.sum(axis=0)[:first, :first] / masses.sum()
    whole[:first] = _ratios(gram, sums.sum(axis=0)[:first] / len(asked), share)[place]
    return whole


def _gram(features: Array, counts: Array) -> Array:
    """The sum over rows of the products of features, ``(features, features)``."""
    return np.asarray((features * counts[:, None]).T @ features, np.float64)


def _ratios(gram: Array, moment: Array, share: float) -> Array:
    """The weights for each penalty, ``(penalties, features)``.

    A combination of features that is the same in all rows has no weight. Two states that no row shows together leave
    one: nothing determines the ratio along it, and where the other law has both, only the penalty would keep it finite.

    Args:
        gram: The mean of the products of features in the rows, ``(features, features)``.
        moment: The mean of the features of what is asked, ``(features,)``.
        share: The share of all rows that the rows are.
    """
    means = gram[1:, 0] / gram[0, 0]
    sizes, directions = np.linalg.eigh(gram[1:, 1:] - gram[0, 0] * np.outer(means, means))
    varying = sizes > VARYING * sizes.max(initial=0)
    along = directions[:, varying].T @ (moment[1:] - moment[0] * means)
    slopes = along / (sizes[varying] + PENALTIES[:, None]) @ directions[:, varying].T
    first = moment[0] / gram[0, 0] - slopes @ means
    return np.asarray(np.concatenate([first[:, None], slopes], axis=1) / share, np.float64)


def _ridge(features: int, penalty: float) -> Array:
    """A penalty of every feature but the first, which is 1."""
    diagonal = np.full(features, penalty)
    diagonal[0] = 1e-12
    return np.diag(diagonal)


def _edges(columns: Array, times: float) -> tuple[Array, Array]:
    """The values beyond which `EDGE` of the rows lie at either end of each column; all of them if most are equal.

    Args:
        columns: ``(rows, columns)``.
        times: How many times as far from the middle between them to go.
    """
    low, high = np.quantile(columns, [EDGE, 1 - EDGE], axis=0)
    apart = low < high
    low, high = np.where(apart, low, columns.min(axis=0)), np.where(apart, high, columns.max(axis=0))
    beyond = (times - 1) * (high - low) / 2
    return low - beyond, high + beyond


def _columns(types: Sequence[VariableType], values: Sequence[Tensor]) -> Array:
    """The numbers of each row, ``(rows, numbers)``: of a finite variable, which of its states it is."""
    found: list[Array] = []
    for type, value in zip(types, values, strict=True):
        match type:
            case Finite():
                hot = torch.nn.functional.one_hot(value.long(), type.cardinality)[:, 1:]
                found.append(hot.double().cpu().numpy())
            case Real():
                found.append(value.reshape(len(value), -1).double().cpu().numpy())
            case _:
                raise NotExactError(f"a condition is {type}, for which there is no regression")
    return np.concatenate(found, axis=1)
