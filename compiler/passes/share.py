"""Share: draws that ask for the same generator say so in the same words, across networks too."""

from __future__ import annotations

from dataclasses import replace

from ..graph.admg import ADMG
from ..graph.canonical import canonical_order
from ..network.ir import Data, Draw, SamplingNetwork, Stage


def share(network: SamplingNetwork, graph: ADMG) -> SamplingNetwork:
    """The network with conditions in an order that the graph alone decides, and equal interim stages once.

    Draws share a generator when their fits are equal. With conditions in the graph's canonical order they are
    equal whenever they are of the same conditional, in this network or in another about the same graph: all
    the queries of a program train it once.

    >>> given = (("b", "b"), ("a", "a"))
    >>> draws = (Draw("y", "y", given), Draw("y'", "y", given[::-1]))
    >>> before = SamplingNetwork(("y",), ("a", "b"), (), (Stage("answer", ("a", "b"), draws, (("y", "y"),)),))
    >>> print(before)
    network P(y | do(a, b))
    answer (y ‖ a, b)
      y ~ P(y | b, a)
      y' ~ P(y | a, b)
    >>> print(share(before, ADMG([], [("a", "y"), ("b", "y")])))
    network P(y | do(a, b))
    answer (y ‖ a, b)
      y ~ P(y | a, b)
      y' ~ P(y | a, b)
    """
    rank = {graph.nodes[i]: place for place, i in enumerate(canonical_order(graph))}
    same: dict[str, str] = {}
    kept: dict[Stage, str] = {}

    def rewritten(draw: Draw) -> Draw:
        given = tuple(sorted(draw.given, key=lambda pair: rank[pair[0]]))
        source = draw.source
        if not isinstance(source, Data):
            source = replace(source, stage=same[source.stage])
        return replace(draw, given=given, source=source)

    stages = []
    for stage in network.stages:
        changed = replace(stage, draws=tuple(map(rewritten, stage.draws)))
        same[stage.name] = kept.setdefault(replace(changed, name=""), stage.name)
        if same[stage.name] == stage.name or stage is network.answer:
            stages.append(changed)
    return replace(network, stages=tuple(stages))
