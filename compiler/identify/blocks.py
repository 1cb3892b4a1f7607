"""Kernels as lists of per-variable factors, and the one operation that is not free on them: conditioning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..estimand.algebra import Expression, leaves, marginal, product, reads
from ..graph.varset import Order, bits

MOST_COPIES = 64
"""Most conditionals a clamped factor may copy; a longer one refers to its kernel by name instead."""


@dataclass(frozen=True, slots=True)
class Block:
    """A c-factor: per-variable factors in topological order, of which the `hidden` ones are summed out.

    A variable read inside the block means the block's own; what the block does not have comes from outside.
    """

    hidden: int
    factors: dict[int, Expression]


@dataclass(slots=True)
class _Places:
    """A set of factors: visible ones by their variable, hidden ones by block and variable."""

    visible: int
    hidden: list[int]

    def meets(self, other: _Places) -> bool:
        pairs = zip(self.hidden, other.hidden, strict=True)
        return bool(self.visible & other.visible) or any(a & b for a, b in pairs)


class Blocks:
    """The product of several blocks: a Bayesian network of factors, no two with the same visible variable."""

    def __init__(self, order: Order, blocks: Iterable[Block]) -> None:
        self.order = order
        self.blocks = tuple(blocks)
        self._home = {
            variable: place
            for place, block in enumerate(self.blocks)
            for variable in block.factors
            if not block.hidden >> variable & 1
        }
        self.visible = 0
        for variable in self._home:
            self.visible |= 1 << variable
        self._reads = [{v: reads(factor) for v, factor in block.factors.items()} for block in self.blocks]

    @property
    def mentions(self) -> int:
        """The mask of the variables that the kernel is over or depends on."""
        mask = self.visible
        for block, read in zip(self.blocks, self._reads, strict=True):
            for factor_reads in read.values():
                mask |= factor_reads & ~block.hidden
        return mask

    def _unobserved_ancestors(self, start: int, given: int, *, proper: bool = False) -> _Places:
        """The visible factors in `start` and all that they depend on, the search stopping at `given` ones.

        With `proper`, only what they depend on.
        """
        open_ = self.visible & ~given
        found = _Places(0, [0] * len(self.blocks))
        frontier = [(self._home[v], v) for v in bits(start & (self.visible if proper else open_))]
        if not proper:
            found.visible = start & open_
        while frontier:
            home, variable = frontier.pop()
            read, hidden = self._reads[home][variable], self.blocks[home].hidden
            visible = read & ~hidden & open_ & ~found.visible
            found.visible |= visible
            own = read & hidden & ~found.hidden[home]
            found.hidden[home] |= own
            frontier += [(self._home[v], v) for v in bits(visible)]
            frontier += [(home, v) for v in bits(own)]
        return found

    def _expression(self, keep: _Places, visible: int) -> Expression:
        """The product of the kept factors, with every kept variable outside `visible` summed out."""
        parts = []
        for block, hidden in zip(self.blocks, keep.hidden, strict=True):
            kept = hidden | (keep.visible & ~block.hidden)
            body = [factor for variable, factor in block.factors.items() if kept >> variable & 1]
            if body:
                parts.append(marginal(self.order.set(hidden), product(body)))
        return marginal(self.order.set(keep.visible & ~visible), product(parts))

    def marginal(self, visible: int) -> Expression:
        """The kernel over `visible`: the ancestors it needs are summed out, barren factors are dropped."""
        return self._expression(self._unobserved_ancestors(visible, 0), visible)

    def clamp(self, targets: int, given: int) -> Expression | None:
        """``K(targets | given)`` by feeding `given` in, or None where that is not the conditional.

        It is, when nothing unobserved that the targets depend on (themselves included) influences `given`.
        """
        needed = self._unobserved_ancestors(targets, given)
        if needed.meets(self._unobserved_ancestors(given, given, proper=True)):
            return None
        expression = self._expression(needed, targets)
        copies = bool(needed.visible & ~targets) or any(needed.hidden)
        if copies and sum(1 for _ in leaves(expression)) > MOST_COPIES:
            return None
        return expression
