"""Graphs with one more node, such as the switch of an intervention, or with more unobserved common causes."""

from __future__ import annotations

from .admg import ADMG
from .varset import Order, bits


def with_node(graph: ADMG, name: str = "", *, causes: int = 0, effects: int = 0) -> ADMG:
    """The graph with one more node, the last.

    Args:
        graph: The graph.
        name: The name of the node, which gets primes where the graph has such a name.
        causes: Mask of its causes.
        effects: Mask of its effects.

    >>> print(with_node(ADMG([], [("x", "y")]), "switch", effects=0b01))
    x -> y
    switch -> x
    """
    while name in graph.order.index:
        name += "'"
    node = 1 << len(graph.nodes)
    parents = [row | (node if effects >> i & 1 else 0) for i, row in enumerate(graph.parent_masks)]
    children = [row | (node if causes >> i & 1 else 0) for i, row in enumerate(graph.child_masks)]
    order = Order((*graph.nodes, name))
    return ADMG._from_masks(order, [*parents, causes], [*children, effects], [*graph.sibling_masks, 0])


def confounded(graph: ADMG, nodes: int) -> ADMG:
    """The graph in which every two of some nodes have an unobserved common cause.

    >>> print(confounded(ADMG("xyz", [("x", "y")]), 0b110))
    x -> y
    y <-> z
    """
    siblings = list(graph.sibling_masks)
    for i in bits(nodes):
        siblings[i] |= nodes & ~(1 << i)
    return ADMG._from_masks(graph.order, graph.parent_masks, graph.child_masks, siblings)
