"""Prune: drop draws, outputs, inputs and stages that nothing reads."""

from __future__ import annotations

from dataclasses import replace

from ..graph.admg import ADMG
from ..model.worlds import World
from ..network.ir import SamplingNetwork, Stage
from .context import Context


def prune(network: SamplingNetwork, context: Context) -> SamplingNetwork:
    """The network without dead draws. A draw of several variables loses the variables that nothing reads.

    >>> from dofx.compiler.model.query import Query
    >>> from dofx.compiler.network.ir import Draw
    >>> draws = (Draw.of("z", "z"), Draw.of("y", "y", (("x", "x"),)))
    >>> answer = Stage("answer", (("x", "x"),), draws, (("y", "y"),))
    >>> before = SamplingNetwork(Query.of(("y",), ("x",)), (answer,))
    >>> print(before)
    network P(y | do(x))
    answer (y ‖ x)
      z ~ P(z)
      y ~ P(y | x)
    >>> print(prune(before, Context.of(ADMG())))
    network P(y | do(x))
    answer (y ‖ x)
      y ~ P(y | x)
    """
    asked: dict[str, set[str]] = {}
    kept: list[Stage] = []
    for stage in reversed(network.stages):
        if stage is not network.answer:
            if stage.name not in asked:
                continue
            stage = replace(stage, outputs=tuple(o for o in stage.outputs if o[0] in asked[stage.name]))
        stage = _live(stage, asked.get(stage.name, set()), context.graph)
        for draw in stage.draws:
            if draw.interim is not None:
                asked.setdefault(draw.interim, set()).update(draw.fit.variables)
        kept.append(stage)
    return replace(network, stages=tuple(reversed(kept)))


def _live(stage: Stage, asked: set[str], graph: ADMG) -> Stage:
    """The stage without draws that no output depends on, and without inputs that nothing reads or requests.

    Its world keeps only the interventions with a directed path to an output (do-calculus, rule 3).
    """
    live = stage.ancestors_of(id for _, id in stage.outputs)
    inputs = tuple(pair for pair in stage.inputs if pair[1] in live or pair[0] in asked)
    draws = (
        replace(draw, outputs=tuple(pair for pair in draw.outputs if pair[1] in live)) for draw in stage.draws
    )
    left = tuple(draw for draw in draws if draw.outputs)
    return replace(stage, inputs=inputs, draws=left, world=_still_set(stage, graph))


def _still_set(stage: Stage, graph: ADMG) -> World | None:
    if not stage.world:
        return stage.world
    outputs = graph.order.mask(variable for variable, _ in stage.outputs)
    free = graph.all & ~graph.order.mask(stage.world.variables)
    causes = graph.order.set(graph.parents_of(graph.ancestors_of(outputs, within=free)))
    return World(tuple((name, how) for name, how in stage.world if name in causes))
