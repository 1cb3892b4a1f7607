"""Where a projected graph comes from: the variables that were hidden, by name, and what they cause."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from .reach import closure, union
from .varset import bits

if TYPE_CHECKING:
    from .admg import ADMG


@dataclass(frozen=True)
class Origin:
    """The graph before projection, and the variables that projection hid.

    Args:
        graph: The whole graph, with every variable that was ever named.
        latent: Hidden variables that nobody observed.
        left_out: Hidden variables that are observed and are not to be used.
    """

    graph: ADMG
    latent: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def hidden(self) -> tuple[str, ...]:
        """All hidden variables, latent ones first."""
        return (*self.latent, *self.left_out)

    def common_causes(self, one: str, other: str) -> tuple[str, ...]:
        """The hidden variables that two observed ones have in common as causes, the nearest ones only.

        Args:
            one: A variable that is not hidden.
            other: Another.
        """
        order = self.graph.order
        if one not in order.index or other not in order.index:
            return ()
        both = order.mask((one, other))
        found = [i for i, below in self._below.items() if below & both == both]
        shared = sum(1 << i for i in found)
        return tuple(order.names[i] for i in found if not self.graph.child_masks[i] & shared)

    @cached_property
    def _below(self) -> dict[int, int]:
        """For each hidden variable, what directed paths with hidden inner variables lead to."""
        graph, hidden = self.graph, self.graph.order.mask(self.hidden)
        through = {i: closure(graph.child_masks, 1 << i, hidden) for i in bits(hidden)}
        return {i: union(graph.child_masks, mask) & ~hidden for i, mask in through.items()}

    def without(self, names: Iterable[str]) -> int:
        """The mask, in the whole graph, of all hidden variables but some."""
        return self.graph.order.mask(self.hidden) & ~self.graph.order.mask(names)


def origin_of(graph: ADMG) -> Origin:
    """Where a graph comes from; a graph that nobody projected is its own origin."""
    return graph.origin or Origin(graph)
