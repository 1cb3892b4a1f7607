"""Queries on graphs that say what makes holes: verdicts from the literature, and values against random models."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import dofx
from dofx.compiler.estimand.algebra import Estimand
from dofx.compiler.identify.holes import districts
from dofx.compiler.identify.holes.draws import Draws
from dofx.compiler.identify.holes.mgraph import MGraph
from dofx.compiler.identify.verdict import Holes
from models.holes import Model, Problem, drawn, parsed

CORPUS = Path(__file__).parents[1] / "corpus" / "holes.txt"
CASES = [
    [part.strip().replace("¦", "|") for part in line.split(" | ")]
    for line in CORPUS.read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


def check(problem: Problem, rng: np.random.Generator) -> bool:
    """Whether a problem is identified; its estimand then has the true value in random models."""
    found = dofx.identify(problem.text, problem.graph)
    if not found:
        return False
    assert found.estimand
    for states in (2, 3):
        model = Model(problem, rng, states)
        outcomes, interventions, conditions = problem.query
        answer = found.estimand.evaluate(dofx.Table(problem.variables, model.observed()))
        off = answer.array([*outcomes, *interventions, *conditions]) - model.truth()
        assert np.abs(off).max() < 1e-9, (problem.text, problem.graph)
    again = Estimand.from_json(found.estimand.to_json())
    assert again == found.estimand
    return True


@pytest.mark.parametrize("case", CASES, ids=[case[3] for case in CASES])
def test_the_literature(case: list[str]) -> None:
    verdict, query, graph, *_ = case
    assert check(parsed(graph, query), np.random.default_rng(3)) == (verdict == "yes")


def test_random_graphs() -> None:
    decided = {True: 0, False: 0}
    for number in range(150):
        rng = np.random.default_rng([14, number])
        problem = drawn(rng, 4, 3)
        identified = check(problem, rng)
        decided[identified] += 1
        without = "; ".join(item for item in problem.graph.split("; ") if "missing" not in item)
        whole = dofx.identify(problem.text, without)
        assert bool(whole) or not identified
        if whole and problem.keeps_the_full_law:
            assert identified, (problem.text, problem.graph)
    assert min(decided.values()) > 20


def test_random_graphs_whose_columns_are_missing_together() -> None:
    identified = 0
    for number in range(60):
        rng = np.random.default_rng([28, number])
        problem = drawn(rng, 4, 3, together=True)
        found = check(problem, rng)
        identified += found and bool(problem.together)
        without = "; ".join(item for item in problem.graph.split("; ") if "missing" not in item)
        assert found or not (dofx.identify(problem.text, without) and problem.keeps_the_full_law)
    assert identified > 15


def test_the_witness_names_the_draw_the_indicator_and_the_path() -> None:
    found = dofx.identify("P(y | do(x))", "x -> y; y -> missing(y)")
    witness = found.witness
    assert isinstance(witness, Holes)
    assert (witness.draw, witness.indicator, witness.path) == ("y | x", "missing(y)", "y -> missing(y)")
    assert found.hedge is None
    assert "y -> missing(y)" in str(found)


def test_rows_and_weights_are_printed() -> None:
    found = dofx.identify("P(x, y)", "x -> y; x -> missing(y); y -> missing(x)")
    assert str(found.estimand) == "\n".join(
        [
            "Q₁(x, y) = P(y; y shown) P(x | y; x, y shown)",
            "P(x, y) = P(x; x, y shown; w₁ w₂) Q₁(y | x)",
            "w₁ = 1 / P(y shown | x; x shown)",
            "w₂ = 1 / P(x shown | y; y shown)",
        ]
    )


def test_columns_that_are_missing_together_have_one_indicator() -> None:
    graph = "age -> {height, weight}; height -> weight; age -> missing(height, weight)"
    found = dofx.identify("P(weight | do(height))", graph)
    assert str(found.estimand) == (
        "P(weight | do(height)) = Σ_age P(age) P(weight | height, age; height, weight shown)"
    )
    apart = dofx.identify("P(height)", "height -> weight; weight -> missing(height, weight)")
    assert apart.verdict == "not identified"


def test_words_stand_for_every_column() -> None:
    others = dofx.graph("a -> b; others -> missing(*)")
    assert others == dofx.graph("a -> b; b -> missing(a); a -> missing(b)")
    listed = dofx.graph("age, sex -> missing(*); age -> y")
    assert listed.parents("missing(y)") == listed.order.of("age", "sex")
    assert listed.parents("missing(age)") == listed.order.of("sex")


def test_explain_says_which_rows_and_why_and_what_would_help() -> None:
    found = dofx.identify("P(y | do(x))", "z -> {x, y}; x -> y; z -> missing(y)").explain()
    assert "y | z, x is learnt from the rows that show y, because y ⊥ missing(y) | z, x" in found
    lost = dofx.identify(
        "P(x, y)", "x -> y; x -> missing(y); y -> missing(x); missing(x) -> missing(y)"
    ).explain()
    assert "rule out x -> missing(y), and remove the edge" in lost


def test_implications_are_those_that_rows_can_show() -> None:
    found = [str(each) for each in dofx.implications("x -> m -> y; m -> missing(y); x -> missing(m)")]
    assert found == [
        "x ⊥ y | m, missing(y), missing(m)",
        "x ⊥ missing(y) | m, missing(m)",
        "y ⊥ missing(m) | x, missing(y)",
        "missing(y) ⊥ missing(m) | x",
    ]
    assert dofx.implications("y -> x; missing(y)") == dofx.implications("y -> x; missing(y) <- u; latent u")


def test_several_worlds_and_data_sets() -> None:
    treated = dofx.identify("P(y[x=0] | x = 1)", "z -> x; z -> y; x -> y; z -> missing(y); missing(x)")
    assert treated.estimand
    assert "y shown" in str(treated.estimand)
    trial = dofx.DataSet("trial", sets=["x"], measures=["y"])
    carried = dofx.identify("P(y | do(x))", "x -> y; x <-> y; x -> missing(y)", data=[trial])
    assert str(carried.estimand) == "P(y | do(x)) = trial(y | do(x); y shown)"
    lost = dofx.identify("P(y | do(x))", "x -> y; x <-> y; y -> missing(y)", data=[trial])
    assert lost.verdict == "not identified"


def test_districts_in_laws_in_which_their_parents_are_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every district is taken from such a law, also where the rows as they are would do."""
    monkeypatch.setattr(districts, "_observed", lambda *_: None)
    found = 0
    for number in range(60):
        rng = np.random.default_rng([5, number])
        problem = drawn(rng, 4, 3)
        outcomes, interventions, conditions = problem.query
        graph = dofx.graph(problem.graph)
        variables = [i for i in range(len(graph.nodes)) if not graph.indicators >> i & 1]
        query = dofx.Query.of(outcomes, interventions)
        recovered = districts.by_districts(query, graph, Draws(MGraph.of(graph, variables)))
        if recovered is None or conditions:
            continue
        found += 1
        for states in (2, 3):
            model = Model(problem, rng, states)
            answer = recovered.estimand.evaluate(dofx.Table(problem.variables, model.observed()))
            assert np.abs(answer.array([*outcomes, *interventions]) - model.truth()).max() < 1e-9
    assert found > 20


def test_an_indicator_must_be_seen_where_its_column_is_not_read() -> None:
    graph = (
        "a; b; c; missing(a); missing(c); missing(b); b -> missing(c); missing(c) -> missing(b); b -> missing(a); "
        "c -> missing(b); a <-> c; missing(a) <-> missing(b); a <-> missing(b)"
    )
    assert check(parsed(graph, "P(b)"), np.random.default_rng(466))
