"""Content addresses: what a fit is, whatever its stage is called and in whatever order fits are made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...compiler.network.ir import Fit, SamplingNetwork
from ...compiler.network.keys import content_hash, fit_key
from ..data.dataset import Dataset

FORMAT = 2
"""Part of every address: raise it when the same inputs no longer lead to the same generator."""


class Addresses:
    """The address of each generator of a network: equal addresses mean that fitting would give equal weights.

    A generator whose content no file can tell, and what is trained on rows that it simulates, has none.

    Args:
        network: The network being fitted.
        dataset: Its rows.
        recipe: For each fit, JSON values that say how it is trained; None where they cannot.
    """

    def __init__(
        self,
        network: SamplingNetwork,
        dataset: Dataset,
        recipe: Callable[[Fit], Any],
    ) -> None:
        self._network, self._dataset, self._recipe = network, dataset, recipe
        self._columns: dict[str, str] = {}
        self._known: dict[Fit, str | None] = {}

    def __getitem__(self, fit: Fit) -> str | None:
        if fit not in self._known:
            recipe, rows = self._recipe(fit), self._rows(fit)
            unknown = recipe is None or rows is None
            key = [FORMAT, fit_key(self._network, fit), recipe, rows]
            self._known[fit] = None if unknown else content_hash(key)
        return self._known[fit]

    def _rows(self, fit: Fit) -> Any:
        """What the rows of a fit depend on: columns of the data, and the generators of an interim stage."""
        if fit.interim is None:
            return [self._column(name) for name in fit.variables]
        stage = self._network.stage(fit.interim)
        earlier = [self[draw.fit] for draw in stage.needed_for(fit.variables).draws]
        columns = [self._column(name) for name in stage.input_variables]
        return None if None in earlier else [columns, earlier]

    def _column(self, name: str) -> str:
        if name not in self._columns:
            column = Dataset({name: self._dataset[name]}, {name: self._dataset.types[name]})
            self._columns[name] = column.fingerprint
        return self._columns[name]
