"""Refusals about many variables: what would help is looked for in a number of steps that does not explode."""

from collections.abc import Callable

import pytest

import dofx
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.identify import remedy
from dofx.compiler.identify.data_sets import by_district


def counted(monkeypatch: pytest.MonkeyPatch, module: object, name: str) -> list[int]:
    """The number of calls of a function of a module, as a list that grows."""
    calls: list[int] = []
    real: Callable[..., object] = getattr(module, name)

    def counting(*args: object, **options: object) -> object:
        calls.append(1)
        return real(*args, **options)

    monkeypatch.setattr(module, name, counting)
    return calls


def test_a_hedge_of_many_edges_builds_no_graph_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    nodes = [f"a{i}" for i in range(40)]
    pairs = [(one, other) for place, one in enumerate(nodes) for other in nodes[place + 1 :]]
    refused = dofx.identify("P(a39 | do(a0))", ADMG(nodes, pairs, pairs))
    made = counted(monkeypatch, remedy, "_with_common_cause")
    assert "randomise a0" in refused.explain()
    assert not made


@pytest.mark.parametrize(
    ("graph", "helps"),
    [
        ("x -> y; x <-> y", ["x and y"]),
        ("x -> y; x <-> a <-> y; x <-> y; a -> y", []),
        ("x -> a -> y; x <-> a; a <-> y", ["x and a"]),
        ("x -> a -> y; x <-> a; a <-> y; x <-> y", []),
    ],
)
def test_one_edge_is_enough_exactly_where_without_it_the_effect_is_identified(
    graph: str, helps: list[str]
) -> None:
    """By hand: the graph with one variable in place of the edge, whose effect is asked for anew."""
    refused = dofx.identify("P(y | do(x))", graph)
    assert not refused
    found = [line.split(" of ")[1] for line in refused.explain().splitlines() if "common cause of" in line]
    edges = [part for part in graph.replace("x <-> a <-> y", "x <-> a; a <-> y").split("; ") if "<->" in part]
    alone = []
    for edge in edges:
        one, other = edge.split(" <-> ")
        seen = graph.replace("x <-> a <-> y", "x <-> a; a <-> y").replace(edge, f"c -> {one}; c -> {other}")
        if dofx.identify("P(y | do(x))", seen):
            alone.append(f"{one} and {other}")
    assert found == alone == helps


def test_an_outcome_that_no_data_set_measures_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = counted(monkeypatch, by_district, "hidden")
    graph = " -> ".join(f"v{i}" for i in range(30))
    data = [dofx.DataSet("some", measures=[f"v{i}" for i in range(20)])]
    refused = dofx.identify("P(v29 | do(v0))", graph, data=data)
    assert refused.verdict == "not identified"
    assert "v29" in str(refused)
    assert len(tried) < 10
