"""The context of passes: the model, the known sizes and states of its variables, and the weights of costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ...grammar.edge.arguments import public
from ..graph.admg import ADMG
from ..model.data import DataSet, observes
from ..model.model import Model
from ..network.ir import SamplingNetwork, Source, interim_of
from .cost import WEIGHTS, Sizes, Weights
from .regime import Regime

States: TypeAlias = Mapping[str, int]
"""How many states a variable has, of those that are known to be finite."""


@dataclass(frozen=True, slots=True)
class Context:
    """The context that every pass receives beside the network.

    Args:
        model: The causal graph and the data sets.
        sizes: For each variable with values of several numbers, their count.
        states: For each variable that is known to be finite, the number of its states.
        weights: The weights of the cost model.
        cycles: The sets of variables that are on cycles together; the graph of the model is then an acyclification.
    """

    model: Model
    sizes: Sizes = field(default_factory=dict)
    states: States = field(default_factory=dict)
    weights: Weights = WEIGHTS
    cycles: tuple[tuple[str, ...], ...] = ()

    @classmethod
    @public()
    def of(
        cls,
        graph: ADMG,
        *,
        states: States | None = None,
        sizes: Sizes | None = None,
        cycles: tuple[tuple[str, ...], ...] = (),
    ) -> Context:
        """The context of a graph whose variables all stand in one observational data set."""
        return cls(Model(graph), sizes or {}, states or {}, cycles=cycles)

    @property
    def graph(self) -> ADMG:
        """The causal graph of the factual world."""
        return self.model.graph

    def shows(self, source: Source) -> bool:
        """Whether the rows of a source are complete observational data, which m-separation judges."""
        return isinstance(source, DataSet) and observes(source, self.graph.nodes)

    def regime(self, source: Source, network: SamplingNetwork) -> Regime | None:
        """What the interim stage behind a source is, causally; None for data, and where that is not known."""
        name = interim_of(source)
        stage = None if name is None else network.stage(name)
        return None if stage is None or stage.world is None else Regime(self.model, stage)


Pass: TypeAlias = Callable[[SamplingNetwork, Context], SamplingNetwork]
"""Takes a network and a context; returns a network with the same exact denotation."""
