"""Interim kernels written out: a conditional of one is a quotient of two marginals of its body."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from ..graph.varset import Order, bits
from .algebra import (
    Arithmetic,
    Conditional,
    Estimand,
    Expression,
    Kernel,
    Marginal,
    Never,
    Product,
    Wired,
    defines,
    leaves,
    marginal,
    mentions,
    product,
    wired,
)

MOST_TERMS = 10_000
"""Kernels that read one another double when written out; a formula that grows past this is refused."""

ONE = Product(())


def quotient(leaf: Conditional, kernel: Kernel) -> tuple[Expression, Expression]:
    """``K(targets | given)`` as a numerator and a denominator; the denominator may be `ONE`.

    >>> order = Order("wrxy")
    >>> none, w, r, x, y, wr, xy = (order.of(*names) for names in ("", "w", "r", "x", "y", "wr", "xy"))
    >>> body = Marginal(w, Product((Conditional(w, none), Conditional(xy, wr))))
    >>> above, below = quotient(Conditional(y, x), Kernel("Q", xy, r, body))
    >>> [(leaf.targets, leaf.given) for half in (above, below) for leaf in leaves(half)][1::2]
    [({x, y}, {w, r}), ({x}, {w, r})]
    """
    outputs, given, order = kernel.outputs.mask, leaf.given.mask, kernel.outputs.order
    above = summed(kernel.body, outputs & ~(leaf.targets.mask | given), order)
    below = summed(kernel.body, outputs & ~given, order)
    return _cancelled(above, below, order)


def _cancelled(above: Expression, below: Expression, order: Order) -> tuple[Expression, Expression]:
    """The two without the factors they share, those being constant in the sums of both."""
    halves = [_sum_of_product(half) for half in (above, below)]
    bound = halves[0][0] | halves[1][0]
    shared = {f for f in halves[0][1] if not mentions(f) & bound} & {*halves[1][1]}
    if not shared:
        return above, below
    kept = (marginal(order.set(over), product(f for f in fs if f not in shared)) for over, fs in halves)
    return next(kept), next(kept)


def _sum_of_product(expression: Expression) -> tuple[int, tuple[Expression, ...]]:
    """The mask that an expression sums over, and the factors it multiplies."""
    over, body = (
        (expression.over.mask, expression.body) if isinstance(expression, Marginal) else (0, expression)
    )
    return over, body.factors if isinstance(body, Product) else (body,)


def summed(expression: Expression, over: int, order: Order) -> Expression:
    """The sum of an expression over some of the variables it defines, barren sums dropped.

    A variable that only its own conditional mentions goes with it: ``Σ_y P(y | x) = 1``.
    """
    bound, parts = _sum_of_product(expression)
    over, factors = over | bound, list(parts)
    mentioned: Counter[int] = Counter()
    owner: dict[int, int] = {}
    for place, factor in enumerate(factors):
        mentioned.update(bits(mentions(factor) & over))
        owner.update((variable, place) for variable in bits(defines(factor) & over))
    barren = [variable for variable in owner if mentioned[variable] == 1]
    while barren:
        variable = barren.pop()
        over &= ~(1 << variable)
        place = owner[variable]
        before, factors[place] = factors[place], without(factors[place], 1 << variable, order)
        for other in bits(mentions(before) & ~mentions(factors[place]) & over):
            mentioned[other] -= 1
            if mentioned[other] == 1:
                barren.append(other)
    return marginal(order.set(over), product(factors))


def without(factor: Expression, variable: int, order: Order) -> Expression:
    """A factor with one of the variables that it defines summed out of it alone."""
    match factor:
        case Conditional(targets):
            left = order.set(targets.mask & ~variable)
            return replace(factor, targets=left) if left else ONE
        case Wired(body, wires):
            inside = (1 << place for place in bits(defines(body)))
            summed_there = sum(bit for bit in inside if factor.moved(bit) == variable)
            return wired(without(body, summed_there, order), dict(wires), order)
        case Never(over):
            return Never(order.set(over.mask & ~variable))
        case Arithmetic():
            return Marginal(order.set(variable), factor)
        case _:
            return summed(factor, variable, order)


def check_size(estimand: Estimand) -> None:
    """Refuse an estimand that is too long with its interim kernels written out.

    Raises:
        ValueError: If it would have more than `MOST_TERMS` probability terms.
    """
    terms: dict[str, int] = {}

    def count(expression: Expression) -> int:
        return sum(2 * terms[f.kernel] if f.kernel else 1 for f in leaves(expression))

    for kernel in estimand.kernels:
        terms[kernel.name] = count(kernel.body)
    total = count(estimand.body)
    if terms and total > MOST_TERMS:
        raise ValueError(
            f"with its interim kernels written out, the estimand has up to {total:,} probability terms, "
            f"more than {MOST_TERMS:,}; print it with the kernels named (expanded=False)"
        )
