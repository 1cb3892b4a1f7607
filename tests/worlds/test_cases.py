"""The hard cases of queries over several worlds, each with the line of the algorithm that it needs."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

import dofx
from dofx.compiler.estimand.algebra import Estimand
from dofx.compiler.identify.derivation import Rule
from dofx.compiler.identify.worlds.conflict import Conflict
from dofx.grammar.diagnostics.diagnostic import DofxError
from models.functional import Event, Model, Problem, World
from oracles.decider import Decider
from posed import asked

BOW = "x -> y; x <-> y"
TRIANGLE = "x -> m -> y; x -> y"
NAPKIN = "w -> r -> x -> y; x <-> w <-> y"


def test_copies_are_merged_by_values() -> None:
    """Told apart by their subscripts alone, two copies of p would keep a in an unidentifiable district."""
    found = dofx.identify("P(a[x = 0] | x = 0, p = 1, v[z = 0] = 1)", "x -> p -> a; z -> v; v <-> p; z <-> p")
    assert str(found.estimand) == "P(a[x=0] | x = 0, p = 1, v[z=0] = 1) = P(a | p = 1)"


@pytest.mark.parametrize(
    ("query", "graph", "answer"),
    [
        ("P(y[x = 1] | x = 1)", BOW, "P(y | x = 1)"),
        ("P(y[x = 1, m = m[x = 1]])", TRIANGLE, "Σ_m P(m | x = 1) P(y | x = 1, m)"),
        ("P(y[x = 0, m = 0] | m = 0)", "x -> m -> y; m <-> y", "Σ_x P(x | m = 0) P(y | x, m = 0)"),
        ("P(v2[v0 = 0, v1 = 0] = 0 | v1 = 0)", "v0 -> v1 -> v2; v1 <-> v2", "P(v2 = 0 | v1 = 0)"),
        ("P(y[x = 1] | m[x = 0] = 1, m[x = 1] = 1)", TRIANGLE, "P(y | x = 1, m = 1)"),
        ("P(y[x = 0] | x = 1)", "x -> m -> y; x <-> y", "Σ_m P(m | x = 0) P(y | x = 1, m)"),
        ("P(y[x = 1], m[x = 0])", "y <- x -> m", "P(y | x = 1) P(m | x = 0)"),
        ("P(x[x = 1])", "x -> y", "[x = 1]"),
        ("P(c[d = 1] | a[d = 1], b[d = 1] = 0)", "c <-> a <-> b; a -> b; d", "P(c | a, b = 0)"),
        (
            "P(c[d = 0] = 0, c[d = 1] | a[d = 1], b = 0)",
            "c <-> a <-> b; a -> b; d",
            "P(c = 0 | a, b = 0) [c = 0]",
        ),
    ],
)
def test_answers(query: str, graph: str, answer: str) -> None:
    found = dofx.identify(query, graph).estimand
    assert found is not None
    assert str(found).endswith(f" = {answer}")


@pytest.mark.parametrize(
    ("query", "graph", "verdict"),
    [
        ("P(z[x = 0] = 0, z = 1)", "x -> y <- z", "zero"),
        ("P(x[x = 1] = 0, y)", "x -> y", "zero"),
        ("P(y | z[x = 0] = 0, z = 1)", "x -> y <- z", "undefined"),
        ("P(z | x[x = 1] = 0)", "x -> z", "undefined"),
        ("P(y = 1 | y = 1, x[x = 0] = 0)", BOW, "identified"),
        ("P(v1[v0 = 0] = 0, v2 = 0)", "v0 -> v1 -> v2; v0 <-> v1", "not identified"),
        ("P(v2[v1 = 0] = 0, v2 = 0, v0 = 0)", "v0 -> v1 -> v2; v1 <-> v2", "not identified"),
        ("P(v2[v0 = 0] = 1 | v2 = 0)", "v0 -> v1 -> v2; v0 <-> v2", "not identified"),
        ("P(v2[v0 = 0] = 1, v2 = 0)", "v0 -> v2 <- v1", "not identified"),
        ("P(x = 0, y[x = 0] = 1)", BOW, "identified"),
        ("P(x = 1, y[x = 0] = 1)", BOW, "not identified"),
        ("P(x, y[x = 0] = 1)", BOW, "not identified"),
        ("P(y | do(x ~ g(z)))", "x -> y; z <-> x; z <-> y", "not identified"),
        ("P(y | do(x = x + 1))", BOW, "not identified"),
        ("P(y | do(x = x + 1))", "x -> m -> y; x <-> y", "identified"),
        ("P(y | do(x ~ g(z)), z)", "z -> x -> y; z -> y", "identified"),
    ],
)
def test_verdicts(query: str, graph: str, verdict: str) -> None:
    assert dofx.identify(query, graph).verdict == verdict


def test_answers_that_are_certain() -> None:
    table = dofx.Table(["x", "y"], np.random.default_rng(0).dirichlet(np.ones(4)).reshape(2, 2))
    same = dofx.identify("P(y[x = 1], y | x = 1)", BOW).estimand
    assert same is not None
    found = same.evaluate(table)
    assert np.allclose(found.array(["y", "y[x=1]"]), np.diag(table.array()[1] / table.array()[1].sum()))
    zero = dofx.identify("P(x[x = 1] = 0, y)", "x -> y").estimand
    assert zero is not None
    assert zero.evaluate(table).names == ("y",)
    assert not zero.evaluate(table).array().any()


def test_a_conflict_names_variable_values_and_district() -> None:
    found = dofx.identify("P(y[x = 0] = 0 | x = 1)", BOW)
    conflict = found.witness
    assert isinstance(conflict, Conflict)
    assert (conflict.variable, set(conflict.values), set(conflict.district)) == ("x", {0, 1}, {"x", "y"})
    assert "as a cause of y it is 0" in str(found)
    assert "as itself it is 1" in str(found)


def test_conflicts_are_conflicts() -> None:
    """A checker of its own: the district is connected by hidden causes, and it holds or reads the variable."""
    seen = 0
    for seed in range(200):
        problem = asked.random_problem(np.random.default_rng([12, seed]), "conditional", hidden=2.0)
        witness = asked.identified(problem).witness
        if not isinstance(witness, Conflict):
            continue
        seen += 1
        district = set(witness.district)
        reached = {min(district)}
        while (
            more := {v for pair in problem.bidirected if reached & set(pair) for v in pair}
            & district - reached
        ):
            reached |= more
        assert reached == district
        assert witness.values[0] != witness.values[1]
        for reader in witness.readers:
            assert reader in district
            assert reader == witness.variable or witness.variable in problem.parents(reader)
    assert seen > 10


def treated(graph: str, **variables: str) -> dofx.Identification:
    return dofx.identify("P(y[x = 0] | x = 1)", graph, variables=variables)


def napkin(asked: tuple[Event, ...], given: tuple[Event, ...] = ()) -> Problem:
    """A question about the napkin graph with two states of each variable."""
    edges = (("w", "r"), ("r", "x"), ("x", "y")), (("w", "x"), ("w", "y"))
    flip = ("x", (("x", None),), np.eye(2)[::-1])
    return Problem(tuple("wrxy"), *edges, asked, given, dict.fromkeys("wrxy", 2), {"flip": flip})


def test_the_complement_of_one_of_two_states() -> None:
    assert treated(NAPKIN).verdict == "not identified"
    assert treated(NAPKIN, x="category(3)").verdict == "not identified"
    found = treated(NAPKIN, x="bool")
    assert found.verdict == "identified"
    assert Rule.COMPLEMENT in [step.rule for step in found.derivation]
    assert asked.error(napkin((Event("y", (("x", 0),)),), (Event("x", (), 1),)), found, 3) < 1e-9
    assert found.estimand is not None
    assert "−" in str(found.estimand)


@pytest.mark.parametrize("world", [(("x", 0),), (("x", "?a"),)])
@pytest.mark.parametrize("joint", [True, False])
def test_the_complement_at_open_values(world: World, *, joint: bool) -> None:
    """The cell in which x is what it is set to is seen; the other is found by the complement."""
    y, x = Event("y", world), Event("x")
    problem = napkin((y, x)) if joint else napkin((y,), (x,))
    assert not dofx.identify(problem.query, NAPKIN)
    found = dofx.identify(problem.query, NAPKIN, variables={"x": "bool"})
    assert {Rule.COMPLEMENT, Rule.CASES} <= {step.rule for step in found.derivation}
    assert found.estimand is not None
    assert asked.error(problem, found, 4) < 1e-9
    assert Estimand.from_json(json.loads(json.dumps(found.estimand.to_json()))) == found.estimand
    assert " + " in str(found.estimand)
    assert " + " in found.estimand.latex()


def test_a_flip_of_two_states() -> None:
    """What a shift that exchanges the states does is known where each effect is, by the complement of each state."""
    flip = "P(y | do(x = 1 - x))"
    assert not dofx.identify(flip, NAPKIN)
    assert not dofx.identify(flip, BOW, variables={"x": "bool"})
    found = dofx.identify(flip, NAPKIN, variables={"x": "bool"})
    assert Rule.COMPLEMENT in [step.rule for step in found.derivation]
    assert found.estimand is not None
    model = Model(napkin((Event("y", (("x", ("policy", "flip", (("x", None),))),)),)), 5)
    (axis,), truth = model.truth()
    answer = found.estimand.evaluate(dofx.Table(tuple("wrxy"), model.joint()))
    assert axis == "y[x~flip(x)]"
    np.testing.assert_allclose(answer.array("y"), truth, atol=1e-9)
    trial = [dofx.DataSet("P"), dofx.DataSet("trial", sets=["x"])]
    assert dofx.identify(flip, BOW, variables={"x": "bool"}, data=trial)


@pytest.mark.parametrize(("kind", "seed"), [("shift", 1058), ("policy", 11313)])
def test_a_condition_at_any_value_under_policies_that_cannot_do_all(kind: str, seed: int) -> None:
    """What follows from the conditions depends on the open one, so each of its values is looked at."""
    problem = asked.random_problem(np.random.default_rng([77, seed]), kind, hidden=1.0 + seed % 3)
    found = asked.identified(problem)
    assert found.verdict == Decider(problem).verdict() == "identified"
    assert asked.error(problem, found, seed) < 1e-9
    assert Rule.CASES in [step.rule for step in found.derivation]


def test_random_questions_about_two_states() -> None:
    """On the treated, with experiments at hand, the complement helps often; values are right, and nothing is lost."""
    gained = 0
    for seed in range(120):
        rng = np.random.default_rng([6, seed])
        problem = asked.random_problem(rng, asked.KINDS[seed % 6], hidden=4.0)
        if max(problem.states.values()) > 2:
            continue
        every = tuple(z for k in range(len(problem.nodes)) for z in combinations(problem.nodes, k))
        x, y = problem.nodes[0], problem.nodes[-1]
        about = Event(y, ((x, 0),), rng.choice([0, None])), Event(x, (), rng.choice([1, None]))
        problem = replace(problem, data=every, asked=about[:1], given=about[1:], policies={})
        try:
            plain, found = (
                asked.identified(problem, some) for some in ({}, dict.fromkeys(problem.nodes, "bool"))
            )
        except DofxError:
            continue
        assert found or not plain, problem.query
        gained += bool(found) and not plain
        if found.estimand is not None:
            assert asked.error(problem, found, seed) < 1e-9, problem.query
    assert gained > 5


def test_states_that_are_few_decide() -> None:
    """Where b differs, a differs: with two states of a, what is not excluded is what it is."""
    query, graph = "P(c[a = 0] | b[a = 0] = 1, b = 0)", "a -> b; a -> c"
    found = dofx.identify(query, graph, variables={"a": "bool"})
    assert Rule.FORCED in [step.rule for step in found.derivation]


def test_what_is_no_state_is_refused() -> None:
    with pytest.raises(DofxError, match="is not one of the 2 states of x"):
        dofx.identify("P(y[x = 2])", "x -> y", variables={"x": "bool"})
    with pytest.raises(DofxError, match="unknown type"):
        dofx.identify("P(y[x = 2])", "x -> y", variables={"x": "bolo"})


def test_types_are_of_variables_that_the_graph_has() -> None:
    """A name that is no variable's is a fault, beside those of types; one that differs in case alone is understood."""
    with pytest.raises(dofx.DofxError) as raised:
        dofx.identify("P(y | do(smoking))", "smoking -> y", variables={"smokng": "bool", "y": "bolo"})
    assert [(d.code, d.help[0]) for d in raised.value.diagnostics] == [
        ("E0301", "did you mean `smoking`?"),
        ("E0401", "did you mean `bool`?"),
    ]
    graph = "latent u; u -> {x, y}; x -> y"
    assert dofx.identify("P(y[x = 0] | x = 1)", graph, variables={"u": "bool"}).verdict == "not identified"
    treated = "P(y[x = 1] | x = 0)", "w -> r -> x -> y; x <-> w <-> y"
    assert dofx.identify(*treated, variables={"X": "bool"}) == dofx.identify(
        *treated, variables={"x": "bool"}
    )
    assert dofx.identify(*treated, variables={"X": "bool"}).derivation != dofx.identify(*treated).derivation


@pytest.mark.parametrize("query", ["P(y[x = 0] = 0 | x = 1)", "P(y[x = 1] | x = 1)", "P(y | x[x = 1] = 0)"])
def test_drawings(query: str) -> None:
    """A refusal shades the district in conflict; every verdict has a drawing and a page."""
    found = dofx.identify(query, BOW)
    drawn = found._repr_svg_()
    assert ("variable at two values" in drawn) == (found.verdict == "not identified")
    assert "<svg" in found._repr_html_()
