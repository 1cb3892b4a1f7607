"""Which rows train each generator of a network, and how much each of them counts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch import isfinite

from ...compiler.explain.rows import why_rows
from ...compiler.network.ir import Fit, SamplingNetwork
from ...compiler.printers.network.text import fit_text
from ..data.collection import Collection
from ..data.dataset import Dataset
from ..training.settings import FitSettings
from .never_shown import standing
from .weighing import Weigher, refuse_few


@dataclass(frozen=True, slots=True)
class Used:
    """Which rows of a data set train a generator.

    Args:
        rows: The number of rows that train it.
        among: The number of rows of its data set.
        worth: The effective number of rows, if rows have different weights; otherwise None.
        why: Why these rows represent all rows.
    """

    rows: int
    among: int
    worth: float | None
    why: str

    def __str__(self) -> str:
        worth = "" if self.worth is None else f", worth {self.worth:,.0f} by their weights"
        return f"{self.rows:,} of {self.among:,} rows{worth}, {self.why}"


class TrainingRows:
    """The rows of each fit of a network: the rows that show what it reads, with the weights that it needs.

    Args:
        network: The network.
        dataset: The rows, or those of each data set.
        settings: The settings with which the probabilities behind weights are learnt.

    `weighers` holds what computes the weights of a data set, by its name, once they are needed.
    """

    def __init__(
        self, network: SamplingNetwork, dataset: Dataset | Collection, settings: FitSettings
    ) -> None:
        self.network, self.dataset, self.settings = network, dataset, settings
        self._found: dict[Fit, Dataset] = {}
        self._standing: dict[Fit, Dataset] = {}
        self.weighers: dict[str, Weigher] = {}

    def of(self, fit: Fit) -> Dataset:
        """The rows of a fit; all rows if no column has a hole and every row counts the same.

        Raises:
            DofxError: E0517 if there are none; E0518 if their effective number is too small, or if no weight makes them
                represent all rows; and the errors of `Weigher`.
        """
        if fit not in self._found:
            weighted = bool(fit.rows.weights)
            self._found[fit] = self._weighted(fit) if weighted else self.dataset.of(self.network, fit)
        return self._found[fit]

    def standing(self, fit: Fit) -> Dataset:
        """The rows of a fit, without those at conditions where they do not represent all rows."""
        return self._standing.get(fit, self.of(fit))

    def used(self, fit: Fit) -> Used | None:
        """Which rows train a fit, and why; None if every row does and counts the same."""
        if fit.data is None or not fit.rows:
            return None
        whole = self.dataset.part(fit.data.name)
        rows = self.of(fit)
        worth = rows.design.worth(rows.rows) if fit.rows.weights else None
        if rows.rows == whole.rows and worth is None:
            return None
        return Used(rows.rows, whole.rows, worth, why_rows(fit, self.network.holes))

    @property
    def some(self) -> dict[Fit, Used]:
        """Which rows train each fit that not all of them train."""
        return {fit: used for fit in self.network.fits if (used := self.used(fit)) is not None}

    def _weighted(self, fit: Fit) -> Dataset:
        assert fit.data is not None
        whole = self.dataset.part(fit.data.name)
        weigh = self.weighers.setdefault(fit.data.name, Weigher(whole, self.network.holes, self.settings))
        found = replace(whole, design=weigh(fit.rows)).of(self.network, fit)
        weights = found.design.weights
        assert weights is not None
        assert bool(isfinite(weights).all()), "the rows of a fit show what its weights read"
        self._standing[fit] = standing(weigh, fit, found)
        refuse_few(weights, fit_text(fit))
        return found
