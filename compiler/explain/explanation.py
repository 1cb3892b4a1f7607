"""The explanation of a compiled query: its proof, its networks, the alternatives, and the costs."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ..drawing.grid import Grid
from ..estimand.algebra import Estimand
from ..identify.identify import Identification
from ..model.query import Query
from ..network.ir import SamplingNetwork
from ..passes import PASSES
from ..passes.cost import WEIGHTS, Sizes, Weights, cost
from ..passes.options import pass_name
from .considered import Considered
from .difference import Line, difference
from .plan import Planned, fit_plan


@dataclass(frozen=True, slots=True)
class PassStep:
    """A pass that changed a network.

    Args:
        name: The pass.
        words: What it does.
        lines: What it changed.
        before: What the network cost.
        after: What it costs now.
    """

    name: str
    words: str
    lines: tuple[Line, ...]
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Section:
    """A further section about a sampler, such as the report of its fit or its weakest link.

    Args:
        title: Its title.
        grid: A table, if there is one.
        text: The text under the table.
    """

    title: str
    grid: Grid | None = None
    text: str = ""

    def __str__(self) -> str:
        return "\n".join(str(part) for part in (self.grid, self.text) if part)


@dataclass(frozen=True)
class Explanation:
    """The explanation of a query, of its network if it has one, and of the fit if there was one.

    Args:
        query: The query.
        identification: Its proof, if it is known.
        form: The proof that the network was lowered from, where an alternative was cheaper.
        estimand: What the network samples, if it is known.
        networks: The network as lowered, then after each pass that changed it, each with its stage's name;
            empty where the query is not identifiable.
        considered: The alternatives.
        weights: The weights of the cost model.
        sizes: How many numbers a variable's value is made of.
        types: The types that are known, as text.
        names: The names of the query in its program.
        title: The heading in text, if it is not only the names.
        more: Further sections.
    """

    query: Query
    identification: Identification | None = None
    form: Identification | None = None
    estimand: Estimand | None = None
    networks: tuple[tuple[str, SamplingNetwork], ...] = ()
    considered: tuple[Considered, ...] = ()
    weights: Weights = WEIGHTS
    sizes: Sizes = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    title: str = ""
    more: tuple[Section, ...] = ()

    @property
    def network(self) -> SamplingNetwork | None:
        """The network after every pass."""
        return self.networks[-1][1] if self.networks else None

    @property
    def lowered(self) -> tuple[str, SamplingNetwork] | None:
        """The first network, with the name of its stage."""
        return self.networks[0] if self.networks else None

    @cached_property
    def passes(self) -> tuple[PassStep, ...]:
        """The passes that changed the network."""
        pairs = zip(self.networks, self.networks[1:], strict=False)
        return tuple(
            PassStep(name, words_of(name), difference(old, new), self.cost(old), self.cost(new))
            for (_, old), (name, new) in pairs
        )

    @cached_property
    def plan(self) -> tuple[Planned, ...]:
        """The generators to fit."""
        if self.network is None:
            return ()
        return fit_plan(self.network, self.sizes, self.weights, self.types)

    def cost(self, network: SamplingNetwork) -> float:
        """What a network costs."""
        return cost(network, self.sizes, self.weights).total

    def __str__(self) -> str:
        from .text import explanation_text

        return explanation_text(self)

    def svg(self) -> str:
        """The causal graph, the estimand and the network as one drawing, self-contained."""
        from .figure import explanations_svg

        return explanations_svg([self])

    def html(self) -> str:
        """A page, self-contained, without scripts."""
        from .page import explanations_page

        return explanations_page([self])

    def _repr_html_(self) -> str:
        from .page import explanations_html

        return explanations_html([self])


def words_of(name: str) -> str:
    """What a pass does, from the first line of its module; empty for a custom pass.

    >>> words_of("prune")
    'drop draws, outputs, inputs and stages that nothing reads'
    """
    for run in PASSES:
        if pass_name(run) == name:
            first = (sys.modules[run.__module__].__doc__ or "").partition("\n")[0]
            return first.partition(": ")[2].rstrip(".")
    return ""
