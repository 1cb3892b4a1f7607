"""What passes know besides the network: the model, what is known of its variables, and what counts how much."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ...grammar.arguments import public
from ..graph.admg import ADMG
from ..model.data import OBSERVED, DataSet
from ..model.model import Model
from ..network.ir import SamplingNetwork, Source, interim_of
from .cost import WEIGHTS, Sizes, Weights
from .regime import Regime

States: TypeAlias = Mapping[str, int]
"""How many states a variable has, of those that are known to be finite."""


@dataclass(frozen=True, slots=True)
class Context:
    """What every pass is given.

    Args:
        model: The causal graph and the data sets.
        sizes: How many numbers a variable's value is made of, where that is more than one.
        states: How many states the variables have that are known to be finite.
        weights: What counts how much in a choice.
    """

    model: Model
    sizes: Sizes = field(default_factory=dict)
    states: States = field(default_factory=dict)
    weights: Weights = WEIGHTS

    @classmethod
    @public()
    def of(cls, graph: ADMG, *, states: States | None = None, sizes: Sizes | None = None) -> Context:
        """The context of a graph whose variables all stand in one observational data set."""
        return cls(Model(graph), sizes or {}, states or {})

    @property
    def graph(self) -> ADMG:
        """The causal graph of the factual world."""
        return self.model.graph

    def shows(self, source: Source) -> bool:
        """Whether the rows of a source are the complete observational data, which m-separation judges."""
        return isinstance(source, DataSet) and source == OBSERVED

    def regime(self, source: Source, network: SamplingNetwork) -> Regime | None:
        """What the interim stage behind a source is, causally; None for data, and where that is not known."""
        name = interim_of(source)
        stage = None if name is None else network.stage(name)
        return None if stage is None or stage.world is None else Regime(self.model, stage)


Pass: TypeAlias = Callable[[SamplingNetwork, Context], SamplingNetwork]
"""Takes a network and a context; returns a network with the same exact denotation."""
