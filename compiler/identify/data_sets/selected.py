"""Conditional kernels from one data set, its rows selected or not, and districts pieced together from several.

Rows that were selected are rows of a population in which the unobserved causes of the selection depend on each other:
the selection's ancestors, and what shares an unobserved cause with them, are confounded there. In it a kernel
``P(E | B, do(r))`` has its value of the target population where E is independent of the selection given B and do(r),
and r does not lead to the selection. An intervention that does is read as a condition, where rule 2 allows it.

References:
    Bareinboim, Tian (2015), "Recovering causal effects from selection bias", AAAI.
    Correa, Tian, Bareinboim (2019), "Identification of causal effects in the presence of selection bias", AAAI.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...estimand.algebra import Conditional, Expression, Interim, Product, reads
from ...estimand.simplify import chain_rule
from ...graph.admg import ADMG
from ...graph.separation import conditions_needed, separated
from ...graph.varset import bits
from ...model.model import under_do
from ..blocks import Block, Blocks
from ..derivation import Rule, Step
from ..factors import Interims
from .supplies import Supplies, Supply

MOST_PIECES = 7
"""The largest district of which every way to piece it together is tried; of a larger one, along one order."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """``P(targets | given, do(set))`` as masks over the query's graph."""

    targets: int
    given: int
    set: int


def kernel(
    graph: ADMG, supply: Supply, wanted: Wanted, interims: Interims, steps: list[Step]
) -> Block | None:
    """A conditional kernel of the target population from one data set; None where this does not find it.

    Args:
        graph: The graph of the query.
        supply: The data set.
        wanted: The kernel.
        interims: Collects the interim kernels.
        steps: Collects the derivation.
    """
    targets, given, done = _rearranged(graph, supply, wanted)
    made = graph.ancestors_of(targets | given, within=graph.all & ~done)
    done &= graph.parents_of(made)
    if made & (supply.sets | supply.differs) or (targets | given) & ~supply.measures or done & ~supply.known:
        return None
    if not supply.independent(targets, given, done):
        return None
    blocks = []
    population = supply.population
    for part in population.districts_in(made & supply.measures):
        found = supply.c_factor(population, part, interims, steps)
        if not isinstance(found, Block):
            return None
        blocks.append(found)
    inside = Blocks(graph.order, blocks)
    chain, before = dict[int, Expression](), given
    for node in bits(targets):
        chain[node] = _factor(graph, inside, node, before, done, interims, steps)
        before |= 1 << node
    return Block(0, chain)


def pieced(
    supplies: Supplies, level: ADMG, district: int, interims: Interims, steps: list[Step]
) -> Block | None:
    """The c-factor of a district as a product of kernels ``P(E | B, do(parents))``, each from one data set.

    B is what comes before E in an order with causes first. Without a selection nothing is won by it.

    Args:
        supplies: The data sets.
        level: The projection of the query's graph onto what is visible.
        district: The district.
        interims: Collects the interim kernels.
        steps: Collects the derivation.
    """
    ways: dict[int, tuple[Block, ...]] = {0: ()}
    sets = sorted(_downward(level, district), key=int.bit_count)
    set_there = level.parents_of(district) & ~district
    for after in sets:
        for before in sets:
            if after in ways or before not in ways or before & ~after or before == after:
                continue
            wanted = Wanted(after & ~before, before, set_there & level.parents_of(after))
            for supply in supplies:
                kernels, noted = Interims(dict(interims.kernels)), list[Step]()
                found = kernel(supplies.graph, supply, wanted, kernels, noted)
                if found is not None:
                    interims.kernels.update(kernels.kernels)
                    steps += noted
                    ways[after] = (*ways[before], found)
                    break
    if district not in ways:
        return None
    chain = {v: factor for block in ways[district] for v, factor in block.factors.items()}
    return Block(0, {v: chain[v] for v in sorted(chain)})


def _rearranged(graph: ADMG, supply: Supply, wanted: Wanted) -> tuple[int, int, int]:
    """The kernel with conditions dropped and moved into do(), and what leads to the selection moved out of it."""
    targets, given, done = wanted.targets, wanted.given, wanted.set
    leads = done & supply.causes & ~supply.sets
    if leads:
        seen = under_do(graph, done & ~leads).mutilate(out_of=leads)
        if separated(seen, targets, leads, given | (done & ~leads)):
            given, done = given | leads, done & ~leads
        else:
            return targets, given, done  # the data set has no such kernel: `independent` says so
    needed, against = conditions_needed(under_do(graph, done), targets, done | given)
    moved = given & needed & ~against & ~supply.causes
    return targets, given & needed & ~moved, (done | moved) & ~targets


def _factor(
    graph: ADMG, inside: Blocks, node: int, before: int, done: int, interims: Interims, steps: list[Step]
) -> Expression:
    names, given = graph.order.set, before | done
    factor = inside.clamp(1 << node, given)
    if factor is not None and not reads(factor) & ~given:
        return factor
    joint = inside.marginal((1 << node | given) & inside.visible)
    whole = chain_rule(list(joint.factors)) if isinstance(joint, Product) else joint
    if isinstance(whole, Conditional) and not reads(whole) & ~given:
        return replace(
            whole,
            targets=names(1 << node),
            given=names((whole.targets.mask | whole.given.mask) & ~(1 << node)),
        )
    factor = Conditional(names(1 << node), names(given & inside.mentions), Interim(interims.name(inside)))
    steps.append(Step(Rule.RECONDITION, names(1 << node), names(inside.visible), result=factor))
    return factor


def _downward(graph: ADMG, district: int) -> Iterator[int]:
    """Parts of a district that hold with each variable its ancestors there; all of them where it is small."""
    nodes = list(bits(district))
    if len(nodes) > MOST_PIECES:
        yield from (sum(1 << v for v in nodes[:k]) for k in range(len(nodes) + 1))
        return
    for choice in range(1 << len(nodes)):
        part = sum(1 << v for i, v in enumerate(nodes) if choice >> i & 1)
        if graph.ancestors_of(part, within=district) == part:
            yield part
