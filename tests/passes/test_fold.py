"""Folding: finite draws as computed tables, exact, bounded, and only where all of it is finite."""

from __future__ import annotations

import json

import numpy as np
import pytest

from dofx.compiler.driver import NotIdentifiableError, compile_query
from dofx.compiler.estimand.table import Table
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.network.ir import Draw, Folded, SamplingNetwork
from dofx.compiler.network.verify import verify
from dofx.compiler.passes import PASSES, Context, fold, prune, root
from dofx.compiler.passes.cost import cost
from dofx.compiler.printers.network.json import network_from_json, network_to_json
from dofx.compiler.printers.network.svg import network_svg
from dofx.compiler.printers.network.text import parse_network
from faces import cases
from models import oracle
from models.graphs import random_cases

STRATA = ("unconditional", "conditional", "interim and conditional")
NAPKIN = "w -> r -> x -> y; x <-> w <-> y"


def unfolded(query: str, graph: ADMG | str) -> SamplingNetwork:
    return compile_query(query, graph, passes=[run for run in PASSES if run not in (fold, root)]).network


def is_folded(draw: Draw) -> bool:
    return isinstance(draw.source, Folded)


def test_folding_some_of_the_variables_is_exact() -> None:
    rng = np.random.default_rng(20)
    refits = hidden = 0
    drawn = list(random_cases([20], 400, [4, 5, 6]))
    mined = [(g, q, seed) for stratum in STRATA for seed, (g, q) in enumerate(cases.interim(stratum)[60:120])]
    for graph, query, seed in drawn + mined:
        admg = ADMG(graph.nodes, graph.directed, graph.bidirected)
        try:
            before = unfolded(str(query), admg)
        except NotIdentifiableError:
            continue
        finite = [v for v in graph.nodes if rng.random() < 0.85]
        after = verify(fold(before, Context.of(admg, states=dict.fromkeys(finite, 2))))
        if after == before:
            continue
        refits += before.refits - after.refits
        hidden += len(before.answer.hidden) - len(after.answer.hidden)
        joint = Table(graph.nodes, oracle.random_model(graph, seed).joint())
        for network in (after, prune(after, Context.of(admg))):
            error = np.abs(network.evaluate(joint).array() - before.evaluate(joint).array()).max()
            assert error < 1e-9, f"{query} on\n{admg}\nfrom\n{before}\nto\n{network}"
        assert fold(after, Context.of(admg, states=dict.fromkeys(finite, 2))) == after
        assert parse_network(str(after)) == after
        assert network_from_json(json.loads(json.dumps(network_to_json(after)))) == after
        assert all(set(d.fit.variables) <= set(finite) for d in after.draws if is_folded(d))
    assert refits > 20
    assert hidden > 50


def test_a_finite_refit_is_no_refit() -> None:
    assert compile_query("P(y | do(x))", NAPKIN).network.refits == 1
    network = compile_query("P(y | do(x))", NAPKIN, states=dict.fromkeys("wrxy", 2)).network
    assert "  y ~ Q₁(y | x) folded" in str(network)
    assert (network.refits, cost(network).folded) == (0, 1)
    assert str(cost(network)) == (
        "2 generators of 2 numbers, 5 conditions, 1 folded table, 1 number from real rows"
    )
    assert "a table, computed from an interim kernel" in network_svg(network)
    for unknown in "wrxy":
        known = {name: 2 for name in "wrxy" if name != unknown}
        assert compile_query("P(y | do(x))", NAPKIN, states=known).network.refits == 1


