"""Blanket: drop conditions that m-separation makes idle, so that generators learn fewer of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

from ..graph.admg import ADMG
from ..graph.separation import smallest_separator
from ..network.ir import Draw, SamplingNetwork, Stage
from .context import Context
from .regime import Regime


def blanket(network: SamplingNetwork, context: Context) -> SamplingNetwork:
    """The network with each draw's conditions reduced to the smallest set that gives the same conditional.

    There is exactly one smallest set, whatever conditions cost, because m-separation has the intersection property:
    if two sets of conditions are each sufficient, so is their intersection. For a conditional of the data, the
    separation is read in the causal graph; for one of an interim stage, in the graph under that stage's interventions.

    References:
        Sadeghi and Lauritzen (2014), "Markov properties for mixed graphs": m-separation is a compositional
        graphoid.

    >>> from dofx.compiler.model.query import Query
    >>> from dofx.compiler.network.ir import Draw
    >>> draws = (Draw.of("m", "m", (("x", "x"),)), Draw.of("y", "y", (("x", "x"), ("m", "m"))))
    >>> before = SamplingNetwork(Query.of("y", "x"), (Stage("answer", (("x", "x"),), draws, (("y", "y"),)),))
    >>> print(blanket(before, Context.of(ADMG([], [("x", "m"), ("m", "y")]))))
    network P(y | do(x))
    answer (y ‖ x)
      m ~ P(m | x)
      y ~ P(y | m)
    """
    regimes = {stage.name: needed_in(stage, context) for stage in network.stages[:-1]}
    graph = context.graph

    def shrink(draw: Draw) -> Draw:
        if draw.interim is not None:
            kept = regimes[draw.interim](draw)
        elif context.shows(draw.source):
            place = graph.order.mask
            needed = smallest_separator(graph, place(draw.variables), place(draw.fit.given))
            kept = set(graph.order.set(needed))
        else:
            return draw
        return replace(draw, given=tuple(pair for pair in draw.given if pair[0] in kept))

    stages = (replace(s, draws=tuple(shrink(draw) for draw in s.draws)) for s in network.stages)
    return replace(network, stages=tuple(stages))


def needed_in(stage: Stage, context: Context) -> Callable[[Draw], set[str]]:
    """A function from a draw from an interim stage to the conditions that it needs."""
    if stage.world is not None:
        regime = Regime(context.model, stage)
        return lambda draw: set(context.graph.order.set(regime.needed(draw)[1]))
    judge, ids = _draw_graph(stage)

    def needed(draw: Draw) -> set[str]:
        place = judge.order.mask
        given = place(ids[variable] for variable in draw.fit.given)
        kept = judge.order.set(smallest_separator(judge, place(ids[name] for name in draw.variables), given))
        return {variable for variable in draw.fit.given if ids[variable] in kept}

    return needed


def _draw_graph(stage: Stage) -> tuple[ADMG, dict[str, str]]:
    """A stage of which nothing is known but its draws, as a graph over ids; and each variable's id.

    Its inputs come jointly from real rows, so they share causes; so do variables that are drawn together.
    """
    edges = [(read, id) for draw in stage.draws for id in draw.ids for read in draw.reads]
    joint = [pair for draw in stage.draws for pair in combinations(draw.ids, 2)]
    graph = ADMG(stage.ids, edges, [*combinations(stage.input_ids, 2), *joint])
    return graph, stage.supply
