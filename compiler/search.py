"""The search among exact alternatives: the same query answered with fewer of the observed variables.

Leaving variables out is latent projection, and what is identified from the rest is as exact. It is how one
adjustment set is preferred to another, the front door to the back door, and a network without a large image
to one that makes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from .graph.admg import ADMG
from .graph.projection import project
from .graph.separation import find_separator
from .graph.varset import bits
from .model.query import Query
from .network.ir import SamplingNetwork
from .passes.cost import WEIGHTS, Cost, Sizes, Weights, cost

MARGIN = 0.1
"""How much cheaper an alternative must be, as a part of the whole: near ties stay with the ID form."""

EFFORT = 300
"""Alternatives tried, times the variables, draws and conditions of the ID form: it keeps compiling quick."""


class Answer(Protocol):
    """What an alternative is compiled to."""

    @property
    def network(self) -> SamplingNetwork:
        """The sampling network after every pass."""
        ...

    @property
    def trace(self) -> tuple[tuple[str, SamplingNetwork], ...]:
        """The network as lowered, then after each pass."""
        ...


Compiled = TypeVar("Compiled", bound=Answer)


@dataclass(frozen=True, slots=True)
class Considered:
    """An alternative that was looked at.

    Args:
        name: What it is, in words: ``the ID form``, ``without w``.
        cost: What its network costs; None where the query is not identifiable in this way.
        why: Why it was chosen or not, in words.
        chosen: Whether it is the one.
    """

    name: str
    cost: Cost | None
    why: str
    chosen: bool = False

    def __str__(self) -> str:
        """One line.

        >>> print(Considered("without w", Cost(1, 2, 2, 1), "costs more"))
        without w: 1 refit, 2 generators of 2 numbers, 1 condition; costs more
        """
        return f"{self.name}: {f'{self.cost}; ' if self.cost else ''}{self.why}"


@dataclass(slots=True)
class Search(Generic[Compiled]):
    """One search.

    Args:
        query: The query.
        graph: The causal graph.
        compile: Compiles the query on a graph; None where it is not identifiable there.
        sizes: How many numbers a variable's value is made of.
        weights: What counts how much.
    """

    query: Query
    graph: ADMG
    compile: Callable[[ADMG], Compiled | None]
    sizes: Sizes = field(default_factory=dict)
    weights: Weights = WEIGHTS

    def __call__(self, base: Compiled) -> tuple[Compiled, tuple[Considered, ...]]:
        """The cheapest answer, `base` where none is clearly cheaper; and all that was looked at."""
        asked = self.graph.order.mask(self.query.variables)
        left = self._affordable(base)
        form = self._cost(base)
        tried: dict[int, Cost | None] = {0: form}
        missed: set[int] = set()
        best, found, lowest = 0, base, form
        limit = form.total * (1 - MARGIN)

        def attempt(latent: int) -> None:
            nonlocal best, found, lowest, left
            if latent in tried:
                return
            if left <= 0:
                missed.add(latent)
                return
            left -= 1
            answer = self.compile(project(self.graph, latent))
            tried[latent] = self._cost(answer) if answer else None
            price = tried[latent]
            if answer and price and price < lowest and price.total <= limit:
                best, found, lowest = latent, answer, price

        drawn = self._drawn(base) & ~asked
        for adjustment in self._adjustments() if left else ():
            attempt(drawn & ~adjustment)
        again = True
        while again:
            before = best
            for i in self._dearest_first(self._drawn(found) & ~asked):
                attempt(best | 1 << i)
            again = best != before

        def why(latent: int, price: Cost | None) -> str:
            if latent == best:
                return "chosen"
            if price is None:
                return "not identifiable"
            if limit < price.total < form.total:
                return "cheaper than the ID form, but not clearly"
            return "costs more" if price.total >= form.total else "costs more than the chosen"

        told = [
            Considered(self._name(latent), price, why(latent, price), latent == best)
            for latent, price in tried.items()
        ]
        if missed:
            told.append(Considered(f"{len(missed):,} more", None, "not tried, so that compiling stays quick"))
        return found, tuple(told)

    def _affordable(self, base: Compiled) -> int:
        """How many alternatives to try: none where every draw is an outcome, of the data."""
        if len(base.network.stages) == 1 and not base.network.answer.dropped:
            return 0
        relevant = self.graph.ancestors_of(self.graph.order.mask(self.query.variables))
        draws = [draw for stage in base.trace[0][1].stages for draw in stage.draws]
        return EFFORT // (relevant.bit_count() + len(draws) + sum(len(draw.given) for draw in draws))

    def _cost(self, answer: Compiled) -> Cost:
        return cost(answer.network, self.sizes, self.weights)

    def _drawn(self, answer: Compiled) -> int:
        stages = answer.network.stages
        return self.graph.order.mask(
            {name for stage in stages for draw in stage.draws for name in draw.variables}
        )

    def _dearest_first(self, mask: int) -> list[int]:
        names = self.graph.nodes
        return sorted(
            bits(mask), key=lambda i: (-self.sizes.get(names[i], 1), self.graph.levels[i], names[i])
        )

    def _adjustments(self) -> Iterator[int]:
        """Small sets that block all but the proper causal paths, without the large variables if that will do.

        References:
            van der Zander, Liskiewicz, Textor (2014), "Constructing separators and adjustment sets in
            ancestral graphs": adjustment sets are separators in the proper back-door graph.
        """
        order = self.graph.order
        x, y = order.mask(self.query.interventions), order.mask(self.query.outcomes)
        if not x or self.query.conditions:
            return
        causal = self.graph.ancestors_of(y, within=self.graph.all & ~x)
        causal &= order.mask(self.graph.mutilate(into=x).descendants(*self.query.interventions))
        forbidden = order.mask(self.graph.descendants(*order.set(causal))) | x | y
        back_door = _without_edges(self.graph, x, causal)
        large = order.mask(name for name in self.graph.nodes if self.sizes.get(name, 1) > 1)
        for within in dict.fromkeys((~forbidden & ~large, ~forbidden)):
            found = find_separator(back_door, x, y, 0, within & self.graph.all)
            if found is not None:
                yield found

    def _name(self, latent: int) -> str:
        return f"without {', '.join(self.graph.order.set(latent))}" if latent else "the ID form"


def _without_edges(graph: ADMG, x: int, into: int) -> ADMG:
    """The graph without the edges from `x` to the first nodes of its proper causal paths."""
    names = graph.nodes
    first, then = set(graph.order.set(x)), set(graph.order.set(into & ~x))
    kept = [(a, b) for a, b in graph.directed if not (a in first and b in then)]
    return ADMG(names, kept, graph.bidirected)
