"""A value that a query states is kept: in text, LaTeX, SymPy, JSON and in what is evaluated."""

from __future__ import annotations

import json

import numpy as np
import pytest

import dofx
from dofx.compiler.driver import compile_query, identify
from dofx.compiler.estimand.algebra import Estimand
from dofx.compiler.estimand.table import Table
from dofx.compiler.printers.network.json import network_from_json, network_to_json
from dofx.compiler.printers.network.text import parse_network
from dofx.grammar.diagnostics.diagnostic import DofxError
from models import oracle
from models.graphs import random_cases

FRONT_DOOR = "x -> m -> y; x <-> y"
NAPKIN = "w -> r -> x -> y; x <-> w <-> y"


def estimand(query: str, graph: str) -> Estimand:
    found = dofx.identify(query, graph).estimand
    assert found is not None
    return found


def test_values_are_printed() -> None:
    found = estimand("P(y = 1 | do(x = 0))", FRONT_DOOR)
    assert str(found) == "P(y = 1 | do(x = 0)) = Σ_m P(m | x = 0) Σ_x′ P(x′) P(y = 1 | x′, m)"
    assert found.latex() == (
        r"P(y = 1 \mid \operatorname{do}(x = 0)) = "
        r"\sum_{m} P(m \mid x = 0) \sum_{x'} P(x') \, P(y = 1 \mid x', m)"
    )
    assert "P(y = 1 | m, x')" in str(found.sympy()) or "P(y = 1 | x', m)" in str(found.sympy())
    napkin = estimand('P(y = "high" | do(x = true))', NAPKIN)
    assert (
        str(napkin).splitlines()[-1]
        == 'P(y = "high" | do(x = true)) = Q₁(y = "high" | x = true)    for any r'
    )
    assert r"\text{high}" in napkin.latex()


def test_values_survive_json() -> None:
    found = estimand("P(y = true | do(x = 0), m = 2)", FRONT_DOOR)
    again = Estimand.from_json(json.loads(json.dumps(found.to_json())))
    assert again == found
    assert str(again) == str(found)


@pytest.mark.parametrize("stated", ["outcomes", "interventions", "everything"])
def test_values_choose_an_entry(stated: str) -> None:
    """On random models: the estimand and the network of a query with values are entries of those without."""
    rng = np.random.default_rng(4)
    found = 0
    for graph, query, seed in random_cases([44], 120, [3, 4, 5]):
        admg = dofx.ADMG(graph.nodes, graph.directed, graph.bidirected)
        plain = dofx.Query.of(query.outcomes, query.interventions, query.conditions)
        if not identify(plain, admg):
            continue
        names = {"outcomes": query.outcomes, "interventions": query.interventions, "everything": query.axes}[
            stated
        ]
        values = {name: int(rng.integers(2)) for name in names}
        valued = dofx.Query.of(query.outcomes, query.interventions, query.conditions, values)
        joint = Table(graph.nodes, oracle.random_model(graph, seed).joint())
        compiled = compile_query(valued, admg)
        whole = compile_query(plain, admg).network.evaluate(joint)
        expected = whole.array()[tuple(values.get(name, slice(None)) for name in whole.names)]
        for each in (compiled.identification.estimand, compiled.network):
            assert each is not None
            entry = each.evaluate(joint)
            if each is compiled.network:
                assert parse_network(str(each)) == each
                assert network_from_json(json.loads(json.dumps(network_to_json(each)))) == each
            assert entry.names == tuple(name for name in whole.names if name not in values)
            np.testing.assert_allclose(entry.array(), expected, atol=1e-12)
        found += 1
    assert found > 40


def test_labels_are_looked_up_and_what_is_no_entry_is_refused() -> None:
    array = np.random.default_rng(0).dirichlet(np.ones(12)).reshape(2, 3, 2)
    joint = Table("xmy", array, {"m": ("low", "middle", "high"), "y": (False, True)})
    seen = estimand('P(y = true | m = "high", x = 1)', "x -> m -> y; x -> y").evaluate(joint)
    assert seen.names == ()
    assert float(seen.array()) == pytest.approx(array[1, 2, 1] / array[1, 2].sum())
    for query in ('P(y | m = "none", x)', "P(y | m = 3, x)", "P(y | m, x = 2)"):
        with pytest.raises(DofxError, match="is not an entry of the table"):
            estimand(query, "x -> m -> y; x -> y").evaluate(joint)
