"""Classifiers of scikit-learn, and other objects with a ``predict_proba``, as generators of finite variables."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...grammar.edge.arguments import public
from ..data.samples import own_numbers
from ..families.protocol import Noise
from ..variables import Finite
from .errors import cannot_draw, not_a_classifier
from .foreign import Filling, Foreign, Given, Place, columns_of, eager, has, mismatch
from .functions import reference


@public()
def from_classifier(model: Any, columns: Sequence[str] | None = None) -> Filling:
    """Make a generator of a fitted classifier, such as one of scikit-learn, for a finite variable.

    A class is drawn by the inverse CDF of the model's probabilities. The model runs on the CPU, outside torch, so
    such a sampler cannot be exported.

    Args:
        model: A model with ``predict_proba`` and ``classes_``. The classes are states of the variable; other states
            have probability zero.
        columns: The order of the conditions as columns when the model was trained. It is not needed if the model was
            trained on a frame, which holds the names, or if there is one condition.

    Returns:
        What `fit` takes for a variable: ``fit(rows, generators={"y": from_classifier(model)})``.

    Raises:
        DofxError: E0411 for something without ``predict_proba``.
    """
    if not has(model, "predict_proba", "classes_"):
        raise not_a_classifier(type(model).__name__)
    named = getattr(model, "feature_names_in_", None)
    make = partial(
        ClassifierGenerator, model=model, columns=columns, framed=named is not None and columns is None
    )
    if named is not None and columns is None:
        make = partial(make, columns=[str(name) for name in named])
    return Filling(make, f"from_classifier({reference(model)})")


class ClassifierGenerator(Foreign):
    """Draws a class by its probability; see `from_classifier`."""

    family = "classifier"
    unexportable = "a classifier runs outside torch"

    def __init__(
        self, place: Place, model: Any, columns: Sequence[str] | None = None, framed: bool = False
    ) -> None:
        super().__init__(place)
        if not isinstance(place.type, Finite):
            raise cannot_draw("a classifier", "a finite variable", str(place.type))
        self.model, self.columns, self.framed = model, tuple(columns_of(place, columns)), framed
        self.noise = Noise((), "uniform")
        classes = np.asarray(model.classes_).tolist()
        self._places = [self._place(label) for label in classes]

    @eager
    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """States, int64 ``(rows,)``."""
        return super().forward(noise, *given)

    def draw(self, noise: Tensor, given: Given) -> Tensor:
        """States, int64 ``(rows,)``."""
        cdf = self._probabilities(given).cumsum(-1)[:, :-1].to(noise.device)
        return (noise.unsqueeze(-1) >= cdf).sum(-1)

    def log_prob(self, target: Tensor, *given: Tensor) -> Tensor:
        """Log-probability of each state, ``(rows,)``."""
        table = self._probabilities(self.conditions(target, given)).log().to(target.device)
        return table.gather(-1, target.unsqueeze(-1)).squeeze(-1)

    def _probabilities(self, given: Given) -> Tensor:
        """The probability of each state, float64 ``(rows, states)``."""
        assert isinstance(self.place.type, Finite)
        table = torch.zeros(given.rows, self.place.type.cardinality, dtype=torch.float64)
        if given.rows:
            found = torch.as_tensor(np.asarray(self.model.predict_proba(self._read(given)), dtype=np.float64))
            table[:, self._places] = found
        return table / table.sum(-1, keepdim=True).clamp(min=1e-300)

    def _read(self, given: Given) -> Any:
        """The conditions in the form of the model's training data: a frame, or an array of numbers or of strings."""
        if self.framed:
            return given.to_pandas()[list(self.columns)]
        columns = [given.values_of(name).reshape(given.rows, -1) for name in self.columns]
        return np.concatenate(columns, axis=1) if columns else np.zeros((given.rows, 1))

    def _place(self, label: Any) -> int:
        """The state number of a class."""
        assert isinstance(self.place.type, Finite)
        states = list(self.place.type.states)
        if label in states:
            return states.index(label)
        numbers = own_numbers(self.place.type) is None and isinstance(label, int) and 0 <= label < len(states)
        if numbers:
            return int(label)
        raise mismatch(self.place, f"the class {label!r}", 0, "cpu")
