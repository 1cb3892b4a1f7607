"""The judge: one query, the compiler's answer by its public contract, and all it must agree with."""

from __future__ import annotations

from typing import Any

import numpy as np

import dofx
from models import oracle
from models.graphs import Graph, Query
from oracles import reference
from oracles.hedges import complaints

TOLERANCE = 1e-9


def admg(graph: Graph) -> Any:
    """The compiler's graph."""
    return dofx.ADMG(graph.nodes, graph.directed, graph.bidirected)


def identify(graph: Graph, query: Query) -> Any:
    """The compiler's verdict."""
    return dofx.identify(str(query), admg(graph))


def network(graph: Graph, query: Query) -> Any:
    """The compiler's sampling network, after all passes."""
    return dofx.compile(str(query), admg(graph)).network


def recipe(graph: Graph, query: Query) -> str:
    """The case, to paste into a shell."""
    return f'dofx identify "{query}" -g "{graph}"   # nodes {" ".join(graph.nodes)}'


def agree(value: Any, truth: oracle.Array, query: Query, what: str) -> None:
    """The table has an axis for each variable of the query, and equals the truth."""
    axes = query.axes
    assert set(value.names) == set(axes), f"the {what} has axes {value.names}, the query {axes}"
    error = float(np.abs(value.array(axes) - truth).max())
    assert error < TOLERANCE, f"the {what} is off by {error:.2g}"


def judge(graph: Graph, query: Query, seed: int | None) -> bool:
    """Whether the query is identifiable, after every check on the compiler's answer has passed.

    The verdict is the plain recursion's. Identifiable: estimand and network give the truth of a random model.
    Not identifiable: the hedge is one. Without a seed, numbers are left out.
    """
    expected = reference.decide(graph, query).identifiable
    try:
        answer = identify(graph, query)
        assert bool(answer) == expected, f"the verdict is {bool(answer)}, the plain recursion says {expected}"
        if not expected:
            assert answer.estimand is None, "a query that is not identifiable has an estimand"
            faults = complaints(graph, query, answer.hedge)
            assert not faults, f"the hedge is none: {'; '.join(faults)}"
        else:
            assert answer.hedge is None, "an identifiable query has a hedge"
            if seed is not None:
                check(graph, query, answer.estimand, oracle.random_model(graph, seed))
    except Exception as error:
        error.add_note(recipe(graph, query))
        raise
    return expected


def check(graph: Graph, query: Query, estimand: Any, model: oracle.Model) -> None:
    """Estimand and network give the model's truth."""
    joint, truth = model.joint(), model.truth(query)
    agree(estimand.evaluate(dofx.Table(graph.nodes, joint)), truth, query, "estimand")
    turned = dofx.Table(graph.nodes[::-1], joint.transpose())
    agree(network(graph, query).evaluate(turned), truth, query, "network")
