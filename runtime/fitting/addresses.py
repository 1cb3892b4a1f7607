"""Content addresses: what a fit is, whatever its stage is called and in whatever order fits are made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...compiler.network.ir import Data, Fit, SamplingNetwork
from ...compiler.network.keys import content_hash, fit_key
from ..data.dataset import Dataset
from .joint import Chain

FORMAT = 2
"""Part of every address: raise it when the same inputs no longer lead to the same generator."""


class Addresses:
    """The address of each generator of a network: equal addresses mean that fitting would give equal weights.

    A generator whose content no file can tell, and what is trained on rows that it simulates, has none.

    Args:
        network: The network being fitted.
        dataset: Its rows.
        chain: The fits that the generator of a fit serves.
        recipe: For each such chain, JSON values that say how it is trained; None where they cannot.
    """

    def __init__(
        self,
        network: SamplingNetwork,
        dataset: Dataset,
        chain: Callable[[Fit], Chain],
        recipe: Callable[[Chain], Any],
    ) -> None:
        self._network, self._dataset, self._chain, self._recipe = network, dataset, chain, recipe
        self._columns: dict[str, str] = {}
        self._known: dict[Chain, str | None] = {}

    def __getitem__(self, chain: Chain) -> str | None:
        if chain not in self._known:
            keys = [fit_key(self._network, fit) for fit in chain]
            recipe, rows = self._recipe(chain), self._rows(chain)
            unknown = recipe is None or rows is None
            key = keys if len(keys) > 1 else keys[0]
            self._known[chain] = None if unknown else content_hash([FORMAT, key, recipe, rows])
        return self._known[chain]

    def _rows(self, chain: Chain) -> Any:
        """What the rows of a chain depend on: columns of the data, and the generators of an interim stage."""
        first = chain[0]
        names = (*(fit.target for fit in chain), *first.given)
        if isinstance(first.source, Data):
            return [self._column(name) for name in names]
        stage = self._network.stage(first.source.stage)
        inner = stage.needed_for(names)
        earlier = [self[self._chain(draw.fit)] for draw in inner.draws]
        return None if None in earlier else [[self._column(name) for name in stage.inputs], earlier]

    def _column(self, name: str) -> str:
        if name not in self._columns:
            column = Dataset({name: self._dataset[name]}, {name: self._dataset.types[name]})
            self._columns[name] = column.fingerprint
        return self._columns[name]
