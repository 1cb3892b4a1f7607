"""How rows move the weights of others, where chances that were trained weigh rows with holes.

A row that shows what it reads counts by the inverse of a chance, or by odds, that were learnt from rows too. So it adds
what it counts itself, and each row that taught a chance adds by how much its own value differs from the chance, times
the density of what that chance weighs. This density is a regression in closed form, as that of a density ratio is. The
recursion is that of `weighed`, with regressions in place of sums over cells.

References:
    Robins, Rotnitzky, Zhao (1994), "Estimation of regression coefficients when some regressors are not always observed"
    (the augmented inverse-probability weighted estimator, which this is where one chance weighs rows).
    Chernozhukov, Newey, Singh (2022), "Automatic debiased machine learning of causal and structural effects".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray

from ...compiler.estimand.contraction import Array
from ...compiler.model.rows import Inverse, Odds, Rows, Weight
from ...compiler.network.ir import Fit, SamplingNetwork
from ..data.dataset import Dataset
from ..fitting.weighing import Pattern, Weigher, parts_of
from .products import Products
from .regression import PARTS, Basis, ratio_of

Mask = NDArray[np.bool_]
Features = tuple[Array, NDArray[np.int64]]


@dataclass(slots=True)
class Chances(Products):
    """The chances that weigh the rows of a data set, learnt from some of them.

    Args:
        weigher: The weights of all rows.
        learning: Which rows the chances were learnt from, bool ``(rows,)``.
    """

    weigher: Weigher
    learning: Mask
    _features: dict[tuple[str, ...], Features] = field(default_factory=dict[tuple[str, ...], Features])

    @property
    def rows(self) -> Dataset:
        """All rows."""
        return self.weigher.dataset

    def weighted(self, rows: Rows) -> Dataset:
        """All rows, each with its own weight times some weights; 0 where a weight is not known."""
        design = self.rows.design.weighed(torch.from_numpy(self.product(rows)))
        return replace(self.rows, design=design)

    def training(self, network: SamplingNetwork, fit: Fit) -> Dataset:
        """The rows that train a generator, with their weights."""
        weighted = self.weighted(fit.rows)
        return weighted.take(torch.from_numpy(np.flatnonzero(self.learning))).of(network, fit)

    def mass(self, rows: Rows, here: NDArray[np.int64]) -> float:
        """How much some rows count together by some weights, in units of all rows."""
        base = self.rows.design.relative
        each = self.product(rows) if base is None else self.product(rows) * base.numpy()
        return float(each[here].sum() / len(each))

    def moved(self, rows: Rows, values: Array) -> Array:
        """How each row moves the means of some functions of the rows that these weights weigh.

        Args:
            rows: The weights, and the rows that they weigh.
            values: The functions at all rows, ``(functions, rows)``; 0 for a row that is not weighed.

        Returns:
            ``(functions, rows)``, of which the mean over all rows is by how much the means are off.
        """
        found = values * self.product(rows)
        self.push(rows, values, found)
        return found

    @property
    def places(self) -> int:
        """The number of rows."""
        return self.rows.rows

    def weight(self, weight: Weight) -> Array:
        """A weight at each row; 0 where it is not known."""
        return np.asarray(np.nan_to_num(self.weigher.weight(weight).numpy()))

    def _push_inverse(self, weight: Inverse, by_weight: Array, found: Array) -> None:
        weigher, node, inner = self.weigher, weight.node, weight.among
        known = weigher.chances(weight)
        if known is None:
            return
        chances, own = known.numpy(), weigher.column(node).numpy()
        asked = np.ones_like(own) if node in weigher.holes else own
        taught = weigher.shown((*inner.shows, *weigher.own_and_read(weight))).numpy()
        counted = np.where(taught, self.product(inner), 0.0)
        by_chance = -by_weight * self.weight(weight) ** 2
        features, each = self._of(weight.given), np.zeros_like(found)
        for state in np.unique(asked[(by_weight != 0).any(axis=0)]):
            density = self._density(features, counted, np.where(asked == state, by_chance, 0.0))
            each += density * ((own == state) - chances[:, state])
        each = np.where(taught, each, 0.0)
        found += each * counted
        if inner.weights:
            self.push(inner, each, found)

    def _push_odds(self, odds: Odds, by_weight: Array, found: Array) -> None:
        weigher = self.weigher
        complete = weigher.shown(odds.columns).numpy()
        ratios = {pattern: np.zeros(len(complete)) for pattern in weigher.ratios(odds)}
        for pattern, known in weigher.ratios(odds).items():
            ratios[pattern][complete] = known.numpy()

        def lower(pattern: Pattern, but: Pattern | None = None) -> Array:
            parts = [ratios[part] for part in parts_of(pattern) if part != but]
            return np.asarray(np.prod([complete.astype(np.float64), *parts], axis=0))

        by_ratio = {pattern: np.zeros_like(found) for pattern in ratios}
        for pattern, ratio in reversed(ratios.items()):
            member, read, _ = weigher.members(odds, pattern)
            total = by_ratio[pattern] + by_weight * lower(pattern)
            by_above = self._density(self._of(read), lower(pattern), total * complete)
            by_below = -by_above * ratio
            found += by_above * member.numpy() + by_below * lower(pattern)
            by_lower = by_weight * ratio + by_below * complete
            for part in parts_of(pattern):
                by_ratio[part] += by_lower * lower(pattern, but=part)

    def _density(self, features: Features, counted: Array, pulls: Array) -> Array:
        """The density, at given values, of what is summed against what is counted: ``(functions, rows)``.

        Args:
            features: Of the given values at all rows.
            counted: How much each row counts, ``(rows,)``.
            pulls: What each row adds to the sums, ``(functions, rows)``.
        """
        columns, orders = features
        base = self.rows.design.relative
        each = np.ones(len(counted)) if base is None else base.numpy()
        taught, number = self.learning & (counted > 0), int(self.learning.sum())
        counts = (each * counted)[taught]
        found = np.zeros_like(pulls)
        for place, pull in enumerate(pulls):
            pulling = self.learning & (pull != 0)
            if taught.any() and pulling.any():
                sums = (each * pull)[pulling] * (pulling.sum() / number)
                if pulling.sum() < PARTS:
                    found[place] = sums.mean() * number / counts.sum()
                    continue
                weights = ratio_of(
                    columns[taught], columns[pulling], float(counts.sum() / number), orders, counts, sums
                )
                found[place] = columns @ weights
        return found

    def _of(self, given: Sequence[str]) -> Features:
        """Features of some columns and indicators at all rows, and their kinds."""
        names = tuple(given)
        if names not in self._features:
            weigher, count = self.weigher, self.rows.rows
            if not names:
                self._features[names] = np.ones((count, 1)), np.zeros(1, np.int64)
                return self._features[names]
            types = [weigher.type_of(name) for name in names]
            columns = [weigher.column(name) for name in names]
            here = weigher.shown([name for name in names if name not in weigher.holes]).numpy()
            taught = torch.from_numpy(np.flatnonzero(here & self.learning))
            basis = Basis.of(types, [column[taught] for column in columns])
            shown = torch.from_numpy(np.flatnonzero(here))
            found = np.zeros((count, len(basis.orders)))
            found[here] = basis([column[shown] for column in columns])
            self._features[names] = found, basis.orders
        return self._features[names]
