"""ID in c-factor form: complete, loops instead of backtracking, one sampling step a line.

References:
    Tian and Pearl (2002), "A general identification condition for causal effects".
    Huang and Valtorta (2006), "Identifiability in causal Bayesian networks".
    Shpitser and Pearl (2006), "Identification of joint interventional distributions", figure 3.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..estimand.algebra import Conditional, Expression, Interim
from ..estimand.naming import numbered
from ..graph.admg import ADMG
from ..graph.blankets import blankets
from ..graph.varset import bits
from ..model.data import OBSERVED
from .blocks import Block, Blocks
from .derivation import Rule, Step
from .hedge import Hedge, hedge_of


@dataclass(slots=True)
class Interims:
    """The interim kernels that a derivation has named so far, each with its factors."""

    kernels: dict[str, Blocks] = field(default_factory=dict)

    def name(self, kernel: Blocks) -> str:
        """The name of a kernel, given at its first use."""
        for name, known in self.kernels.items():
            if known is kernel or known.blocks == kernel.blocks:
                return name
        name = numbered("Q", len(self.kernels) + 1)
        self.kernels[name] = kernel
        return name


def c_factors(
    graph: ADMG, outcomes: int, interventions: int, interims: Interims, steps: list[Step]
) -> list[Block] | Hedge:
    """The c-factors of ``P(D | do(x))``, D the ancestors of the outcomes that the interventions leave.

    Args:
        graph: An ancestral graph of the outcomes, its nodes in topological order.
        outcomes: Mask of y.
        interventions: Mask of x.
        interims: Collects the interim kernels that are conditioned again.
        steps: Collects the derivation.

    Returns:
        A block for each district of the graph over D, or the hedge that stands in the way.
    """
    names, free = graph.order.set, graph.all & ~interventions
    relevant = graph.ancestors_of(outcomes, within=free)
    districts = graph.districts_in(relevant)
    groups = tuple(names(district) for district in districts)
    steps.append(Step(Rule.DISTRICTS, names(relevant), names(free), groups=groups))
    context = _Context(graph)
    blocks = []
    for part in context.parts(districts):
        whole = context.district_of(part)
        given = context.blankets_of(whole)
        chain: dict[int, Expression] = {
            node: Conditional(names(1 << node), names(given[node]), OBSERVED) for node in bits(whole)
        }
        found = c_factor_within(graph, part, whole, chain, interims, steps)
        if not isinstance(found, Block):
            return hedge_of(graph, found, part, outcomes, interventions, steps)
        blocks.append(found)
    return blocks


class _Context:
    """What all districts of one query need: the ancestors of each node, and the blankets in the whole graph."""

    def __init__(self, graph: ADMG) -> None:
        self.graph = graph
        self._observed = blankets(graph, graph.all)
        self._ancestors: list[int] = []
        for node, parents in enumerate(graph.parent_masks):
            mask = 1 << node
            for parent in bits(parents):
                mask |= self._ancestors[parent]
            self._ancestors.append(mask)

    def district_of(self, part: int) -> int:
        """The district that holds `part` in the subgraph over the ancestors of `part`."""
        if not self.graph.siblings_of(part) & ~part:
            return part
        ancestral = 0
        for node in bits(part):
            ancestral |= self._ancestors[node]
        return self.graph.district_of(part, ancestral)

    def blankets_of(self, whole: int) -> dict[int, int]:
        """The blanket of each member of a district of an ancestral graph."""
        is_global = not self.graph.siblings_of(whole) & ~whole
        return self._observed if is_global else blankets(self.graph, whole)

    def parts(self, districts: list[int]) -> list[int]:
        """The districts; several are joined if together, but not alone, they are ancestral in their own district."""
        home = {node: district for district in districts for node in bits(district)}
        part_of = {district: district for district in districts}
        for district in districts:
            union = self._ancestral_union(district, home)
            if union & ~district:
                members = {home[node] for node in bits(union)}
                if all(part_of[member] == member for member in members):
                    part_of |= dict.fromkeys(members, union)
        return list(dict.fromkeys(part_of.values()))

    def _ancestral_union(self, district: int, home: dict[int, int]) -> int:
        """The smallest union of districts that holds this one and is ancestral in its own district, or 0."""
        union = district
        while True:
            whole = self.district_of(union)
            needed = union if whole == union else self.graph.ancestors_of(union, within=whole)
            missing = needed & ~union
            if not missing:
                return union
            for node in bits(missing):
                if node not in home:
                    return 0
                union |= home[node]


def c_factor_within(
    graph: ADMG,
    district: int,
    whole: int,
    chain: dict[int, Expression],
    interims: Interims,
    steps: list[Step],
    kernel: str = "P",
) -> Block | int:
    """Identify Q[district] from Q[whole], the product of `chain`; or the mask that makes a hedge with it.

    Args:
        graph: The graph, its nodes in topological order.
        district: Mask of the c-factor.
        whole: Mask of the district that holds it in an ancestral graph.
        chain: The factor of each member of `whole`.
        interims: Collects the interim kernels that are conditioned anew.
        steps: Collects the derivation.
        kernel: The name of the distribution that the chain is read off.
    """
    names = graph.order.set
    while True:
        if whole == district:
            steps.append(Step(Rule.CHAIN, names(district), names(whole), kernel))
            return Block(0, chain)
        ancestral = graph.ancestors_of(district, within=whole)
        if ancestral == district:
            steps.append(Step(Rule.ANCESTRAL, names(district), names(whole), kernel))
            return Block(whole & ~district, chain)
        if ancestral == whole:
            return whole
        inner = graph.district_of(district, within=ancestral)
        interim = Blocks(graph.order, [Block(0, chain)])
        steps.append(Step(Rule.RECURSE, names(district), names(ancestral), kernel, (names(inner),)))
        chain = {}
        for node, given in blankets(graph, inner).items():
            factor = interim.clamp(1 << node, given)
            rule, kernel = Rule.CLAMP, "an interim kernel"
            if factor is None:
                kernel = interims.name(interim)
                factor = Conditional(names(1 << node), names(given), Interim(kernel))
                rule = Rule.RECONDITION
            chain[node] = factor
            steps.append(Step(rule, names(1 << node), names(ancestral), kernel, result=factor))
        whole = inner
