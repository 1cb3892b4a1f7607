"""What is tried for rows with holes: topological orders of a graph, and graphs without some variables."""

from itertools import permutations

import pytest

import dofx
from dofx.compiler.identify.holes.candidates import (
    MOST_HIDDEN,
    MOST_HIDDEN_THERE,
    MOST_ORDERS,
    _graphs,
    _orders,
)
from dofx.compiler.model.data import ALONE, DataSet
from dofx.compiler.model.resolve import query_of
from dofx.grammar.parse import parse_query


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


@pytest.mark.parametrize(("data", "most"), [(ALONE, MOST_HIDDEN), ((DataSet("P2"),), MOST_HIDDEN_THERE)])
def test_no_more_sets_of_variables_are_done_without_than_the_bound(
    data: tuple[DataSet, ...], most: int
) -> None:
    """Six variables that a query does not need: itself and the 63 graphs without some of them would be looked at."""
    query = query_of(parse_query("P(y | do(x))"), graph := dofx.graph("x -> y; a; b; c; d; e; f"))
    found = [smaller.nodes for smaller in _graphs(query, graph, data)]
    assert len(set(found)) == len(found) == 1 + most
    assert all({"x", "y"} <= set(nodes) for nodes in found)
