"""Blanket: drop conditions that m-separation makes idle, so that generators learn fewer of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from ..graph.admg import ADMG
from ..graph.separation import smallest_separator
from ..network.ir import Data, Draw, SamplingNetwork, Stage


def blanket(network: SamplingNetwork, graph: ADMG) -> SamplingNetwork:
    """The network with each draw's conditions cut to a minimal set that tells as much.

    A conditional of the data is judged in the causal graph; one of an interim kernel in that kernel's own
    stage, which is a Bayesian network.

    >>> from dofx.compiler.network.ir import Draw
    >>> draws = (Draw("m", "m", (("x", "x"),)), Draw("y", "y", (("x", "x"), ("m", "m"))))
    >>> before = SamplingNetwork(("y",), ("x",), (), (Stage("answer", ("x",), draws, (("y", "y"),)),))
    >>> print(blanket(before, ADMG([], [("x", "m"), ("m", "y")])))
    network P(y | do(x))
    answer (y ‖ x)
      m ~ P(m | x)
      y ~ P(y | m)
    """
    inner = {stage.name: _draw_graph(stage) for stage in network.stages if stage is not network.answer}

    def shrink(draw: Draw) -> Draw:
        if isinstance(draw.source, Data):
            judge, place = graph, graph.order.index
        else:
            judge, ids = inner[draw.source.stage]
            place = {variable: judge.order.index[id] for variable, id in ids.items()}
        conditions = 0
        for variable, _ in draw.given:
            conditions |= 1 << place[variable]
        needed = smallest_separator(judge, 1 << place[draw.variable], conditions)
        return replace(draw, given=tuple(g for g in draw.given if needed >> place[g[0]] & 1))

    stages = (replace(s, draws=tuple(shrink(draw) for draw in s.draws)) for s in network.stages)
    return replace(network, stages=tuple(stages))


def _draw_graph(stage: Stage) -> tuple[ADMG, dict[str, str]]:
    """A stage as a graph over ids, and the id of each variable that can be asked of it.

    Its inputs come jointly from real rows, so they share causes.
    """
    edges = [(read, draw.id) for draw in stage.draws for read in draw.reads]
    nodes = [*stage.inputs, *(draw.id for draw in stage.draws)]
    graph = ADMG(nodes, edges, combinations(stage.inputs, 2))
    return graph, {**{name: name for name in stage.inputs}, **dict(stage.outputs)}
