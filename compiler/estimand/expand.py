"""Interim kernels written out: a conditional of one is a quotient of two marginals of its body."""

from __future__ import annotations

from collections import Counter

from ..graph.varset import Order, bits
from .algebra import (
    Conditional,
    Estimand,
    Expression,
    Interim,
    Kernel,
    Marginal,
    Product,
    defines,
    leaves,
    marginal,
    mentions,
    product,
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
    >>> list(leaves(above))[1]
    Conditional(targets={x, y}, given={w, r}, of=Data(tag='P'))
    >>> list(leaves(below))[1]
    Conditional(targets={x}, given={w, r}, of=Data(tag='P'))
    """
    outputs, given = kernel.outputs.mask, leaf.given.mask
    above = summed(kernel.body, outputs & ~(leaf.targets.mask | given), kernel.outputs.order)
    below = summed(kernel.body, outputs & ~given, kernel.outputs.order)
    return above, below


def summed(expression: Expression, over: int, order: Order) -> Expression:
    """The sum of an expression over some of the variables it defines, barren sums dropped.

    A variable that only its own conditional mentions goes with it: ``Σ_y P(y | x) = 1``.
    """
    if isinstance(expression, Marginal):
        over |= expression.over.mask
        expression = expression.body
    factors: list[Expression] = list(expression.factors) if isinstance(expression, Product) else [expression]
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
        before, factors[place] = factors[place], _without(factors[place], 1 << variable, order)
        for other in bits(mentions(before) & ~mentions(factors[place]) & over):
            mentioned[other] -= 1
            if mentioned[other] == 1:
                barren.append(other)
    return marginal(order.set(over), product(factors))


def _without(factor: Expression, variable: int, order: Order) -> Expression:
    """A factor with one of its variables summed out of it alone."""
    if not isinstance(factor, Conditional):
        return summed(factor, variable, order)
    targets = factor.targets.mask & ~variable
    return Conditional(order.set(targets), factor.given, factor.of) if targets else ONE


def check_size(estimand: Estimand) -> None:
    """Refuse an estimand that is too long with its interim kernels written out.

    Raises:
        ValueError: If it would have more than `MOST_TERMS` probability terms.
    """
    terms: dict[str, int] = {}

    def count(expression: Expression) -> int:
        return sum(2 * terms[f.of.name] if isinstance(f.of, Interim) else 1 for f in leaves(expression))

    for kernel in estimand.kernels:
        terms[kernel.name] = count(kernel.body)
    total = count(estimand.body)
    if terms and total > MOST_TERMS:
        raise ValueError(
            f"with its interim kernels written out, the estimand has up to {total:,} probability terms, "
            f"more than {MOST_TERMS:,}; print it with the kernels named (expanded=False)"
        )
