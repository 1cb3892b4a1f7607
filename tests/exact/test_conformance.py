"""Conformance: verdicts and truths that an independent oracle made.

All 64 graphs on three topologically ordered nodes with all 37 splits into outcomes, interventions and
conditions, one model each; and 36 named textbook queries.
"""

import numpy as np
import pytest

import dofx
from faces.cases import read
from models.graphs import parse_graph, parse_query
from oracles import reference
from posed import judge

DATA = read("conformance.json.gz")


@pytest.mark.parametrize("number", range(64))
def test_three_nodes(number: int) -> None:
    case = DATA["three"][number]
    graph = parse_graph(case["graph"], "abc")
    joint = dofx.Table(graph.nodes, np.array(case["joint"]))
    assert len(case["queries"]) == 37
    for text, truth in case["queries"].items():
        query = parse_query(text)
        answer = judge.identify(graph, query)
        assert bool(answer) == (truth is not None), judge.recipe(graph, query)
        if truth is not None:
            judge.agree(answer.estimand.evaluate(joint), np.array(truth), query, "estimand")
            judge.agree(judge.network(graph, query).evaluate(joint), np.array(truth), query, "network")
        else:
            assert not judge.complaints(graph, query, answer.hedge), judge.recipe(graph, query)


@pytest.mark.parametrize("case", DATA["classics"], ids=lambda case: case["name"])
def test_classics(case: dict[str, str]) -> None:
    graph, query = parse_graph(case["graph"], case["nodes"]), parse_query(case["query"])
    assert judge.judge(graph, query, seed=1) == case["identifiable"], case["why"]


def test_reference_agrees_with_the_data() -> None:
    identifiable = 0
    for case in DATA["three"]:
        graph = parse_graph(case["graph"], "abc")
        for text, truth in case["queries"].items():
            verdict = reference.decide(graph, parse_query(text), np.array(case["joint"]))
            assert verdict.identifiable == (truth is not None)
            if truth is not None:
                identifiable += 1
                np.testing.assert_allclose(verdict.table, np.array(truth), atol=1e-9)
    assert identifiable == 2120
    for case in DATA["classics"]:
        graph = parse_graph(case["graph"], case["nodes"])
        assert reference.decide(graph, parse_query(case["query"])).identifiable == case["identifiable"], case[
            "name"
        ]
