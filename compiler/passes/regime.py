"""What an interim stage is causally, and which of its conditionals the data show as they are."""

from __future__ import annotations

from ..graph.admg import ADMG
from ..graph.separation import find_separator, separated, smallest_separator
from ..graph.varset import bits
from ..network.ir import Stage


class Regime:
    """An interim stage as the distribution of its outputs under ``do(fixed)``, over masks of the graph.

    Args:
        graph: The causal graph.
        stage: A stage of which `fixed` is known.
    """

    def __init__(self, graph: ADMG, stage: Stage) -> None:
        assert stage.fixed is not None
        self.graph = graph
        self.all = graph.all
        self.fixed = graph.order.mask(stage.fixed)
        self.variables = self.fixed | graph.order.mask(name for name, _ in stage.outputs)
        self._done = graph.mutilate(into=self.fixed)
        self._whether = graph.regime(self.fixed)

    def needed(self, target: int, given: int) -> int:
        """What of `given` makes a difference to the target under ``do(fixed)``, once the rest is known.

        Inputs that are not fixed make none.
        """
        return smallest_separator(self._done, target, given & self.variables)

    def observed(self, target: int, given: int, within: int) -> int | None:
        """A set W of `given` and some of `within` with ``P(target | do(fixed), given) = P(target | W)``.

        None if there is none. `given` are the variables that make a difference, as `needed` finds them.
        """
        idle = self.fixed & ~given
        free = 0
        for i in bits(within & ~given & ~target):
            if separated(self._done, target, 1 << i | idle, given):
                free |= 1 << i
        whether = 1 << len(self.graph.nodes)
        return find_separator(self._whether, target, whether, given, free)
