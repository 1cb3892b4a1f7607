"""ID in c-factor form: complete, loops instead of backtracking, one sampling step a line.

References:
    Tian and Pearl (2002), "A general identification condition for causal effects".
    Huang and Valtorta (2006), "Identifiability in causal Bayesian networks".
    Shpitser and Pearl (2006), "Identification of joint interventional distributions", figure 3.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..estimand.algebra import OBSERVED, Conditional, Expression, Interim
from ..graph.admg import ADMG
from ..graph.blankets import blankets
from ..graph.varset import bits
from .blocks import Block, Blocks
from .derivation import Rule, Step
from .hedge import Hedge, hedge_of

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(slots=True)
class Interims:
    """The interim kernels that a derivation has named so far, each with its factors."""

    kernels: dict[str, Blocks] = field(default_factory=dict)

    def name(self, kernel: Blocks) -> str:
        """The name of a kernel, given at its first use."""
        for name, known in self.kernels.items():
            if known is kernel:
                return name
        name = "Q" + str(len(self.kernels) + 1).translate(_SUBSCRIPTS)
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
        interims: Collects the interim kernels that are conditioned anew.
        steps: Collects the derivation.

    Returns:
        A block for each district of the graph over D, or the hedge that stands in the way.
    """
    free = graph.all & ~interventions
    relevant = graph.ancestors_of(outcomes, within=free)
    districts = graph.districts_in(relevant)
    observed = blankets(graph, graph.all)
    names = graph.order.set
    groups = tuple(names(district) for district in districts)
    steps.append(Step(Rule.DISTRICTS, names(relevant), names(graph.all & ~interventions), groups=groups))
    ancestors = _ancestor_masks(graph)
    result = []
    for district in districts:
        if _is_whole_district(graph, district):
            given, whole = observed, district
        else:
            ancestral = 0
            for node in bits(district):
                ancestral |= ancestors[node]
            whole = graph.district_of(district, ancestral)
            given = blankets(graph, whole)
        chain: dict[int, Expression] = {
            node: Conditional(names(1 << node), names(given[node]), OBSERVED) for node in bits(whole)
        }
        found = _c_factor(graph, district, whole, chain, interims, steps)
        if not isinstance(found, Block):
            return hedge_of(graph, found, district, outcomes, interventions, steps)
        result.append(found)
    return result


def _c_factor(
    graph: ADMG,
    district: int,
    whole: int,
    chain: dict[int, Expression],
    interims: Interims,
    steps: list[Step],
) -> Block | int:
    """Identify Q[district] from Q[whole], the product of `chain`; or the mask that makes a hedge with it."""
    names, kernel = graph.order.set, "P"
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


def _is_whole_district(graph: ADMG, district: int) -> bool:
    siblings = 0
    for node in bits(district):
        siblings |= graph.sibling_masks[node]
    return not siblings & ~district


def _ancestor_masks(graph: ADMG) -> list[int]:
    masks: list[int] = []
    for node, parents in enumerate(graph.parent_masks):
        mask = 1 << node
        for parent in bits(parents):
            mask |= masks[parent]
        masks.append(mask)
    return masks
