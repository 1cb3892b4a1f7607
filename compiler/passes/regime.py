"""The causal meaning of an interim stage, and which of its conditionals are conditionals of the data."""

from __future__ import annotations

from ..graph.separation import connected, find_separator, smallest_separator
from ..graph.varset import bits
from ..graph.wider import with_node
from ..model.model import Model
from ..network.ir import Draw, Stage

_EFFORT = 4_000
"""Limit of variables that are checked one by one, times the size of the graph; beyond it, one search is made."""


class Regime:
    """An interim stage as the distribution of its outputs under ``do(fixed)``, over masks of the graph.

    Args:
        model: The causal graph, and the graph of each world.
        stage: A stage whose world is known.

    References:
        Pearl (1995), "Causal diagrams for empirical research": the F nodes in the proof of theorem 3, which say
        whether an intervention is done.
    """

    def __init__(self, model: Model, stage: Stage) -> None:
        assert stage.world is not None
        self.graph = graph = model.graph
        self.all = graph.all
        self.fixed = graph.order.mask(stage.world.variables)
        self.variables = self.fixed | graph.order.mask(name for name, _ in stage.outputs)
        self.done = model.under(stage.world)
        self._whether = with_node(graph, "do", effects=self.fixed)
        """The graph with one more node, the last: whether ``do(fixed)`` is done."""

    def needed(self, draw: Draw) -> tuple[int, int]:
        """The target of a draw from the stage, and the conditions on which it depends.

        It does not depend on inputs that are not fixed.
        """
        target = self.graph.order.mask(draw.variables)
        return target, self._needed(target, self.graph.order.mask(draw.fit.given) & self.variables)

    def _needed(self, target: int, given: int) -> int:
        return smallest_separator(self.done, target, given)

    def observed(self, target: int, given: int, within: int) -> int | None:
        """A set W of `given` and some of `within` with ``P(target | do(fixed), given) = P(target | W)``.

        None if there is none. `given` are the variables that make a difference, as `needed` finds.
        """
        return find_separator(
            self._whether, target, self._whether_do, given, self._idle(target, given, within)
        )

    def plan(self, target: int, given: int, at_hand: int) -> list[tuple[int, int]] | None:
        """Draws from the data, each a target and its conditions; the last equals ``P(target | do(fixed), given)``.

        It first tries the values at hand, then additional draws of idle variables, and then variables H that are
        summed out: ``Σ_H P(H | do(fixed), given) P(target | do(fixed), given, H)``, if both are in the data.
        """
        found = self.observed(target, given, at_hand)
        if found is not None:
            return [(target, found)]
        relevant = self._relevant(target | given)
        if find_separator(self._whether, target, self._whether_do, given, relevant) is None:
            return None
        idle = self._idle(target, given, relevant)
        shown = self._shown(given, relevant & ~(idle | target))
        found = find_separator(self._whether, target, self._whether_do, given, idle | shown)
        if found is None:
            return None
        summed, known = found & shown, given
        if (found & idle) & ~self._idle(target, given | summed, idle):
            return None
        draws = []
        for i in bits(summed):
            of = self.observed(1 << i, self._needed(1 << i, known), known)
            if of is None:
                return None
            draws.append((1 << i, of))
            known |= 1 << i
        for i in bits(found & idle & ~at_hand):
            draws.append((1 << i, smallest_separator(self.graph, 1 << i, known)))
            known |= 1 << i
        return [*draws, (target, found)]

    def together(self, targets: list[int], given: int) -> list[tuple[int, int]] | None:
        """Draws from the data for ``P(targets | do(fixed), given)``, with the targets at the end.

        It is like `plan` for several targets, which share the values of the variables that are summed out.
        """
        mask = 0
        for target in targets:
            mask |= target
        relevant = self._relevant(mask | given) & ~mask
        if find_separator(self._whether, targets[0], self._whether_do, given, relevant) is None:
            return None
        shown, summed, known = self._shown(given, relevant), 0, given
        for target in targets:
            found = find_separator(self._whether, target, self._whether_do, known, shown)
            if found is None:
                return None
            summed |= found & shown
            known |= target
        draws, known = [], given
        for target in (*(1 << i for i in bits(summed)), *targets):
            of = self.observed(target, self._needed(target, known), known)
            if of is None:
                return None
            draws.append((target, of))
            known |= target
        return draws

    def agrees(self, target: int, given: int, more: int) -> bool:
        """Whether `more` conditions make no difference to the target under ``do(fixed)``."""
        return not self._needed(target, given | more) & ~given

    def _relevant(self, about: int) -> int:
        """The variables that `find_separator` can use: the ancestors of the given ones."""
        return self._whether.ancestors_of(about | self._whether_do) & self.all

    def _shown(self, given: int, within: int) -> int:
        """Variables whose distribution under ``do(fixed)``, given some, is in the data; incomplete in large graphs."""
        open_ = within & ~(given | self.fixed)
        found = open_ & ~connected(self._whether, self._whether_do, given)
        left = list(bits(open_ & ~found))
        if len(left) * len(self.graph.nodes) > _EFFORT:
            return found
        for i in left:
            if self.observed(1 << i, self._needed(1 << i, given), given) is not None:
                found |= 1 << i
        return found

    @property
    def _whether_do(self) -> int:
        return 1 << len(self.graph.nodes)

    def _idle(self, target: int, given: int, within: int) -> int:
        """The variables of `within` on which the target does not depend under ``do(fixed)``, given `given`."""
        dependent = connected(self.done, target, given)
        return 0 if dependent & self.fixed else within & ~(given | target | dependent)
