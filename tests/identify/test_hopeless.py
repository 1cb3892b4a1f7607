"""What is refused without a proof is what the proof refuses, on random graphs."""

from collections import Counter

import numpy as np

from dofx.compiler.graph.admg import ADMG
from dofx.compiler.identify.hopeless import is_hopeless
from dofx.compiler.identify.identify import identify_query
from dofx.compiler.model.query import Query


def test_the_verdict_is_that_of_the_proof() -> None:
    counts: Counter[bool] = Counter()
    for seed in range(300):
        rng = np.random.default_rng([7, seed])
        size = int(rng.integers(3, 9))
        names = [f"v{i}" for i in range(size)]
        pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
        directed = [pair for pair in pairs if rng.random() < 0.45]
        graph = ADMG(names, directed, [pair for pair in pairs if rng.random() < 0.25])
        chosen = list(rng.permutation(names))
        outcomes, interventions = (
            chosen[: (n := int(rng.integers(1, 3)))],
            chosen[n : n + int(rng.integers(1, 3))],
        )
        query = Query.of(tuple(outcomes), tuple(interventions))
        found = is_hopeless(query, graph)
        assert found == (not identify_query(query, graph)), (str(query), str(graph))
        counts[found] += 1
    assert min(counts[True], counts[False]) > 40, counts
