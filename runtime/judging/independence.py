"""A test of conditional independence for numbers and finite variables, by the covariance of what is left of them.

Both variables are regressed on the conditions; if they are independent given these, what is left is uncorrelated. A
finite variable stands for the indicators of its states, a number for its normal scores, which loses nothing: an
independence survives every monotone change of scale. What is seen is dependence that shows in a covariance: two
variables whose association is as often positive as negative given the conditions look independent. The covariance is
measured in two units, its own empirical spread and the product of both variances, and the larger chance counts: the
first is too small where both are rare, the second where the spread of one follows the conditions.

Where rows have weights, means and regressions are weighted: an independence of the population shows in them, and not
in the rows. Rows of one cluster move the covariance together.

References:
    Shah, Peters (2020), "The hardness of conditional independence testing and the generalised covariance measure",
    Annals of Statistics 48(3): the statistic, and that no test has power against all dependence. Binder (1983), "On the
    variances of asymptotically normal estimators from complex surveys", International Statistical Review 51(3), for
    weights and clusters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..data.dataset import Dataset
from ..data.design import Design
from ..variables import Finite, Real, VariableType

Array = NDArray[np.float64]

MOST_ROWS = 20_000
"""The number of rows that are examined; of more, this many are chosen at random."""

MOST_STATES = 8
"""The number of states of a variable that are compared, the most frequent ones; all others count as one."""

ROWS_A_TERM = 5
"""Rows that the regression has at least for each of its terms before it takes products of them."""


@dataclass(frozen=True, slots=True)
class Dependence:
    """What a test found.

    Args:
        rows: Rows looked at.
        p: The chance of so much covariance or more under independence.
        strength: How much is left of the association given the conditions. For two numbers it is the absolute value of
            their partial correlation; what chance alone would show is taken off.
    """

    rows: int
    p: float
    strength: float


def is_testable(type: VariableType) -> bool:
    """Whether a variable of a type can be tested: finite ones, numbers and vectors."""
    return isinstance(type, (Finite, Real))


def dependence(data: Dataset, first: str, second: str, given: Sequence[str], seed: int = 0) -> Dependence:
    """Test whether two variables are independent given others.

    Args:
        data: Encoded rows.
        first: A variable that is `is_testable`, as all of them.
        second: Another.
        given: The conditions.
        seed: Of the choice of rows, where there are more than `MOST_ROWS`.

    >>> z = torch.linspace(-2, 2, 500).sin()
    >>> noise = torch.randn(2, 500, generator=torch.Generator().manual_seed(0))
    >>> rows = {"z": z, "x": z + noise[0], "y": z + noise[1]}
    >>> data = Dataset(rows, dict.fromkeys(rows, Real()))
    >>> dependence(data, "x", "y", []).p < 0.001, dependence(data, "x", "y", ["z"]).p > 0.05
    (True, True)
    """
    index = torch.randperm(data.rows, generator=torch.Generator().manual_seed(seed))[:MOST_ROWS]
    part = data.take(index.sort().values) if data.rows > MOST_ROWS else data
    counting = part.design.counting
    part = part if counting is None else part.take(counting.nonzero().squeeze(1))
    root = _root(part.design)
    terms = _terms(part, given, root)
    left, right = (
        _residuals(_scores(part[name], part.types[name]) * root, terms) for name in (first, second)
    )
    products = (left[:, :, None] * right[:, None, :]).reshape(part.rows, -1)
    free = part.rows - terms.shape[1]
    if free < 1 or not products.any():
        return Dependence(part.rows, 1.0, 0.0)
    worth = part.design.worth(part.rows)
    together, units = _by_cluster(products, part.design)
    spreads = (
        together.T
        @ together
        * (part.rows / free)
        * (units / max(1, units - 1) if units < part.rows else 1.0),
        np.kron(left.T @ left, right.T @ right) / free * (part.rows / worth),
    )
    found = [_chi_squared(products.sum(0), spread) for spread in spreads]
    statistic, freedom = found[1]
    strength = sqrt(max(0.0, statistic - freedom) / worth)
    return Dependence(part.rows, max(_chance(*each) for each in found), strength)


def _root(design: Design) -> Array | float:
    """What each row is multiplied by so that sums of squares are weighted, ``(rows, 1)``."""
    weights = design.relative
    return 1.0 if weights is None else np.asarray(weights.sqrt().double().numpy())[:, None]


def _by_cluster(products: Array, design: Design) -> tuple[Array, int]:
    """The sum of the products of each cluster, ``(clusters, numbers)``, and the number of clusters."""
    if not design.together:
        return products, len(products)
    units, place = design.units(len(products)), design.place(len(products))
    found = torch.zeros(units, products.shape[1], dtype=torch.float64)
    return np.asarray(found.index_add_(0, place, torch.from_numpy(products)).numpy()), units


def _chi_squared(total: Array, spread: Array) -> tuple[float, int]:
    """A sum in units of its covariance matrix, squared, and the degrees of freedom."""
    values, vectors = np.linalg.eigh(spread)
    kept = values > 1e-9 * values[-1]
    return float(((vectors.T @ total)[kept] ** 2 / values[kept]).sum()), int(kept.sum())


def _chance(statistic: float, freedom: int) -> float:
    """The chance of a chi-squared as large or larger."""
    half = torch.tensor([freedom / 2, statistic / 2], dtype=torch.float64)
    return float(torch.special.gammaincc(half[0], half[1]))


def _scores(values: Tensor, type: VariableType) -> Array:
    """A variable as numbers, float64 ``(rows, numbers)``: indicators of states, or normal scores."""
    if isinstance(type, Finite):
        counts = torch.bincount(values, minlength=type.cardinality)
        common = counts.argsort(descending=True, stable=True)[:MOST_STATES]
        common = common[counts[common] > 0]
        shown = common[1:] if len(common) == int((counts > 0).sum()) else common
        return np.asarray((values[:, None] == shown).double().numpy())
    columns = values.double().reshape(len(values), -1)
    ranks = torch.stack([_ranks(column) for column in columns.T], dim=1)
    return np.asarray(torch.special.ndtri(ranks / (len(values) + 1)).numpy())


def _ranks(column: Tensor) -> Tensor:
    """Ranks from 1, float64 ``(rows,)``; equal values share the mean of theirs."""
    _, member, counts = torch.unique(column, return_inverse=True, return_counts=True)
    last = counts.cumsum(0).double()
    ranks: Tensor = (last - (counts - 1) / 2)[member]
    return ranks


def _terms(data: Dataset, given: Sequence[str], root: Array | float) -> Array:
    """What is regressed on, float64 ``(rows, terms)``: the conditions, bent, and products where rows allow it."""
    rows = data.rows
    finite = [name for name in given if isinstance(data.types[name], Finite)]
    states = {name: _scores(data[name], data.types[name]) for name in finite}
    numbers = [_scores(data[name], data.types[name]) for name in given if name not in finite]
    number = np.concatenate([np.zeros((rows, 0)), *numbers], axis=1)
    bends = [number**2, number**3, *(np.maximum(number - knot, 0) ** 3 for knot in (-0.7, 0.0, 0.7))]
    strata = _strata(data, finite)
    linear = np.concatenate([*states.values(), number], axis=1) if given else np.zeros((rows, 0))
    flat = strata if strata is not None else np.concatenate([np.zeros((rows, 0)), *states.values()], axis=1)
    terms = np.concatenate([np.ones((rows, 1)), flat, number, *bends], axis=1)
    if linear.shape[1] ** 2 / 2 + terms.shape[1] <= rows / ROWS_A_TERM:
        i, j = np.triu_indices(linear.shape[1], 1)
        terms = np.concatenate([terms, linear[:, i] * linear[:, j]], axis=1)
    return _independent(terms * root)


def _strata(data: Dataset, finite: Sequence[str]) -> Array | None:
    """Indicators of all combinations of states but one that occur, if there are enough rows for all of them."""
    if not finite:
        return None
    columns = torch.stack([data[name] for name in finite], dim=1)
    found, member = torch.unique(columns, dim=0, return_inverse=True)
    if len(found) > data.rows / ROWS_A_TERM:
        return None
    return np.asarray((member[:, None] == torch.arange(1, len(found))).double().numpy())


def _independent(terms: Array) -> Array:
    """An orthonormal basis of what the terms span, float64 ``(rows, rank)``."""
    scaled = terms / np.maximum(np.sqrt((terms**2).sum(0)), 1e-300)
    size, vectors = np.linalg.eigh(scaled.T @ scaled)
    kept = size > 1e-8 * size[-1]
    return np.asarray(scaled @ (vectors[:, kept] / np.sqrt(size[kept])))


def _residuals(scores: Array, terms: Array) -> Array:
    return np.asarray(scores - terms @ (terms.T @ scores))


def adjusted(chances: Mapping[int, float]) -> dict[int, float]:
    """The chances of several tests, each adjusted for there being several.

    References:
        Holm (1979), "A simple sequentially rejective multiple test procedure".

    >>> adjusted({0: 0.01, 1: 0.04, 2: 0.03})
    {0: 0.03, 2: 0.06, 1: 0.06}
    """
    found, least = {}, 0.0
    for place, (key, p) in enumerate(sorted(chances.items(), key=lambda each: each[1])):
        least = max(least, min(1.0, p * (len(chances) - place)))
        found[key] = least
    return found
