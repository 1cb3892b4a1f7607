"""Summing a variable out of conditionals of one distribution, by m-separation alone."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from .admg import ADMG
from .blankets import blankets
from .separation import separated, smallest_separator

Term = tuple[int, int]
"""A conditional: the masks of its targets and of what they are given."""


class Merger:
    """Merges conditionals of a distribution that is Markov to a graph.

    Args:
        graph: The graph.
        budget: How many m-separation queries it may spend; None for as many as it takes.
    """

    def __init__(self, graph: ADMG, budget: int | None = None) -> None:
        self.graph = graph
        self.budget = budget

    def __call__(self, h: int, cause: Term, effects: Iterable[Term]) -> list[Term] | None:
        """``Σ_h P(h | A) P(v | h, B) = P(v | C)``, with several effects v one after the other.

        C is the part of A ∪ B, and of the effects before v, on which v depends. It holds where m-separation makes
        ``P(h | A)`` equal to ``P(h | A, B)`` and ``P(v | h, B)`` equal to ``P(v | h, A, B)``.

        Args:
            h: The mask of the variable to sum out.
            cause: ``P(h | A)``.
            effects: The other terms that mention h, in an order in which each could be drawn.

        Returns:
            The term that stands for each effect, or None where the rule does not apply.

        >>> merge = Merger(ADMG(["a", "h", "y"], [("a", "h"), ("h", "y")]))
        >>> merge(0b010, (0b010, 0b001), [(0b100, 0b010)])
        [(4, 1)]
        """
        merged = []
        given = cause[1]  # P(h | given) is what is left of the cause, effects so far included
        for targets, before in effects:
            wider = given | (before & ~h)
            if not self._equal(h, given, wider) or not self._equal(targets, before, wider | h):
                return None
            merged.append((targets, self._smallest(targets, wider)))
            given = wider | targets
        return merged

    @cached_property
    def _blankets(self) -> dict[int, int]:
        """What each node depends on among its predecessors; empty where nodes are in no topological order."""
        rows = enumerate(self.graph.parent_masks)
        return blankets(self.graph, self.graph.all) if all(row < 1 << i for i, row in rows) else {}

    def _equal(self, targets: int, given: int, more: int) -> bool:
        """Whether ``P(targets | given)`` equals ``P(targets | more)``, `more` holding `given`."""
        extra = more & ~given
        if not extra:
            return True
        last = targets.bit_length() - 1
        if targets == 1 << last and more < targets and not self._blankets.get(last, targets) & ~given:
            return True  # `given` holds the whole blanket, and nothing in `more` comes after the target
        return self._spend(1) and separated(self.graph, targets, extra, given)

    def _smallest(self, targets: int, given: int) -> int:
        affordable = self._spend(1)
        return smallest_separator(self.graph, targets, given) if affordable else given

    def _spend(self, queries: int) -> bool:
        if self.budget is None:
            return True
        self.budget -= queries
        return self.budget >= 0
