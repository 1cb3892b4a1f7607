"""Fuse: drop a hidden draw that is not needed; draws that depended on it now depend on its inputs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..graph.summing_out import Merger
from ..network.ir import Draw, SamplingNetwork, Source, Stage, Wire
from .context import Context
from .cost import cost_of

_EFFORT = 200_000
"""Limit of nodes times m-separation queries per source; in larger graphs more hidden draws are kept."""

Judge = tuple[Merger, frozenset[str] | None]
"""A merger of conditionals of a source, and the variables of the source (None for all)."""


def fuse(network: SamplingNetwork, context: Context) -> SamplingNetwork:
    """The network without hidden draws that merge into their readers.

    ``Σ_h P(h | A) P(y | h, B) = P(y | C)`` holds if m-separation allows it and all conditionals are of one source. For
    an interim stage, separation is read in the graph under its interventions. It is cheapest not to make a hidden
    image at all. The widest conditional becomes wider only if this lowers the total cost.

    >>> from dofx.compiler.graph.admg import ADMG
    >>> from dofx.compiler.model.query import Query
    >>> draws = (Draw.of("h", "h", (("x", "x"),)), Draw.of("y", "y", (("h", "h"),)))
    >>> before = SamplingNetwork(Query.of("y", "x"), (Stage("answer", (("x", "x"),), draws, (("y", "y"),)),))
    >>> print(before)
    network P(y | do(x))
    answer (y ‖ x)
      h ~ P(h | x)
      y ~ P(y | h)
    >>> print(fuse(before, Context.of(ADMG([], [("x", "h"), ("h", "y")]))))
    network P(y | do(x))
    answer (y ‖ x)
      y ~ P(y | x)
    """
    judge = _judge(network, context)
    sizes, weights = context.sizes, context.weights

    def pays(before: list[Draw], after: list[Draw]) -> bool:
        size = sizes.get
        old, new = ([draw.fit for draw in draws] for draws in (before, after))
        widths = [
            max((sum(size(name, 1) for name in fit.given) for fit in fits), default=0) for fits in (old, new)
        ]
        wider = max(0, widths[1] - widths[0]) * weights.widening
        return cost_of(new, sizes, weights).total + wider < cost_of(old, sizes, weights).total

    return replace(network, stages=tuple(_fused(stage, judge, pays) for stage in network.stages))


def _fused(
    stage: Stage,
    judge: Callable[[Source], Judge | None],
    pays: Callable[[list[Draw], list[Draw]], bool],
) -> Stage:
    """The stage without the hidden draws that can be dropped: the last first, then the ones that a drop affects.

    Draws of several variables are not changed.
    """
    draws = {draw.id: draw for draw in stage.draws}
    joint = {id: draw.id for draw in stage.draws for id in draw.ids}
    place = {id: i for i, id in enumerate(draws)}
    readers: dict[str, set[str]] = {id: set() for id in draws}
    for draw in stage.draws:
        for id in draw.reads:
            if id in joint:
                readers[joint[id]].add(draw.id)
    hidden = {draw.id for draw in stage.hidden}
    waiting = [draw.id for draw in stage.hidden]
    while waiting:
        id = waiting.pop()
        if id not in draws:
            continue
        about = [draws[id], *(draws[reader] for reader in sorted(readers[id], key=place.__getitem__))]
        merged = _merged(about, judge, pays)
        if merged is None:
            continue
        touched = (
            {joint.get(id, id) for draw in about for id in (*draw.reads, draw.id)} & hidden & draws.keys()
        )
        for old in about:
            for read in old.reads:
                readers.get(joint.get(read, ""), set()).discard(old.id)
        del draws[id]
        for new in merged:
            draws[new.id] = new
            for read in new.reads:
                readers.get(joint.get(read, ""), set()).add(new.id)
        waiting += sorted(touched & draws.keys(), key=place.__getitem__)
    return replace(stage, draws=tuple(draws[id] for id in place if id in draws))


def _judge(network: SamplingNetwork, context: Context) -> Callable[[Source], Judge | None]:
    """The merger of the conditionals of a source; None if its causal meaning is unknown."""
    known: dict[Source, Judge | None] = {}
    graph = context.graph
    budget = _EFFORT // max(1, len(graph.nodes))

    def judge(source: Source) -> Judge | None:
        if source not in known:
            regime = context.regime(source, network)
            if context.shows(source):
                known[source] = Merger(graph, budget), None
            elif regime is None:
                known[source] = None
            else:
                known[source] = Merger(regime.done, budget), frozenset(graph.order.set(regime.variables))
        return known[source]

    return judge


def _merged(
    about: list[Draw],
    judge: Callable[[Source], Judge | None],
    pays: Callable[[list[Draw], list[Draw]], bool],
) -> list[Draw] | None:
    """The readers of a hidden draw (the first of `about`) after it is dropped; None if they need it."""
    hidden, *readers = about
    if not readers or any(draw.source != hidden.source for draw in readers):
        return None
    if any(len(draw.outputs) > 1 for draw in about):
        return None
    supply: dict[str, Wire] = {}
    for draw in about:
        for variable, wire in (*draw.given, *draw.outputs):
            if supply.setdefault(variable, wire) != wire:
                return None
    found = judge(hidden.source)
    if found is None:
        return None
    merger, variables = found
    if variables is not None and not variables >= supply.keys():
        return None
    order = merger.graph.order
    terms = [(order.mask(draw.variables), order.mask(draw.fit.given)) for draw in about]
    merged = merger(terms[0][0], terms[0], terms[1:])
    if merged is None:
        return None
    given = [tuple((name, supply[name]) for name in order.set(needed)) for _, needed in merged]
    new = [replace(draw, given=pairs) for draw, pairs in zip(readers, given, strict=True)]
    return new if pays(about, new) else None
