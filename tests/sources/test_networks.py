"""Sampling networks over several data sets, with passes and folded tables: their exact values on random problems."""

import numpy as np
import pytest

from dofx.compiler.compilation import Compilation
from dofx.compiler.driver import compile_if_identified
from dofx.compiler.printers.network.json import network_from_json, network_to_json
from models.populations import problems
from posed.problems import data_of, graph_of, tables_of


@pytest.mark.parametrize("folded", [False, True])
def test_the_exact_value_is_the_truth(folded: bool) -> None:
    seen = 0
    for _, seed, problem in problems(5, 84):
        tables, model = tables_of(problem, seed)
        states = {name: card for name, card in model.cards.items() if name in problem.nodes}
        found = compile_if_identified(
            problem.query, graph_of(problem), data=data_of(problem), states=states if folded else None
        )
        if not isinstance(found, Compilation):
            continue
        network = found.network
        answer = network.evaluate(tables)
        lacking = [name for name in (*problem.x, *problem.w, *problem.y) if name not in answer.names]
        np.testing.assert_allclose(
            answer.array(), _spread(model.truth((*lacking, *answer.names)), len(lacking)), atol=1e-9
        )
        assert network_from_json(network_to_json(network)) == network
        seen += 1
    assert seen > 35


def _spread(truth: np.ndarray, lacking: int) -> np.ndarray:
    """The truth without the axes on which it does not depend, which come first."""
    return truth[(0,) * lacking]
