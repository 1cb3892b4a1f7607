"""Implied independences: each holds, none is missing, and no condition of any can be spared."""

import random
from itertools import chain, combinations

import pytest

from dofx.compiler.graph.admg import ADMG
from dofx.compiler.graph.implications import implications

Edges = list[tuple[str, str]]


def random_graph(source: random.Random) -> ADMG:
    names = list("abcde")
    pairs = list(combinations(names, 2))
    directed: Edges = [pair for pair in pairs if source.random() < 0.4]
    bidirected: Edges = [pair for pair in pairs if source.random() < 0.2]
    return ADMG(names, directed, bidirected)


def separators(graph: ADMG, first: str, second: str) -> list[tuple[str, ...]]:
    """All sets that m-separate two variables."""
    others = [name for name in graph.nodes if name not in (first, second)]
    subsets = chain.from_iterable(combinations(others, size) for size in range(len(others) + 1))
    return [given for given in subsets if graph.is_separated([first], [second], given)]


@pytest.mark.parametrize("seed", range(60))
def test_each_pair_that_can_be_separated_is_listed_once_with_a_minimal_set(seed: int) -> None:
    graph = random_graph(random.Random(seed))
    found = {(each.first, each.second): each.given for each in implications(graph)}
    assert len(found) == len(implications(graph))
    for first, second in combinations(graph.nodes, 2):
        sets = separators(graph, first, second)
        assert ((first, second) in found) == bool(sets)
        if sets:
            given = found[first, second]
            assert given in sets
            assert not [fewer for fewer in sets if set(fewer) < set(given)]


def test_a_common_cause_that_nobody_observed_leaves_nothing_to_see() -> None:
    assert implications("x -> y; x <-> y") == ()
    assert [str(each) for each in implications("x -> m -> y; x <-> y")] == []
    assert [str(each) for each in implications("x <- u -> y; latent u; z -> x")] == ["y ⊥ z"]
