"""The search among exact alternatives, which answer the same query with fewer of the observed variables.

Leaving variables out is latent projection, and a formula that is identified from the rest is also exact. The search
can thus prefer one adjustment set to another, the front door to the back door, or a network without a large image
to one that generates it. Where columns have holes, it can prefer what more of the rows show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .compilation import Compilation
from .explain.considered import Considered
from .graph.admg import ADMG
from .graph.projection import project
from .graph.separation import find_separator
from .graph.varset import bits
from .identify.limits import with_indicators
from .model.model import under_do
from .model.query import Query
from .passes.context import Context
from .passes.cost import Cost, Sizes, cost

MARGIN = 0.1
"""An alternative must be cheaper by this share of the cost; otherwise the ID form is kept."""

EFFORT = 300
"""Alternatives tried, times the variables, draws and conditions of the ID form: it keeps compiling quick."""


def cheapest(
    base: Compilation, compile: Callable[[ADMG], Compilation | None]
) -> tuple[Compilation, tuple[Considered, ...]]:
    """The cheapest exact compilation of a query, and every alternative that was considered.

    Args:
        base: The ID form of the query on its graph.
        compile: Compiles the same query on a projection of the graph; None where it is not identifiable there.

    Returns:
        `base` where no alternative is clearly cheaper.
    """
    query, context = base.identification.query, base.context
    graph = context.graph
    asked = graph.order.mask(query.mentioned)
    form = _cost(base)
    trials = _Trials(graph, compile, form, _affordable(base), base, form, {0: form}, set())
    if trials.left:
        drawn = _drawn(base, graph) & ~asked
        for adjustment in _adjustments(query, graph, context.sizes):
            trials.attempt(drawn & ~adjustment)
    before = None
    while before != trials.best:
        before = trials.best
        for i in _dearest_first(context, _drawn(trials.found, graph) & ~asked):
            trials.attempt(trials.best | 1 << i)
    return trials.found, trials.considered()


@dataclass(slots=True)
class _Trials:
    """The alternatives that were tried so far. An alternative is the mask of the variables it leaves out.

    Args:
        graph: The graph of the ID form.
        compile: Compiles the query on a projection of the graph.
        form: The cost of the ID form.
        left: How many more alternatives may be tried.
        found: The cheapest compilation so far.
        lowest: Its cost.
        costs: The cost of each alternative that was tried; None where the query is not identifiable.
        missed: Alternatives that were not tried, because none was left.
        best: The alternative that `found` is.
    """

    graph: ADMG
    compile: Callable[[ADMG], Compilation | None]
    form: Cost
    left: int
    found: Compilation
    lowest: Cost
    costs: dict[int, Cost | None]
    missed: set[int]
    best: int = 0

    @property
    def limit(self) -> float:
        """What an alternative may cost at most to be clearly cheaper."""
        return self.form.total * (1 - MARGIN)

    def attempt(self, latent: int) -> None:
        """Try an alternative that was not tried before."""
        if latent in self.costs:
            return
        if self.left <= 0:
            self.missed.add(latent)
            return
        self.left -= 1
        answer = self.compile(project(self.graph, with_indicators(self.graph, latent)))
        price = self.costs[latent] = None if answer is None else _cost(answer)
        if answer and price and price < self.lowest and price.total <= self.limit:
            self.best, self.found, self.lowest = latent, answer, price

    def considered(self) -> tuple[Considered, ...]:
        """Every alternative, with the reason why it was chosen or not."""
        tried = [
            Considered(
                _name(latent, self.graph),
                price,
                self._why(latent, price),
                latent == self.best,
                tuple(self.graph.order.set(latent)),
            )
            for latent, price in self.costs.items()
        ]
        if self.missed:
            more = f"{len(self.missed):,} more"
            tried.append(Considered(more, None, "not tried, so that compiling stays quick"))
        return tuple(tried)

    def _why(self, latent: int, price: Cost | None) -> str:
        if latent == self.best:
            return "chosen"
        if price is None:
            return "not identifiable"
        if price.total == self.lowest.total:
            return "costs the same"
        if self.limit < price.total < self.form.total:
            return "cheaper than the ID form, but not clearly"
        return "costs more" if price.total >= self.form.total else "costs more than the chosen"


def _affordable(base: Compilation) -> int:
    """How many alternatives to try: none where every draw is an outcome, of the data."""
    if len(base.network.stages) == 1 and not base.network.answer.dropped:
        return 0
    graph = base.context.graph
    relevant = graph.ancestors_of(graph.order.mask(base.identification.query.mentioned))
    draws = [draw for stage in base.trace[0][1].stages for draw in stage.draws]
    return EFFORT // (relevant.bit_count() + len(draws) + sum(len(draw.given) for draw in draws))


def _cost(answer: Compilation) -> Cost:
    return cost(answer.network, answer.context.sizes, answer.context.weights)


def _drawn(answer: Compilation, graph: ADMG) -> int:
    """The variables that a network draws, as a mask of the whole graph."""
    stages = answer.network.stages
    return graph.order.mask({name for stage in stages for draw in stage.draws for name in draw.variables})


def _dearest_first(context: Context, mask: int) -> list[int]:
    names, levels = context.graph.nodes, context.graph.levels
    return sorted(bits(mask), key=lambda i: (-context.sizes.get(names[i], 1), levels[i], names[i]))


def _adjustments(query: Query, graph: ADMG, sizes: Sizes) -> Iterator[int]:
    """Small sets that block all but the proper causal paths, without the large variables if that will do.

    References:
        van der Zander, Liskiewicz, Textor (2014), "Constructing separators and adjustment sets in
        ancestral graphs": adjustment sets are separators in the proper back-door graph.
    """
    order = graph.order
    if not query.plain or not query.interventions or query.conditions:
        return
    x, y = order.mask(query.interventions), order.mask(query.outcomes)
    causal = graph.ancestors_of(y, within=graph.all & ~x)
    causal &= order.mask(under_do(graph, x).descendants(*query.interventions))
    forbidden = order.mask(graph.descendants(*order.set(causal))) | x | y
    back_door = _without_edges(graph, x, causal)
    large = order.mask(name for name in graph.nodes if sizes.get(name, 1) > 1)
    hidden = order.mask(column for columns in graph.holes.values() for column in columns)
    allowed = graph.all & ~forbidden & ~graph.indicators
    for within in dict.fromkeys((allowed & ~large & ~hidden, allowed & ~large, allowed)):
        found = find_separator(back_door, x, y, 0, within)
        if found is not None:
            yield found


def _name(latent: int, graph: ADMG) -> str:
    return f"without {', '.join(graph.order.set(latent))}" if latent else "the ID form"


def _without_edges(graph: ADMG, x: int, into: int) -> ADMG:
    """The graph without the edges from `x` to the first nodes of its proper causal paths."""
    names = graph.nodes
    first, then = set(graph.order.set(x)), set(graph.order.set(into & ~x))
    kept = [(a, b) for a, b in graph.directed if not (a in first and b in then)]
    return ADMG(names, kept, graph.bidirected)
