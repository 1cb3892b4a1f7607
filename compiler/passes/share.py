"""Share: give draws of the same conditional the same text, so that they share a generator, also across networks."""

from __future__ import annotations

from dataclasses import replace

from ..graph.canonical import canonical_order
from ..network.ir import Draw, Folded, Policy, SamplingNetwork, Simulated, Stage
from .context import Context


def share(network: SamplingNetwork, context: Context) -> SamplingNetwork:
    """The network with conditions in an order that the graph alone decides, and equal interim stages once.

    Draws share a generator when their fits are equal. With conditions in the graph's canonical order they are
    equal whenever they are of the same conditional, in this network or in another about the same graph: all
    the queries of a program train it once.

    >>> from dofx.compiler.graph.admg import ADMG
    >>> from dofx.compiler.model.query import Query
    >>> given = (("b", "b"), ("a", "a"))
    >>> draws = (Draw.of("y", "y", given), Draw.of("y'", "y", given[::-1]))
    >>> before = SamplingNetwork(Query.of("y", "ab"), (Stage("answer", given[::-1], draws, (("y", "y"),)),))
    >>> print(before)
    network P(y | do(a, b))
    answer (y ‖ a, b)
      y ~ P(y | b, a)
      y' ~ P(y | a, b)
    >>> print(share(before, Context.of(ADMG([], [("a", "y"), ("b", "y")]))))
    network P(y | do(a, b))
    answer (y ‖ a, b)
      y ~ P(y | a, b)
      y' ~ P(y | a, b)
    """
    graph = context.graph
    rank = {graph.nodes[i]: place for place, i in enumerate(canonical_order(graph))}
    same: dict[str, str] = {}
    kept: dict[Stage, str] = {}

    def rewritten(draw: Draw) -> Draw:
        if isinstance(draw.source, Policy):
            return draw
        given = tuple(sorted(draw.given, key=lambda pair: rank[pair[0]]))
        source = draw.source
        if isinstance(source, Simulated | Folded):
            source = replace(source, stage=same[source.stage])
        return replace(draw, given=given, source=source)

    stages = []
    for stage in network.stages:
        changed = replace(stage, draws=tuple(map(rewritten, stage.draws)))
        same[stage.name] = kept.setdefault(replace(changed, name=""), stage.name)
        if same[stage.name] == stage.name or stage is network.answer:
            stages.append(changed)
    return replace(network, stages=tuple(stages))