def test_no_real_row_is_split() -> None:
    """Where a row tells what a table would take a generator for, the row does; so folding never trains more."""
    graph = "c -> b -> g; a -> g; b <-> a"
    for finite in ("", "abcg"):
        network = compile_query("P(g, c | do(a))", graph, states=dict.fromkeys(finite, 2)).network
        assert "c, b ~ P(c, b)" in str(network)
    rng = np.random.default_rng(21)
    folded = 0
    for graph_, query, _ in random_cases([21], 300, [4, 5, 6]):
        admg = ADMG(graph_.nodes, graph_.directed, graph_.bidirected)
        finite = [v for v in graph_.nodes if rng.random() < 0.85]
        try:
            trained = [
                cost(compile_query(str(query), admg, passes=PASSES, states=dict.fromkeys(names, 2)).network)
                for names in ((), finite)
            ]
        except NotIdentifiableError:
            continue
        assert trained[1].generators <= trained[0].generators, f"{query} on\n{admg}"
        folded += trained[1].folded
    assert folded > 5


def test_what_is_large_is_not_folded() -> None:
    adjusted = ADMG([], [("z", "x"), ("z", "y"), ("x", "y")])
    before = unfolded("P(y | do(x))", adjusted)
    assert is_folded(fold(before, Context.of(adjusted, states={"x": 16, "y": 16, "z": 256})).draws[0])
    assert fold(before, Context.of(adjusted, states={"x": 16, "y": 16, "z": 257})) == before
    assert fold(before, Context.of(adjusted, states={"x": 16, "y": 16})) == before


@pytest.mark.parametrize(
    ("draws", "finite", "lines"),
    [
        pytest.param(
            ["h ~ P(h)", "y ~ P(y | x, h)", "a ~ P(a | y)", "v ~ P(v | h, a)"],
            "hxyav",
            ["y ~ F₁(y | x) folded", "a ~ P(a | y)", "v ~ F₁(v | x, a, y) folded"],
            id="a draw between two readers",
        ),
        pytest.param(
            ["h ~ P(h)", "y ~ P(y | x, h)", "a ~ P(a | y)", "v ~ P(v | h, a)"],
            "hxyv",
            ["h ~ P(h)", "y ~ P(y | x, h)", "a ~ P(a | y)", "v ~ P(v | h, a)"],
            id="a reader that also reads an image",
        ),
        pytest.param(
            ["x' ~ P(x)", "h ~ P(h | x = x')", "y ~ P(y | x, h)", "a ~ P(a)", "v ~ P(v | a)"],
            "hxyav",
            ["x' ~ P(x)", "h ~ P(h | x = x')", "y ~ P(y | x, h)", "y ~ F₁(y | x) folded", "a ~ P(a)"],
            id="two values of a variable",
        ),
        pytest.param(
            ["x' ~ P(x)", "h ~ P(h)", "y ~ P(y | x = x', h)", "a ~ P(a | x = x')", "v ~ P(v | x)"],
            "hyv",
            ["h ~ P(h)", "y ~ P(y | x = x', h)", "v ~ P(v | x)"],
            id="what reads an image keeps its hidden draws",
        ),
        pytest.param(
            ["h ~ P(h)", "h' ~ P(h)", "y ~ P(y | x, h)", "a ~ P(a | h = h')", "v ~ P(v | h = h', a)"],
            "hxyav",
            ["y ~ F₁(y | x) folded", "a ~ F₂(a) folded", "v ~ F₂(v | a) folded"],
            id="two runs",
        ),
    ],
)
def test_hidden_draws_go_where_all_that_read_them_is_finite(
    draws: list[str], finite: str, lines: list[str]
) -> None:
    head = "network P(y, a, v | do(x))\nanswer (y, a, v ‖ x)\n"
    before = verify(parse_network(head + "\n".join(draws)))
    after = verify(fold(before, Context.of(ADMG(list("hxyav")), states=dict.fromkeys(finite, 2))))
    found = [line.strip() for line in str(after).split("\n")]
    assert all(line in found for line in lines), after
    joint = Table("hxyav", np.random.default_rng(3).dirichlet(np.ones(32)).reshape((2,) * 5))
    assert np.abs(after.evaluate(joint).array() - before.evaluate(joint).array()).max() < 1e-12
