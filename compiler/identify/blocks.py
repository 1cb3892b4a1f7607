"""Kernels as lists of per-variable factors, and the one operation that is not free on them: conditioning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from ..estimand.algebra import Expression, leaves, marginal, product, reads
from ..graph.varset import Order, bits

Place: TypeAlias = tuple[int, int]
"""Which block, and which variable of it."""

MOST_COPIES = 64
"""Most conditionals a clamped factor may copy; a longer one refers to its kernel by name instead."""


@dataclass(frozen=True, slots=True)
class Block:
    """A c-factor: per-variable factors in topological order, of which the `hidden` ones are summed out.

    A variable read inside the block means the block's own; what the block does not have comes from outside.
    """

    hidden: int
    factors: dict[int, Expression]


class Blocks:
    """The product of several blocks: a Bayesian network of factors, no two with the same visible variable."""

    def __init__(self, order: Order, blocks: Iterable[Block]) -> None:
        self.order = order
        self.blocks = tuple(blocks)
        self._owner = {
            variable: place
            for place, block in enumerate(self.blocks)
            for variable in block.factors
            if not block.hidden >> variable & 1
        }

    @property
    def visible(self) -> int:
        """The mask of the variables that the kernel is over."""
        mask = 0
        for variable in self._owner:
            mask |= 1 << variable
        return mask

    @property
    def mentions(self) -> int:
        """The mask of the variables that the kernel is over or depends on."""
        mask = self.visible
        for block in self.blocks:
            own = 0
            for variable, factor in block.factors.items():
                own |= 1 << variable | reads(factor)
            mask |= own & ~block.hidden
        return mask

    def _parents(self, place: Place) -> Iterator[Place]:
        home, variable = place
        block = self.blocks[home]
        for read in bits(reads(block.factors[variable])):
            if read in block.factors:
                yield home, read
            elif read in self._owner:
                yield self._owner[read], read

    def _unobserved_ancestors(self, start: Iterable[Place], given: int) -> set[Place]:
        """The places in `start` and all that they depend on, the search stopping at visible `given` ones."""
        found, stack = set(), list(start)
        while stack:
            place = stack.pop()
            if place not in found and not self._is_given(place, given):
                found.add(place)
                stack.extend(self._parents(place))
        return found

    def _is_given(self, place: Place, given: int) -> bool:
        home, variable = place
        return bool(given >> variable & 1) and self._owner.get(variable) == home

    def _places(self, variables: int) -> list[Place]:
        return [(self._owner[v], v) for v in bits(variables) if v in self._owner]

    def _expression(self, keep: set[Place], visible: int) -> Expression:
        """The product of the kept factors, with every kept variable outside `visible` summed out."""
        summed, parts = 0, []
        for home, block in enumerate(self.blocks):
            kept = [variable for variable in block.factors if (home, variable) in keep]
            if not kept:
                continue
            mask = 0
            for variable in kept:
                mask |= 1 << variable
            summed |= mask & ~block.hidden & ~visible
            body = product(block.factors[variable] for variable in kept)
            parts.append(marginal(self.order.set(mask & block.hidden), body))
        return marginal(self.order.set(summed), product(parts))

    def marginal(self, visible: int) -> Expression:
        """The kernel over `visible`: the ancestors it needs are summed out, barren factors are dropped."""
        return self._expression(self._unobserved_ancestors(self._places(visible), 0), visible)

    def clamp(self, targets: int, given: int) -> Expression | None:
        """``K(targets | given)`` by feeding `given` in, or None where that is not the conditional.

        It is, when nothing unobserved that the targets depend on (themselves included) influences `given`.
        """
        needed = self._unobserved_ancestors(self._places(targets), given)
        causes = [parent for place in self._places(given) for parent in self._parents(place)]
        if needed & self._unobserved_ancestors(causes, given):
            return None
        copies = sum(1 for home, v in needed for _ in leaves(self.blocks[home].factors[v]))
        if copies > MOST_COPIES and len(needed) > targets.bit_count():
            return None
        return self._expression(needed, targets)
