"""The search for a cheaper exact network, and compiling with some variables only."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from dofx.compiler.compilation import Compilation
from dofx.compiler.driver import NotIdentifiableError, compile_query
from dofx.compiler.estimand.table import Table
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.model.data import DataSet
from dofx.compiler.passes.cost import Weights, cost
from dofx.compiler.passes.weights import weights_of, written
from dofx.grammar.diagnostics.diagnostic import DofxError
from models import holes, oracle
from models.graphs import Graph, Query

BOTH_DOORS = "scan -> x; scan -> y; x -> m -> y"


def drawn(compilation: Compilation) -> set[str]:
    return {name for stage in compilation.network for draw in stage.draws for name in draw.variables}


def confounded(rng: np.random.Generator) -> Graph:
    """``x -> m -> y`` or ``x -> y``, and one or two paths from a common cause to x and to y, some longer."""
    directed = [("x", "m"), ("m", "y")] if rng.random() < 0.5 else [("x", "y")]
    free = iter("abcdef")
    for _ in range(rng.integers(1, 3)):
        root = next(free)
        for end in "xy":
            inner = [next(free) for _ in range(rng.integers(0, 2))]
            directed += pairwise([root, *inner, end])
    nodes = tuple(dict.fromkeys(v for edge in directed for v in edge))
    return Graph(nodes, tuple(directed), ())


def test_alternatives_are_exact_and_clearly_cheaper() -> None:
    rng = np.random.default_rng(14)
    chosen = 0
    for seed in range(150):
        graph, query = confounded(rng), Query(("y",), ("x",))
        sizes = {name: int(rng.choice([1, 100])) for name in graph.nodes}
        admg = ADMG(graph.nodes, graph.directed, graph.bidirected)
        found = compile_query(str(query), admg, sizes=sizes)
        best = next(each for each in found.considered if each.chosen)
        form = found.considered[0]
        assert form.name == "the ID form"
        assert best.cost
        assert form.cost
        assert best.cost == cost(found.network, sizes)
        if best is form:
            continue
        chosen += 1
        assert best.cost.total <= 0.9 * form.cost.total
        model = oracle.random_model(graph, seed)
        value = found.network.evaluate(Table(graph.nodes, model.joint())).array(query.axes)
        assert np.abs(value - model.truth(query)).max() < 1e-9, f"{query} on {graph}\n{found.network}"
    assert chosen > 10


def test_an_image_sends_one_through_the_front_door() -> None:
    assert drawn(compile_query("P(y | do(x))", BOTH_DOORS)) == {"scan", "y"}
    found = compile_query("P(y | do(x))", BOTH_DOORS, sizes={"scan": 784})
    assert drawn(found) == {"x", "m", "y"}
    assert [each.name for each in found.considered if each.chosen] == ["without scan"]
    assert [str(each) for each in found.considered] == [
        "the ID form: 1 generator of 1 number, 785 conditions, 784 numbers from real rows; costs more",
        "without scan: 2 generators of 2 numbers, 3 conditions, 1 number from real rows; chosen",
        "without scan, m: not identifiable",
    ]


def test_a_smaller_adjustment_set_is_found() -> None:
    graph = "image -> z; image -> x; z -> y; x -> y"
    assert drawn(compile_query("P(y | do(x))", graph, sizes={"image": 784})) == {"z", "y"}


def test_only_and_avoid() -> None:
    assert drawn(compile_query("P(y | do(x))", BOTH_DOORS, avoid=["scan"])) == {"x", "m", "y"}
    assert drawn(compile_query("P(y | do(x))", BOTH_DOORS, only=["scan"])) == {"scan", "y"}
    with pytest.raises(NotIdentifiableError):
        compile_query("P(y | do(x))", BOTH_DOORS, only=[])
    with pytest.raises(DofxError) as error:
        compile_query("P(y | do(x))", BOTH_DOORS, avoid=["scn", "y"])
    assert [fault.code for fault in error.value.diagnostics] == ["E0301", "E0303"]


def test_weights_decide() -> None:
    cheap_images = Weights(refit=1, dimension=0, generator=1, condition=0, row=0)
    found = compile_query("P(y | do(x))", BOTH_DOORS, sizes={"scan": 784}, weights=cheap_images)
    assert drawn(found) == {"scan", "y"}


def test_a_cheaper_way_keeps_what_is_declared_of_the_rows() -> None:
    """Weights, clusters and codes of holes belong to the rows, whichever formula is chosen."""
    rows = DataSet("P", weights="w", cluster="house", holes=[-99], person="id")
    found = compile_query("P(y | do(x))", BOTH_DOORS, sizes={"scan": 784}, data=[rows])
    assert not next(each for each in found.considered if each.chosen).name.startswith("the ID form")
    (kept,) = found.network.data
    assert (kept.weights, kept.cluster, kept.holes, kept.person) == ("w", "house", (-99,), "id")


def test_what_more_rows_show_is_preferred() -> None:
    """Either of w and z blocks the only path: the one without holes is taken."""
    for hidden, taken in (("w", "z"), ("z", "w")):
        found = compile_query("P(y | do(x))", f"w -> z -> x -> y; w -> y; missing({hidden})")
        assert drawn(found) == {taken, "y"}
    assert [each.left_out for each in found.considered] == [(), ("w",)]
    assert "2 columns with holes to show" in str(found.considered[1])


def test_columns_that_few_rows_show_cost_more_if_that_is_said() -> None:
    """Both block the only path and have holes; which of them fewer rows show, the weights say."""
    graph = "w -> z -> x -> y; w -> y; missing(w); missing(z)"
    for rare, taken in (("w", "z"), ("z", "w")):
        weights = weights_of({"hole(w)": 2.0, "hole(z)": 2.0, f"hole({rare})": 20 * (1 / 0.3 - 1)})
        found = compile_query("P(y | do(x))", graph, weights=weights)
        assert drawn(found) == {taken, "y"}
        assert found.context.weights == weights_of(written(weights))
        assert "dearer columns with holes" in found.explain() or found.considered[0].chosen
        assert "hole(w)=" in found.explain()
    with pytest.raises(DofxError, match="E0310") as error:
        compile_query("P(y | do(x))", graph, weights="hole(v) = 2")
    assert "hole(w), hole(x), hole(y), hole(z)" in str(error.value)


def test_alternatives_with_holes_are_exact() -> None:
    """The networks that were chosen, against random models of two and three states."""
    compared = 0
    for number in range(80):
        rng = np.random.default_rng([31, number])
        edges = confounded(rng).directed
        names = sorted({name for edge in edges for name in edge} - {"x", "y"})
        hidden, cause = rng.choice(names), rng.choice(names)
        text = [f"{a} -> {b}" for a, b in edges] + [f"missing({hidden})"]
        text += [f"{cause} -> missing({hidden})"] if cause != hidden else []
        problem = holes.parsed("; ".join(text), "P(y | do(x))")
        found = compile_query(problem.text, problem.graph)
        if not any(each.chosen and each.left_out for each in found.considered):
            continue
        compared += 1
        outcomes, interventions, conditions = problem.query
        for states in (2, 3):
            model = holes.Model(problem, rng, states)
            answer = found.network.evaluate(Table(problem.variables, model.observed()))
            axes = [name for name in (*outcomes, *interventions, *conditions) if name in answer.names]
            whole = [*outcomes, *interventions, *conditions]
            shape = [answer.array(axes).shape[axes.index(name)] if name in axes else 1 for name in whole]
            assert np.abs(answer.array(axes).reshape(shape) - model.truth()).max() < 1e-9, problem.graph
    assert compared > 10
