"""Content addresses: they identify a fit by its inputs, not by the name of its stage or the order of fits."""

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

    A generator has no address if no JSON values can describe it. Neither has a generator that is trained on rows
    simulated from it.

    Args:
        network: The network being fitted.
        rows: The rows that train each fit.
        recipe: For each fit, JSON values that describe its training; None if this is impossible.
    """

    def __init__(
        self,
        network: SamplingNetwork,
        rows: Callable[[Fit], Dataset],
        recipe: Callable[[Fit], Any],
    ) -> None:
        self._network, self._of, self._recipe = network, rows, recipe
        self._columns: dict[tuple[int, str], str] = {}
        self._known: dict[Fit, str | None] = {}

    def __getitem__(self, fit: Fit) -> str | None:
        if fit not in self._known:
            recipe, rows = self._recipe(fit), self._rows(fit)
            unknown = recipe is None or rows is None
            key = [FORMAT, fit_key(self._network, fit), recipe, rows]
            self._known[fit] = None if unknown else content_hash(key)
        return self._known[fit]

    def _rows(self, fit: Fit) -> Any:
        """The inputs of a fit's rows: columns of the data, and the generators of an interim stage."""
        design = self._design(fit)
        if fit.interim is None:
            return [*(self._column(fit, name) for name in fit.variables), *design]
        stage = self._network.stage(fit.interim)
        earlier = [self[draw.fit] for draw in stage.needed_for(fit.variables).draws]
        columns = [*(self._column(fit, name) for name in stage.input_variables), *design]
        return None if None in earlier else [columns, earlier]

    def _design(self, fit: Fit) -> list[str]:
        """The part of a fit's design on which training depends; empty if every row counts the same."""
        design = self._of(fit).design
        if not design.content:
            return []
        place = id(design), ""
        if place not in self._columns:
            self._columns[place] = Dataset({}, {}, design=design).fingerprint
        return [self._columns[place]]

    def _column(self, fit: Fit, name: str) -> str:
        dataset = self._of(fit)
        place = id(dataset[name]), name
        if place not in self._columns:
            column = Dataset({name: dataset[name]}, {name: dataset.types[name]})
            self._columns[place] = column.fingerprint
        return self._columns[place]
