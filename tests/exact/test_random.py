"""Random graphs, queries and models with latents: verdict, hedge, estimand and network against the oracle."""

import pytest

from models.graphs import random_cases
from posed.judge import judge

CHUNKS, SIZE = 42, 250
SHORT = 9
"""Of so many chunks are the tests that run each time."""


@pytest.mark.parametrize(
    "chunk", [*range(SHORT), *(pytest.param(k, marks=pytest.mark.long) for k in range(SHORT, CHUNKS))]
)
def test_random_models(chunk: int) -> None:
    """10,500 models of 4 to 8 nodes; joint outcomes, several interventions, a third with conditions."""
    identifiable = sum(
        judge(*case) for case in random_cases([1, chunk], SIZE, sizes=(4, 4, 5, 5, 6, 6, 7, 8))
    )
    assert SIZE / 4 < identifiable < SIZE, "both verdicts are to be tested"


@pytest.mark.parametrize("chunk", range(8))
def test_larger_graphs(chunk: int) -> None:
    """Verdicts and hedges of 2,000 queries on 9 to 16 nodes."""
    cases = random_cases([10, chunk], 250, sizes=(9, 10, 12, 14, 16))
    identifiable = sum(judge(graph, query, None) for graph, query, _ in cases)
    assert 25 < identifiable < 225
