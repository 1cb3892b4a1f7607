"""One observational data set that measures all is compiled like P, whatever it is called."""

import numpy as np
import pytest

import dofx
from dofx import DataSet, Table
from dofx.compiler.model.data import observes

GRAPHS = [
    "a -> {b, c, d, e}; b -> e; c -> {d, e}; a <-> e; b <-> c; b <-> e",
    "a -> b -> d; c -> d; a <-> d",
    "z -> {d, e}; w -> {z, e}; d -> m -> e",
]
QUERIES = ["P(e | do(d))", "P(d | do(b))", "P(e | do(d))"]


@pytest.mark.parametrize(("query", "graph"), [*zip(QUERIES, GRAPHS, strict=True)])
@pytest.mark.parametrize("named", [False, True])
def test_the_network_is_that_of_p(query: str, graph: str, named: bool) -> None:
    nodes = dofx.graph(graph).nodes
    data = [DataSet("clinic", measures=nodes if named else None)]
    of_p, of_clinic = dofx.compile(query, graph), dofx.compile(query, graph, data=data)

    def shape(network: dofx.SamplingNetwork) -> list[tuple[tuple[str, ...], set[str]]]:
        return [(draw.variables, {name for name, _ in draw.given}) for draw in network.draws]

    assert shape(of_clinic.network) == shape(of_p.network)
    assert of_clinic.network.stages[:-1] == of_p.network.stages[:-1] == ()
    rng = np.random.default_rng(0)
    joint = Table(nodes, rng.dirichlet(np.ones(2 ** len(nodes))).reshape((2,) * len(nodes)))
    one, other = of_p.network.evaluate(joint), of_clinic.network.evaluate({"clinic": joint})
    assert np.allclose(one.array(), other.array(one.names), rtol=0, atol=1e-12)


def test_another_data_set_is_not() -> None:
    nodes = dofx.graph(GRAPHS[1]).nodes
    assert observes(DataSet("clinic"), nodes)
    for less in (
        DataSet("clinic", measures=["a", "b", "d"]),
        DataSet("clinic", differs=["d"]),
        DataSet("clinic", keeps=["b"]),
        DataSet("clinic", sets=["b"]),
    ):
        assert not observes(less, nodes)
