"""Networks of queries over several worlds: after every pass they have the exact value of the estimand."""

import json
from collections import Counter

import numpy as np
import pytest

import dofx
from dofx.compiler.driver import compile_query
from dofx.compiler.printers.network.json import network_from_json, network_to_json
from dofx.compiler.printers.network.text import parse_network
from dofx.grammar.diagnostics.diagnostic import DofxError
from models.functional import Model
from posed.asked import KINDS, identified, policy_tables, random_problem


@pytest.mark.parametrize("kind", KINDS)
def test_random_problems(kind: str) -> None:
    counts: Counter[str] = Counter()
    for seed in range(120):
        problem = random_problem(np.random.default_rng([12, seed]), kind)
        if problem.data != ((),):
            continue
        found = identified(problem)
        if found.verdict != "identified":
            continue
        try:
            compiled = compile_query(found.query.opened, found.graph, states=problem.states)
        except (DofxError, dofx.NotIdentifiableError):
            counts["refused"] += 1
            continue
        estimand = compiled.identification.estimand
        assert estimand is not None
        table = dofx.Table(problem.nodes, Model(problem, seed).joint())
        policies = policy_tables(problem)
        expected = estimand.evaluate(table, policies=policies)
        for name, network in compiled.trace:
            value = network.evaluate(table, policies=policies)
            assert set(value.names) == set(expected.names), f"{name}: {found.query} on {found.graph}"
            error = np.abs(value.array(expected.names) - expected.array()).max(initial=0.0)
            assert error < 1e-9, f"{name}: {found.query} on {found.graph}"
            counts[name] += 1
        last = compiled.network
        assert parse_network(str(last)) == last
        assert network_from_json(json.loads(json.dumps(network_to_json(last)))) == last
    assert counts["lower"] > 8, counts


@pytest.mark.parametrize(
    ("query", "graph", "lines"),
    [
        ("P(y[x=1] | x=0)", "z -> x -> y; z -> y", ["z ~ P(z | x = 0)", "y ~ P(y | z, x = 1)"]),
        ("P(y[x=1] | x=0)", "x -> m -> y; x <-> y", ["m ~ P(m | x = 1)", "y ~ P(y | x = 0, m)"]),
        ("P(y[x=?a] | x)", "z -> x -> y; z -> y", ["z ~ P(z | x)", 'y ~ P(y | z, x = "?a")']),
        (
            "P(y[x~g(z)] | x=0)",
            "z -> x -> y; z -> y",
            ["z ~ P(z | x = 0)", "x ~ policy g(x | z)", "y ~ P(y | z, x)"],
        ),
        (
            "P(y[m=m[x=0],x=1])",
            "x -> m -> y; x -> y; z -> {x, m, y}",
            ["z ~ P(z)", "m ~ P(m | z, x = 0)", "y ~ P(y | z, x = 1, m)"],
        ),
        (
            "P(y | do(x = min(x + 1, 1)))",
            "z -> x -> y; z -> y",
            ["z, x ~ P(z, x)", 'x\' ~ policy "min(x+1,1)"(x | x)', "y ~ P(y | z, x = x')"],
        ),
    ],
)
def test_no_refit_for_what_rows_show(query: str, graph: str, lines: list[str]) -> None:
    network = compile_query(query, graph).network
    assert [line.strip() for line in str(network).splitlines()[2:]] == lines
    assert len(network.stages) == 1
