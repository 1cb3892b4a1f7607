"""Markov blankets among predecessors: what each variable depends on when the graph is read in order."""

from __future__ import annotations

from .admg import ADMG
from .varset import bits


def blankets(graph: ADMG, within: int) -> dict[int, int]:
    """For each node of `within`, what it depends on among its predecessors there.

    That is its district among the predecessors, and that district's parents (which may lie outside `within`,
    where they are inputs). The graph's nodes must stand in topological order.

    References:
        Tian and Pearl (2002), corollary 1; Richardson (2003), the ordered local Markov property.
    """
    root: dict[int, int] = {}
    members: dict[int, int] = {}
    parents: dict[int, int] = {}
    found: dict[int, int] = {}

    def find(node: int) -> int:
        while root[node] != node:
            root[node] = root[root[node]]
            node = root[node]
        return node

    for node in bits(within):
        bit = 1 << node
        root[node], members[node], parents[node] = node, bit, graph.parent_masks[node]
        for sibling in bits(graph.sibling_masks[node] & within & (bit - 1)):
            other = find(sibling)
            if other != node:
                root[other] = node
                members[node] |= members.pop(other)
                parents[node] |= parents.pop(other)
        found[node] = (members[node] | parents[node]) & ~bit
    return found
