"""Random graphs, queries and models with latents: verdict, hedge, estimand and network against the oracle."""

import pytest
from graphs import random_cases
from judge import judge

CHUNKS, SIZE = 42, 250


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_models(chunk: int) -> None:
    """10,500 models of 4 to 8 nodes; joint outcomes, several interventions, a third with conditions."""
    identifiable = sum(
        judge(*case) for case in random_cases([1, chunk], SIZE, sizes=(4, 4, 5, 5, 6, 6, 7, 8))
    )
    assert SIZE / 4 < identifiable < SIZE, "both verdicts are to be tested"
