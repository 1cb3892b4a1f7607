"""The topological orders of a graph that are tried for rows with holes."""

from itertools import permutations

import pytest

import dofx
from dofx.compiler.identify.holes.candidates import MOST_ORDERS, _orders


@pytest.mark.parametrize(
    "text", ["a -> b -> c", "a -> c; b -> c; c -> d", "a; b; c; d -> a", "a -> b; a <-> b; c"]
)
def test_they_are_all_orders_in_which_causes_come_first(text: str) -> None:
    graph = dofx.graph(text)
    size = len(graph.nodes)
    first = [graph.nodes.index(cause) for cause, _ in graph.directed]
    then = [graph.nodes.index(effect) for _, effect in graph.directed]
    expected = [
        list(order)
        for order in permutations(range(size))
        if all(order.index(one) < order.index(other) for one, other in zip(first, then, strict=True))
    ]
    assert list(_orders(graph)) == expected[:MOST_ORDERS]
