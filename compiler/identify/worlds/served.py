"""The c-factors of what remains of a query over several worlds, each from a data set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ...graph.admg import ADMG
from ...graph.projection import hidden
from ...model.data import DataSet
from ...model.model import under_do
from ..blocks import Block
from ..data_sets.supplies import Supplies
from ..derivation import Rule, Step
from ..factors import Interims, c_factors
from ..hedge import Hedge
from ..verdict import NoSource, Refused

Served = list[tuple[list[int], Block]]
"""Blocks, each with the districts that it is the c-factor of."""


def served(
    graph: ADMG,
    variables: int,
    interims: Interims,
    steps: list[Step],
    agree: Callable[[Iterable[int]], bool],
) -> Served | Refused:
    """The c-factors of all districts among some variables from P, or what stands in the way of one.

    Args:
        graph: The graph, its nodes in topological order.
        variables: The variables.
        interims: Collects the interim kernels.
        steps: Collects the derivation.
        agree: Whether several districts may be computed together.
    """
    if not variables:
        return []
    ancestral = graph.isolate(graph.ancestors_of(variables))
    found = c_factors(ancestral, variables, ancestral.all & ~variables, interims, steps)
    if isinstance(found, Hedge):
        return Refused(found)
    blocks: Served = []
    for block in found:
        members = 0
        for variable in block.factors:
            members |= 1 << variable
        districts = graph.districts_in(members & ~block.hidden)
        if len(districts) == 1 or agree(districts):
            blocks.append((districts, block))
            continue
        for district in districts:
            alone = c_factors(ancestral, district, ancestral.all & ~district, interims, steps)
            assert not isinstance(alone, Hedge), "a c-factor of several districts has those of each"
            blocks += [([district], each) for each in alone]
    return blocks


def from_several(
    graph: ADMG,
    whole: ADMG,
    latent: int,
    variables: int,
    data: Sequence[DataSet],
    interims: Interims,
    steps: list[Step],
) -> Served | Refused:
    """The c-factors of all districts among some variables, each from a data set, or what stands in the way of one.

    Args:
        graph: The graph, its nodes in topological order; hidden nodes have no edges.
        whole: The same graph with nothing hidden.
        latent: What is hidden.
        variables: The variables.
        data: The data sets.
        interims: Collects the interim kernels.
        steps: Collects the derivation.
    """
    if not variables:
        return []
    supplies, names = Supplies(whole, data), graph.order.set
    blocks: Served = []
    groups = tuple(map(names, graph.districts_in(variables)))
    steps.append(Step(Rule.DISTRICTS, names(variables), names(graph.all), groups=groups))
    for district in graph.districts_in(variables):
        cut = under_do(whole, whole.all & ~(district | latent))
        folded = cut.ancestors_of(district, within=latent | district)
        found = supplies.factor(hidden(cut, latent), district, folded, interims, steps)
        if not isinstance(found, Block):
            steps.append(Step(Rule.NO_SOURCE, names(district), names(variables)))
            return Refused(NoSource(found, names(district), names(variables), supplies.complete))
        blocks.append(([district], found))
    return blocks
