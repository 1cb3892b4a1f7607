"""Simplification keeps the value and never makes a formula longer."""

from typing import Any

import pytest

import dofx
from dofx.compiler.estimand.algebra import Estimand, leaves
from dofx.compiler.estimand.simplify import simplify
from dofx.compiler.estimand.verify import verify
from dofx.compiler.identify import work as module
from models.graphs import random_cases
from models.oracle import random_model
from posed.judge import agree, recipe


def terms(estimand: Estimand) -> int:
    """Probability terms, those of the kernels' definitions included."""
    bodies = [estimand.body, *(kernel.body for kernel in estimand.kernels)]
    return sum(1 for body in bodies for _ in leaves(body))


def test_value_and_length(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Estimand, Estimand]] = []

    def spy(estimand: Estimand, graph: Any, graphs: Any = None) -> Estimand:
        seen.append((estimand, simplify(estimand, graph, graphs)))
        return seen[-1][1]

    monkeypatch.setattr(module, "simplify", spy)
    shorter = 0
    for graph, query, seed in random_cases([71], 900, sizes=(4, 5, 6, 7)):
        seen.clear()
        if not dofx.identify(str(query), dofx.ADMG(graph.nodes, graph.directed, graph.bidirected)):
            continue
        for before, after in seen:
            try:
                assert terms(verify(after)) <= terms(verify(before))
                shorter += terms(after) < terms(before)
                model = random_model(graph, seed)
                joint = dofx.Table(graph.nodes, model.joint())
                agree(before.evaluate(joint), model.truth(query), query, "estimand before simplification")
                agree(after.evaluate(joint), model.truth(query), query, "estimand after simplification")
            except AssertionError as error:
                error.add_note(f"{before}\n{after}\n{recipe(graph, query)}")
                raise
    assert shorter > 50
