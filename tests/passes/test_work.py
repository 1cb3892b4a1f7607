"""How much work compiling is, counted in searches of the graph rather than in seconds."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from dofx.compiler.driver import compile_query
from dofx.compiler.graph import separation
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.identify.query import Query


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
    return graph, Query((v[-1],), (cause,), tuple(given))


@pytest.mark.parametrize("conditions", [0, 2])
def test_four_times_the_graph_takes_few_more_searches(
    conditions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = 0

    def counting(search: Callable[..., int]) -> Callable[..., int]:
        def count(*arguments: int) -> int:
            nonlocal counted
            counted += 1
            return search(*arguments)

        return count

    for name in ("_reached", "connected"):
        monkeypatch.setattr(separation, name, counting(getattr(separation, name)))
    monkeypatch.setattr("dofx.compiler.passes.regime.connected", separation.connected)
    searches = []
    for n in (200, 800):
        for seed in range(3):
            graph, query = deep(n, seed, conditions)
            compile_query(query, graph)
        searches.append(counted)
        counted = 0
    assert 3 * 50 < searches[0] < 3 * 2_000
    assert searches[1] < 2 * searches[0]
