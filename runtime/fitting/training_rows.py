"""Which rows train each generator of a network, and how much each of them counts."""

from __future__ import annotations

from torch import Tensor, isfinite

from ...compiler.network.ir import Fit, SamplingNetwork
from ...compiler.printers.network.text import fit_text
from ..data.collection import Collection
from ..data.dataset import Dataset
from ..data.masks import rows_that_train, shows_of
from ..training.settings import FitSettings
from .weighing import Weigher, refuse_few


class TrainingRows:
    """The rows of each fit of a network: those that show what it reads, with the weights that it needs.

    Args:
        network: The network.
        dataset: The rows, or those of each data set.
        settings: How the chances behind weights are learnt.
    """

    def __init__(
        self, network: SamplingNetwork, dataset: Dataset | Collection, settings: FitSettings
    ) -> None:
        self.network, self.dataset, self.settings = network, dataset, settings
        self._found: dict[Fit, Dataset] = {}
        self._weighers: dict[str, Weigher] = {}

    def of(self, fit: Fit) -> Dataset:
        """The rows of a fit; where no column has a hole and all rows count alike, all of them, as they are.

        Raises:
            DofxError: E0517 if there are none, E0518 if they are worth too few, and what `Weigher` finds.
        """
        weighted = bool(fit.rows.weights)
        if isinstance(self.dataset, Dataset) and not self.dataset.partial and not weighted:
            return self.dataset
        if fit not in self._found:
            self._found[fit] = self._weighted(fit) if weighted else self._shown(fit)
        return self._found[fit]

    def mine(self, fit: Fit, values: Tensor) -> Tensor:
        """Of a value for each row of the data, ``(rows,)``, those of the rows that train a fit."""
        if not isinstance(self.dataset, Dataset):
            return values
        shown = self.dataset.shown(shows_of(self.network, fit))
        return values if shown is None else values[shown]

    def _shown(self, fit: Fit) -> Dataset:
        if isinstance(self.dataset, Dataset):
            return rows_that_train(self.dataset, self.network, fit)
        return self.dataset.of(self.network, fit)

    def _weighted(self, fit: Fit) -> Dataset:
        assert fit.data is not None
        whole = self.dataset if isinstance(self.dataset, Dataset) else self.dataset.parts[fit.data.name]
        weigh = self._weighers.setdefault(fit.data.name, Weigher(whole, self.network.holes, self.settings))
        weights = weigh(fit.rows)
        found = rows_that_train(whole, self.network, fit, weights)
        assert found.weights is not None
        assert bool(isfinite(found.weights).all()), "the rows of a fit show what its weights read"
        refuse_few(found.weights, fit_text(fit))
        return found
