"""Prune: drop draws, outputs, inputs and stages that nothing reads."""

from __future__ import annotations

from dataclasses import replace

from ..graph.admg import ADMG
from ..network.ir import Data, SamplingNetwork, Stage


def prune(network: SamplingNetwork, graph: ADMG) -> SamplingNetwork:
    """The network without dead draws.

    >>> from dofx.compiler.network.ir import Draw
    >>> draws = (Draw("z", "z"), Draw("y", "y", (("x", "x"),)))
    >>> answer = Stage("answer", ("x",), draws, (("y", "y"),))
    >>> before = SamplingNetwork(("y",), ("x",), (), (answer,))
    >>> print(before)
    network P(y | do(x))
    answer (y ‖ x)
      z ~ P(z)
      y ~ P(y | x)
    >>> print(prune(before, ADMG()))
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
        stage = _live(stage, asked.get(stage.name, set()), graph)
        for draw in stage.draws:
            if not isinstance(draw.source, Data):
                asked.setdefault(draw.source.stage, set()).update((draw.variable, *draw.fit.given))
        kept.append(stage)
    return replace(network, stages=tuple(reversed(kept)))


def _live(stage: Stage, asked: set[str], graph: ADMG) -> Stage:
    """The stage without draws that no output depends on, and inputs that nothing reads or asks for.

    What is fixed is cut to what still has a directed path to an output (do-calculus, rule 3).
    """
    live = stage.ancestors_of(id for _, id in stage.outputs)
    inputs = tuple(name for name in stage.inputs if name in live or name in asked)
    draws = tuple(draw for draw in stage.draws if draw.id in live)
    return replace(stage, inputs=inputs, draws=draws, fixed=_still_fixed(stage, graph))


def _still_fixed(stage: Stage, graph: ADMG) -> tuple[str, ...] | None:
    if not stage.fixed:
        return stage.fixed
    outputs = graph.order.mask(variable for variable, _ in stage.outputs)
    free = graph.all & ~graph.order.mask(stage.fixed)
    causes = graph.order.set(graph.parents_of(graph.ancestors_of(outputs, within=free)))
    return tuple(name for name in stage.fixed if name in causes)
