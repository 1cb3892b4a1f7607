"""Fuse: a hidden draw that need not be made, its readers told what it was told instead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ..graph.admg import ADMG
from ..graph.merging import Merger
from ..network.ir import Data, Draw, SamplingNetwork, Source, Stage
from .cost import WEIGHTS, Sizes, Weights, cost_of
from .regime import Regime

Judge = tuple[Merger, frozenset[str] | None]
"""What merges conditionals of a source, and the variables that the source has (None for all)."""


def fuse(
    network: SamplingNetwork, graph: ADMG, *, sizes: Sizes | None = None, weights: Weights = WEIGHTS
) -> SamplingNetwork:
    """The network without hidden draws that merge into their readers.

    ``Σ_h P(h | A) P(y | h, B) = P(y | C)`` where m-separation allows it and all is of one source; under what
    an interim stage fixes, for its conditionals. A hidden image that is never made is the cheapest image. The
    widest of the conditionals gets wider only where the cost model says that it pays.

    >>> draws = (Draw("h", "h", (("x", "x"),)), Draw("y", "y", (("h", "h"),)))
    >>> before = SamplingNetwork(("y",), ("x",), (), (Stage("answer", ("x",), draws, (("y", "y"),)),))
    >>> print(before)
    network P(y | do(x))
    answer (y ‖ x)
      h ~ P(h | x)
      y ~ P(y | h)
    >>> print(fuse(before, ADMG([], [("x", "h"), ("h", "y")])))
    network P(y | do(x))
    answer (y ‖ x)
      y ~ P(y | x)
    """
    judge = _judge(network, graph)

    def pays(before: list[Draw], after: list[Draw]) -> bool:
        size = (sizes or {}).get
        old, new = ([draw.fit for draw in draws] for draws in (before, after))
        widths = [
            max((sum(size(name, 1) for name in fit.given) for fit in fits), default=0) for fits in (old, new)
        ]
        wider = max(0, widths[1] - widths[0]) * weights.widening
        return cost_of(new, sizes, weights).total + wider < cost_of(old, sizes, weights).total

    stages = []
    for stage in network.stages:
        fused = True
        while fused:
            fused = False
            for draw in reversed(stage.hidden):
                smaller = _without(draw, stage, judge, pays)
                if smaller:
                    stage, fused = smaller, True
                    break
        stages.append(stage)
    return replace(network, stages=tuple(stages))


def _judge(network: SamplingNetwork, graph: ADMG) -> Callable[[Source], Judge | None]:
    """What merges the conditionals of a source; None if nothing is known of it."""
    known: dict[Source, Judge | None] = {}

    def judge(source: Source) -> Judge | None:
        if source not in known:
            if isinstance(source, Data):
                known[source] = Merger(graph), None
            else:
                stage = network.stage(source.stage)
                if stage.fixed is None:
                    known[source] = None
                else:
                    regime = Regime(graph, stage)
                    known[source] = Merger(regime.done), frozenset(graph.order.set(regime.variables))
        return known[source]

    return judge


def _without(
    hidden: Draw,
    stage: Stage,
    judge: Callable[[Source], Judge | None],
    pays: Callable[[list[Draw], list[Draw]], bool],
) -> Stage | None:
    """The stage without a hidden draw, or None where its readers cannot do without it."""
    readers = [draw for draw in stage.draws if hidden.id in draw.reads]
    about = [hidden, *readers]
    supply: dict[str, str] = {}
    if not readers or any(draw.source != hidden.source for draw in readers):
        return None
    for draw in about:
        for variable, id in (*draw.given, (draw.variable, draw.id)):
            if supply.setdefault(variable, id) != id:
                return None
    found = judge(hidden.source)
    if found is None:
        return None
    merger, variables = found
    if variables is not None and not variables >= supply.keys():
        return None
    merged = _merged(hidden, readers, merger, supply)
    if merged is None or not pays(about, list(merged.values())):
        return None
    return replace(stage, draws=tuple(merged.get(d.id, d) for d in stage.draws if d is not hidden))


def _merged(
    hidden: Draw, readers: list[Draw], merger: Merger, supply: Mapping[str, str]
) -> dict[str, Draw] | None:
    order = merger.graph.order
    terms = [(order.mask([draw.variable]), order.mask(draw.fit.given)) for draw in (hidden, *readers)]
    merged = merger(terms[0][0], terms[0], terms[1:])
    if merged is None:
        return None
    given = [tuple((name, supply[name]) for name in order.set(needed)) for _, needed in merged]
    return {draw.id: replace(draw, given=pairs) for draw, pairs in zip(readers, given, strict=True)}
