"""How much work compiling is, counted in searches of the graph rather than in seconds."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

import pytest

from dofx.compiler.driver import compile_query
from dofx.compiler.graph import separation
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.identify.derivation import Rule
from dofx.compiler.identify.identify import identify_query
from dofx.compiler.model.query import Query
from dofx.compiler.passes import Context, fold

Counter = Callable[[], int]


def search_counter(monkeypatch: pytest.MonkeyPatch) -> Counter:
    """How many searches there were since the last time that this was called."""
    counted = [0]

    def counting(search: Callable[..., int]) -> Callable[..., int]:
        def count(*arguments: int) -> int:
            counted[0] += 1
            return search(*arguments)

        return count

    for name in ("_reached", "connected"):
        monkeypatch.setattr(separation, name, counting(getattr(separation, name)))
    monkeypatch.setattr("dofx.compiler.passes.regime.connected", separation.connected)

    def since() -> int:
        found, counted[0] = counted[0], 0
        return found

    return since


def deep(n: int, seed: int, conditions: int) -> tuple[ADMG, Query]:
    """2 directed and 0.3 bidirected edges a node, none from more than 10 before: most are causes of the last.

    The intervention is not confounded, so that the query is identifiable.
    """
    rng = random.Random(seed)
    v = [f"v{i}" for i in range(n)]
    directed = {(v[rng.randrange(max(0, i - 10), i)], v[i]) for _ in range(2) for i in range(1, n)}
    confounded = {(v[i - rng.randrange(2, 10)], v[i]) for i in rng.sample(range(10, n), 3 * n // 10)}
    graph = ADMG(v, sorted(directed))
    cause, *given = rng.sample([name for name in graph.ancestors(v[-1]) if name != v[-1]], 1 + conditions)
    graph = ADMG(v, sorted(directed), sorted(pair for pair in confounded if cause not in pair))
    return graph, Query.of((v[-1],), (cause,), tuple(given))


@pytest.mark.parametrize("conditions", [0, 2])
def test_four_times_the_graph_takes_few_more_searches(
    conditions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = search_counter(monkeypatch)
    searches = []
    for n in (200, 800):
        for seed in range(3):
            graph, query = deep(n, seed, conditions)
            compile_query(query, graph)
        searches.append(counted())
    assert 3 * 50 < searches[0] < 3 * 2_000
    assert searches[1] < 2 * searches[0]


def conditioned(kind: str, n: int) -> tuple[ADMG, Query]:
    """An effect through a mediator given n variables which rule 2 moves, rule 1 drops, or neither."""
    z = [f"z{i}" for i in range(n)]
    edges = [("x", "m"), ("m", "y"), *((("x", each) if kind == "dropped" else (each, "y")) for each in z)]
    graph = ADMG([], edges, [("x", "y"), *((each, "y") for each in z if kind == "stay")])
    return graph, Query.of(["y"], ["x"], z)


@pytest.mark.parametrize("kind", ["exchanged", "dropped", "stay"])
def test_more_conditions_take_no_more_searches(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = search_counter(monkeypatch)
    searches = []
    for n in (10, 160):
        graph, query = conditioned(kind, n)
        identification = identify_query(query, graph)
        moves = {Rule.EXCHANGE: "exchanged", Rule.DROP_CONDITION: "dropped"}
        moved = [moves[step.rule] for step in identification.derivation if step.rule in moves]
        assert moved == ([] if kind == "stay" else [kind] * n)
        searches.append(counted())
    assert searches[1] <= searches[0] <= 10


def test_folding_multiplies_no_more_numbers_of_states_than_it_takes_to_pass_the_limit() -> None:
    class Counted(dict[str, int]):
        looked = 0

        def get(self, name: str, default: int = 0) -> int:  # type: ignore[override]
            Counted.looked += 1
            return super().get(name, default)

    n = 120
    v = [f"v{i}" for i in range(n)]
    graph = ADMG(v, list(pairwise(v)), list(zip(v, v[2:], strict=False)))
    query = Query.of(v[-1:], v[:1])
    network = compile_query(query, graph, passes=()).network
    assert sum(len(draw.given) for draw in network.draws) > 20 * n
    fold(network, Context.of(graph, states=Counted(dict.fromkeys(v, 2))))
    assert 0 < Counted.looked < 25 * n
    assert fold(network, Context.of(graph)) is network
