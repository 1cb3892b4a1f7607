"""Simplification to what a textbook would print, every rule value-preserving."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ..graph.admg import ADMG
from ..graph.summing_out import Merger
from ..graph.varset import bits
from ..model.data import OBSERVED, DataSet
from .algebra import (
    Arithmetic,
    Conditional,
    Estimand,
    Expression,
    Marginal,
    Never,
    Product,
    Wired,
    defines,
    marginal,
    mentions,
    product,
    wired,
)
from .expand import ONE, without

_EFFORT = 4_000
"""Nodes times m-separation queries that `simplify` may spend; larger graphs are simplified less."""


def simplify(
    estimand: Estimand, graph: ADMG, graphs: Mapping[DataSet, ADMG | None] | None = None
) -> Estimand:
    """An equal estimand with fewer sums and fewer probability terms.

    Args:
        estimand: What identification reached.
        graph: The causal graph, its nodes in the estimand's order.
        graphs: For each data set, a graph to which its rows are Markov, or None where none is known; without it, the
            causal graph is meant.
    """
    simplifier = simplifier_of(graph, graphs)
    kernels = tuple(replace(k, body=simplifier(k.body)) for k in estimand.kernels)
    return replace(estimand, kernels=kernels, body=simplifier(estimand.body))


def simplifier_of(
    graph: ADMG, graphs: Mapping[DataSet, ADMG | None] | None = None
) -> Callable[[Expression], Expression]:
    """What makes an expression simpler, with the graphs that `simplify` takes."""
    return _Simplifier(graph, {OBSERVED: graph} if graphs is None else graphs)


class _Simplifier:
    def __init__(self, graph: ADMG, graphs: Mapping[DataSet, ADMG | None]) -> None:
        self.graph = graph
        effort = _EFFORT // max(1, len(graph.nodes))
        self.mergers = {data: Merger(known, effort) for data, known in graphs.items() if known is not None}

    def __call__(self, expression: Expression) -> Expression:
        match expression:
            case Conditional() | Never():
                return expression
            case Wired(body, wires, order):
                return wired(self(body), dict(wires), order)
            case Arithmetic(operator, one, other):
                return Arithmetic(operator, self(one), self(other))
            case Product(factors):
                return chain_rule([self(factor) for factor in factors])
            case Marginal(over, body):
                summed, parts = _push_in(over.mask, _factors(body))
                inner = [factor for part in parts for factor in _factors(self(part))]
                summed, left = self._sum_out(summed, inner)
                joined = _factors(chain_rule(left))
                outside = [factor for factor in joined if not mentions(factor) & summed]
                inside = [factor for factor in joined if mentions(factor) & summed]
                sum_ = marginal(self.graph.order.set(summed), product(inside))
                return chain_rule([*outside, *_factors(sum_)]) if outside else sum_

    def _sum_out(self, summed: int, factors: list[Expression]) -> tuple[int, list[Expression]]:
        """Take summed variables out one at a time, effects first, while a rule lets them go."""
        pool = _Pool(factors, summed)
        for h in sorted(bits(pool.rare), reverse=True):
            about = sorted(pool.users[h])
            merged = self._eliminate(1 << h, [pool.factors[i] for i in about])
            if merged is not None:
                pool.swap(about, merged)
                summed &= ~(1 << h)
        return summed, [pool.factors[i] for i in sorted(pool.factors)]

    def _eliminate(self, h: int, about: list[Expression]) -> list[Expression] | None:
        """``Σ_h`` of the factors that mention h, as factors that do not; None where no rule applies.

        Barren: ``Σ_h P(h | A) = 1`` and ``Σ_h P(h, v | A) = P(v | A)``.
        Merge: ``Σ_h P(h | A) P(v | h, B) = P(v | C)``, as `Merger` does it. Only where no conditional gets
        wider than the widest before, so that nothing becomes harder to estimate.
        """
        if len(about) == 1 and isinstance(about[0], Conditional | Wired) and defines(about[0]) & h:
            rest = without(about[0], h, self.graph.order)
            return [] if rest == ONE else [rest]
        observed = [f for f in about if isinstance(f, Conditional) and isinstance(f.of, DataSet)]
        if len(observed) < len(about) or len({f.of for f in observed}) > 1:
            return None
        cause = next((f for f in observed if f.targets.mask == h), None)
        if cause is None:
            return None
        effects = sorted((f for f in observed if f is not cause), key=lambda f: f.targets.mask)
        return self._merge(h, cause, effects)

    def _merge(self, h: int, cause: Conditional, effects: list[Conditional]) -> list[Expression] | None:
        terms = [(effect.targets.mask, effect.given.mask) for effect in effects]
        assert isinstance(cause.of, DataSet)
        merger = self.mergers.get(cause.of)
        merged = merger(h, (h, cause.given.mask), terms) if merger else None
        widest = max(len(factor.given) for factor in (cause, *effects))
        if merged is None or any(given.bit_count() > widest for _, given in merged):
            return None
        names = self.graph.order.set
        return [Conditional(names(targets), names(given), cause.of) for targets, given in merged]


def _factors(expression: Expression) -> tuple[Expression, ...]:
    return expression.factors if isinstance(expression, Product) else (expression,)


def _push_in(summed: int, factors: tuple[Expression, ...]) -> tuple[int, list[Expression]]:
    """``Σ_h F Σ_u G = F Σ_{h, u} G``, where only the inner sum mentions h."""
    once = twice = 0
    for factor in factors:
        mask = mentions(factor) & summed
        twice |= once & mask
        once |= mask
    pushed: list[Expression] = []
    for factor in factors:
        if isinstance(factor, Marginal):
            own = mentions(factor) & once & ~twice
            factor = Marginal(factor.over.order.set(factor.over.mask | own), factor.body)
            summed &= ~own
        pushed.append(factor)
    return summed, pushed


class _Pool:
    """The factors of a product, and for each variable that few of them mention, which ones."""

    FEW = 3

    def __init__(self, factors: list[Expression], summed: int) -> None:
        self.factors = dict(enumerate(factors))
        masks = [mentions(factor) for factor in factors]
        at_least = [summed] + [0] * (self.FEW + 1)  # at_least[k]: mentioned k times or more
        for mask in masks:
            for k in range(self.FEW, -1, -1):
                at_least[k + 1] |= at_least[k] & mask
        self.rare = summed & ~at_least[-1]
        self.users: dict[int, set[int]] = {variable: set() for variable in bits(self.rare)}
        for i, mask in enumerate(masks):
            self._index(i, mask)

    def _index(self, i: int, mask: int) -> None:
        for variable in bits(mask & self.rare):
            self.users[variable].add(i)

    def swap(self, old: list[int], new: list[Expression]) -> None:
        """Put at most as many new factors into the places of old ones."""
        for i in old:
            for variable in bits(mentions(self.factors.pop(i)) & self.rare):
                self.users[variable].discard(i)
        for i, factor in zip(old, new, strict=False):
            self.factors[i] = factor
            self._index(i, mentions(factor))


def chain_rule(factors: list[Expression]) -> Expression:
    """Join ``P(a | c) P(b | a, c)`` to ``P(a, b | c)``, and put causes first, sums last."""
    joined: list[Expression] = []
    ending: dict[tuple[object, int], int] = {}
    for factor in factors:
        if isinstance(factor, Conditional):
            place = ending.pop((factor.of, factor.given.mask), None) if factor.given else None
            if place is not None:
                first = joined[place]
                assert isinstance(first, Conditional)
                factor = Conditional(first.targets | factor.targets, first.given, factor.of)
                joined[place] = factor
            else:
                place = len(joined)
                joined.append(factor)
            ending[factor.of, factor.targets.mask | factor.given.mask] = place
        else:
            joined.append(factor)
    return product(sorted(joined, key=lambda f: (isinstance(f, Marginal), defines(f) & -defines(f))))
