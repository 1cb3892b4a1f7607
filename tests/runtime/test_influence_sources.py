"""Influence functions over several data sets and over rows with holes: exact, and as the bootstrap has them."""

from itertools import count, islice

import gateaux_sources
import numpy as np
import pytest


@pytest.mark.parametrize("states", [2, 3])
@pytest.mark.parametrize("kind", ["with_holes", "several"])
def test_the_influence_function_is_the_derivative_of_the_answer(kind: str, states: int) -> None:
    make = getattr(gateaux_sources, kind)
    problems = (posed for seed in count() if (posed := make(seed, states)) is not None)
    for number, posed in enumerate(islice(problems, 4)):
        assert gateaux_sources.check(posed, np.random.default_rng(number)) < 1e-6, number
