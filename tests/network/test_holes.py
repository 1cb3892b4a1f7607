"""Networks that say which rows each draw is learnt from: their value, and their text and JSON there and back."""

from __future__ import annotations

import json

import numpy as np
import pytest

import dofx
from dofx.compiler.compilation import Compilation
from dofx.compiler.driver import compile_query
from dofx.compiler.network.ir import SamplingNetwork
from dofx.compiler.network.keys import fit_key
from dofx.compiler.network.pool import pool
from dofx.compiler.network.verify import InvalidNetworkError, verify
from dofx.compiler.printers.network.json import network_from_json, network_to_json
from dofx.compiler.printers.network.text import parse_network
from models.holes import Model, Problem, drawn, parsed

WEIGHTED = (
    ("x -> y; x -> missing(y); y -> missing(x)", "P(x, y)"),
    ("x -> m; m -> y; x <-> y; x <-> missing(y)", "P(y | do(x))"),
    (
        "a; b; missing(b); missing(a); b -> missing(a); missing(a) -> missing(b); a -> missing(b)",
        "P(b | do(a))",
    ),
)


def off(problem: Problem, network: SamplingNetwork, model: Model) -> float:
    """How far a network's value is from the truth of a model, computed without the compiler."""
    outcomes, interventions, conditions = problem.query
    table = dofx.Table(problem.variables, model.observed())
    answer = network.evaluate(table).array([*outcomes, *interventions, *conditions])
    return float(np.abs(answer - model.truth()).max())


def check(problem: Problem, rng: np.random.Generator) -> Compilation | None:
    """What an identified problem compiles to, once every network on the way has the true value."""
    if dofx.identify(problem.text, problem.graph).verdict != "identified":
        return None
    for states in (2, 3):
        model = Model(problem, rng, states)
        known = dict.fromkeys(problem.variables, states) if rng.uniform() < 0.5 else None
        found = compile_query(problem.text, problem.graph, states=known)
        for _, network in found.trace:
            assert off(problem, network, model) < 1e-9, (problem.text, problem.graph)
            assert parse_network(str(network)) == network
            assert network_from_json(json.loads(json.dumps(network_to_json(network)))) == network
    return found


def test_random_graphs() -> None:
    """With and without known states, so that stages are folded in some and simulated in others."""
    some, staged = 0, 0
    for number in range(90):
        rng = np.random.default_rng([41, number])
        found = check(drawn(rng, 4, 3), rng)
        if found is not None:
            some += any(fit.rows for fit in found.network.fits)
            staged += len(found.network.stages) > 1
    assert some > 25
    assert staged > 3


@pytest.mark.parametrize(("graph", "query"), WEIGHTED)
def test_weights(graph: str, query: str) -> None:
    found = check(parsed(graph, query), np.random.default_rng(7))
    assert found
    assert any(fit.rows.weights for fit in found.network.fits)


def test_the_text() -> None:
    network = compile_query("P(x, y)", "x -> y; x -> missing(y); y -> missing(x)").network
    assert str(network) == "\n".join(
        [
            "network P(x, y)",
            'holes "missing(y)" = y; "missing(x)" = x',
            "interim Q₁(x, y)",
            "  y ~ P(y; y shown)",
            "  x ~ P(x | y; x, y shown)",
            "answer (x, y)",
            '  x ~ P(x; x, y shown; inverse "missing(y)" | x in (x shown); inverse "missing(x)" | y in (y shown))',
            "  y ~ Q₁(y | x)",
        ]
    )


def test_equal_conditionals_of_different_rows_are_different_fits() -> None:
    graph = "a -> b -> c; a -> missing(c); missing(b)"
    networks = [compile_query(query, graph).network for query in ("P(a)", "P(b | a)", "P(b, c | do(a))")]
    pooled = pool(networks).network
    keys = {fit_key(pooled, fit) for fit in pooled.fits}
    assert len(keys) == len(pooled.fits)
    assert pooled.holes == networks[0].holes


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("y ~ P(y | x)", "its rows need not show y"),
        ("y ~ P(y | x; x, y shown)", "x has no holes"),
        ('y ~ P(y | x; y shown; inverse "missing(x)" | x)', "missing(x) is no indicator"),
    ],
)
def test_the_verifier(line: str, fault: str) -> None:
    text = f'network P(y | do(x))\nholes "missing(y)" = y\nanswer (y ‖ x)\n  {line}'
    with pytest.raises(InvalidNetworkError) as raised:
        verify(parse_network(text))
    assert str(raised.value) == f"answer: draw y: {fault}"


@pytest.mark.parametrize("rows", ["", "y", "y shown; odds", "y shown; inverse z in", "y shown; z shown"])
def test_rows_that_cannot_be_read(rows: str) -> None:
    with pytest.raises(ValueError, match="line 3: "):
        parse_network(f"network P(y)\nanswer (y)\n  y ~ P(y; {rows})")


def test_names_that_are_words_of_the_rows() -> None:
    names = ("shown", "inverse", "odds", "in")
    for name in names:
        text = f'network P(y)\nholes "missing({name})" = {name}\nanswer (y)\n  y ~ P(y; "{name}" shown)'
        network = parse_network(text)
        assert network.draws[0].fit.rows.shows == (name,)
        assert parse_network(str(network)) == network
