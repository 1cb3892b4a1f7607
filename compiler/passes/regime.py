"""The causal meaning of an interim stage, and which of its conditionals are conditionals of the data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import reduce
from operator import or_
from typing import TypeAlias

from ..graph.additions import with_node
from ..graph.separation import connected, find_separator, smallest_separator
from ..graph.varset import bits
from ..model.model import Model
from ..network.ir import Draw, Stage

_EFFORT = 4_000
"""Limit of variables that are checked one by one, times the size of the graph; beyond it, one search is made."""

DrawOf: TypeAlias = tuple[int, int]
"""The masks of what is drawn from the data, and of its conditions."""


class Regime:
    """An interim stage as the distribution of its outputs under ``do(fixed)``, over masks of the graph.

    Which of its conditionals the data have is read off a graph with one more node, which says whether the intervention
    is done. It points at what is fixed::

        done?
          │
          ▼
    z ──▶ x ──▶ y      x and z separate y from `done?`: P(y | do(x), z) = P(y | x, z), which the data have.
    ╰───────────▲      x alone does not, because of done? → x ← z → y: P(y | do(x)) is no conditional of the data.

    Args:
        model: The causal graph, and the graph of each world.
        stage: A stage whose world is known.

    References:
        Pearl (1995), "Causal diagrams for empirical research": the F nodes in the proof of theorem 3.
    """

    def __init__(self, model: Model, stage: Stage) -> None:
        assert stage.world is not None
        self.graph = graph = model.graph
        self.fixed = graph.order.mask(stage.world.variables)
        self.variables = self.fixed | graph.order.mask(name for name, _ in stage.outputs)
        self.done = model.under(stage.world)
        self._either = with_node(graph, "done?", effects=self.fixed)
        """The graph with the node that says whether ``do(fixed)`` is done, which is the last."""
        self._whether = 1 << len(graph.nodes)

    def needed(self, draw: Draw) -> tuple[int, int]:
        """The target of a draw from the stage, and the conditions on which it depends.

        It does not depend on inputs that are not fixed.
        """
        target = self.graph.order.mask(draw.variables)
        return target, self._needed(target, self.graph.order.mask(draw.fit.given) & self.variables)

    def observed(self, target: int, given: int, within: int) -> int | None:
        """A set W of `given` and some of `within` with ``P(target | do(fixed), given) = P(target | W)``.

        None if there is none. `given` are the variables that make a difference, as `needed` finds.
        """
        return self._separator(target, given, self._idle(target, given, within))

    def plan(self, target: int, given: int, at_hand: int) -> list[DrawOf] | None:
        """Draws from the data, of which the last equals ``P(target | do(fixed), given)``; None if none are found.

        It first tries the values at hand, then additional draws of idle variables, and then variables H that are
        summed out: ``Σ_H P(H | do(fixed), given) P(target | do(fixed), given, H)``, if both are in the data.
        """
        found = self.observed(target, given, at_hand)
        if found is not None:
            return [(target, found)]
        relevant = self._relevant(target | given)
        if self._separator(target, given, relevant) is None:
            return None
        idle = self._idle(target, given, relevant)
        shown = self._shown(given, relevant & ~(idle | target))
        found = self._separator(target, given, idle | shown)
        if found is None:
            return None
        summed, beside = found & shown, found & idle
        if beside & ~self._idle(target, given | summed, idle):
            return None
        draws = self._one_by_one(_each(summed), given)
        if draws is None:
            return None
        known = given | summed
        for variable in _each(beside & ~at_hand):
            draws.append((variable, smallest_separator(self.graph, variable, known)))
            known |= variable
        return [*draws, (target, found)]

    def together(self, targets: list[int], given: int) -> list[DrawOf] | None:
        """Draws from the data for ``P(targets | do(fixed), given)``, with the targets at the end.

        It is like `plan` for several targets, which share the values of the variables that are summed out.
        """
        all_targets = reduce(or_, targets)
        relevant = self._relevant(all_targets | given) & ~all_targets
        if self._separator(targets[0], given, relevant) is None:
            return None
        shown, summed, known = self._shown(given, relevant), 0, given
        for target in targets:
            found = self._separator(target, known, shown)
            if found is None:
                return None
            summed |= found & shown
            known |= target
        return self._one_by_one([*_each(summed), *targets], given)

    def agrees(self, target: int, given: int, more: int) -> bool:
        """Whether `more` conditions make no difference to the target under ``do(fixed)``."""
        return not self._needed(target, given | more) & ~given

    def _one_by_one(self, targets: Iterable[int], known: int) -> list[DrawOf] | None:
        """A draw from the data for each target given what is known and the targets before; None if one has none."""
        draws: list[DrawOf] = []
        for target in targets:
            of = self.observed(target, self._needed(target, known), known)
            if of is None:
                return None
            draws.append((target, of))
            known |= target
        return draws

    def _separator(self, target: int, given: int, within: int) -> int | None:
        """`given` and some of `within`, given which it makes no difference whether ``do(fixed)`` is done."""
        return find_separator(self._either, target, self._whether, given, within)

    def _needed(self, target: int, given: int) -> int:
        """The conditions among `given` on which a target depends under ``do(fixed)``."""
        return smallest_separator(self.done, target, given)

    def _idle(self, target: int, given: int, within: int) -> int:
        """The variables of `within` on which the target does not depend under ``do(fixed)``, given `given`."""
        dependent = connected(self.done, target, given)
        return 0 if dependent & self.fixed else within & ~(given | target | dependent)

    def _relevant(self, about: int) -> int:
        """The variables that a separator may need: the ancestors of what it is about."""
        return self._either.ancestors_of(about | self._whether) & self.graph.all

    def _shown(self, given: int, within: int) -> int:
        """Variables whose distribution under ``do(fixed)``, given some, is in the data; incomplete in large graphs."""
        open_ = within & ~(given | self.fixed)
        found = open_ & ~connected(self._either, self._whether, given)
        left = list(_each(open_ & ~found))
        if len(left) * len(self.graph.nodes) > _EFFORT:
            return found
        for variable in left:
            if self.observed(variable, self._needed(variable, given), given) is not None:
                found |= variable
        return found


def _each(mask: int) -> Iterator[int]:
    """The masks of the single variables of a mask."""
    return (1 << place for place in bits(mask))
