"""Questions about several worlds and to several data sets on graphs with cycles."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

import dofx
from dofx import DataSet
from dofx.compiler.identify.feedback import InsideCycle
from dofx.compiler.identify.verdict import Refused
from models.functional import Event, Problem
from models.looped import Looped, acyclified
from oracles.decider import Decider, TooLongError
from posed import asked

MARKET = "cost -> price -> quantity -> price; quantity -> profit; feedback {price, quantity}"


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("P(profit[cost = 1] | cost = 0)", "Σ_quantity P(quantity | cost = 1) P(profit | quantity)"),
        ("P(profit[price = 1, quantity = 0] | cost = 0)", "P(profit | quantity = 0)"),
        ("P(cost[price = 1])", "P(cost)"),
    ],
)
def test_worlds_that_leave_a_cycle_whole(query: str, answer: str) -> None:
    found = dofx.identify(query, MARKET)
    assert str(found.estimand).endswith(f" = {answer}")
    assert "form a cycle" in found.explain()


@pytest.mark.parametrize(
    ("query", "graph", "data", "proved"),
    [
        ("P(w[x = 1] = 0, y = 0)", "x -> y -> w -> y; feedback {y, w}", (), False),
        ("P(w[x = 1] = 0, y = 0)", "x -> {y, w}; y <-> w", (), True),
        ("P(y[x = 1] | x = 0)", "x -> y -> w -> y; feedback {y, w}; x <-> y", (), True),
        (
            "P(y | do(x))",
            "x -> y <-> x; y -> w -> y; feedback {y, w}",
            (DataSet("trial", sets=["w"]),),
            False,
        ),
        ("P(y | do(x))", "x -> y <-> x; y -> w", (DataSet("trial", sets=["w"]),), True),
    ],
)
def test_what_a_cycle_ties_together_is_not_proved_to_have_no_answer(
    query: str, graph: str, data: tuple[DataSet, ...], proved: bool
) -> None:
    """The errors of the members of a cycle are independent, which an unobserved cause of both is not."""
    found = dofx.identify(query, graph, data=data) if data else dofx.identify(query, graph)
    assert isinstance(found.answer, Refused)
    assert found.answer.is_proved == proved
    assert ("not identifiable" in found.explain()) == proved
    assert ("two models" in found.explain().replace("\n  ", " ")) <= proved


@pytest.mark.parametrize(
    "query",
    [
        "P(profit[price = 1])",
        "P(profit[price = price[cost = 1]])",
        "P(profit[price ~ g(cost)] | cost = 1)",
    ],
)
def test_a_world_that_breaks_a_cycle_is_refused(query: str) -> None:
    found = dofx.identify(query, MARKET)
    assert isinstance(found.witness, InsideCycle)
    assert "inside the cycle" in str(found)
    assert "randomise price" in found.explain()


def test_an_experiment_that_breaks_the_cycle_in_the_same_place_answers() -> None:
    survey, trial = DataSet("survey"), DataSet("trial", sets=["price"])
    query = "P(profit | do(price))"
    found = dofx.identify(query, MARKET, data=[survey, trial])
    assert str(found.estimand) == "P(profit | do(price)) = trial(profit | do(price))"
    assert isinstance(dofx.identify(query, MARKET, data=[survey, DataSet("s2")]).witness, InsideCycle)
    other = DataSet("other", sets=["quantity"])
    assert isinstance(dofx.identify(query, MARKET, data=[survey, other]).witness, InsideCycle)
    assert "survey" in str(dofx.identify("P(profit | do(cost))", MARKET, data=[trial, survey]).estimand)
    assert not dofx.identify("P(profit | do(cost))", MARKET, data=[trial, DataSet("s2", measures=["profit"])])


def looped(seed: int) -> Problem:
    """A random problem with an edge back, so that there is a cycle; its worlds may break it."""
    rng = np.random.default_rng([60, seed])
    problem = asked.random_problem(rng, asked.KINDS[seed % len(asked.KINDS)], hidden=2.0)
    edges = problem.directed
    if edges:
        edges = (*edges, edges[int(rng.integers(len(edges)))][::-1])
    return replace(problem, directed=edges, data=((),))


def test_random_problems() -> None:
    """Where no world breaks a cycle, the verdict is as on the acyclification, and the value is the model's."""
    verdicts = Counter[str]()
    for seed in range(180):
        problem = looped(seed)
        if len(problem.nodes) > 3 and len(problem.bidirected) > 1:
            continue
        graph = dofx.ADMG(problem.nodes, problem.directed, problem.bidirected, feedback=problem.nodes)
        policies = asked.policy_tables(problem)
        try:
            found = dofx.identify(problem.query, graph, policies=policies)
            truth = Decider(acyclified(problem)).verdict()
        except (dofx.DofxError, TooLongError):
            continue
        if isinstance(found.witness, InsideCycle):
            verdicts["inside"] += 1
            continue
        verdicts[f"{truth}, {bool(graph.cycles)}"] += 1
        assert found.verdict == truth, problem.query
        if found.estimand is not None:
            model = Looped(problem, seed)
            answer = found.estimand.evaluate(dofx.Table(problem.nodes, model.joint()), policies=policies)
            axes, value = model.truth()
            assert set(answer.names) == set(axes)
            error = np.nan_to_num(answer.array(axes) - value, nan=0.0)
            assert np.abs(error).max(initial=0.0) < 1e-9, problem.query
    assert verdicts["identified, True"] > 15, verdicts
    assert verdicts["inside"] > 15, verdicts
    assert verdicts["not identified, True"], verdicts


def test_random_experiments() -> None:
    """One observational data set and one experiment, on plain queries: each estimand has the model's value."""
    answered = Counter[bool]()
    for seed in range(160):
        rng = np.random.default_rng([61, seed])
        problem = replace(looped(seed), policies={})
        x, y = (str(v) for v in rng.choice(problem.nodes, size=2, replace=False))
        graph = dofx.ADMG(problem.nodes, problem.directed, problem.bidirected, feedback=problem.nodes)
        if not graph.cycles or len(problem.nodes) > 3:
            continue
        z = tuple(str(v) for v in problem.nodes if rng.random() < 0.4) or (x,)
        query = f"P({y} | do({x}))"
        found = dofx.identify(query, graph, data=[DataSet("P"), DataSet("trial", sets=z)])
        broke = isinstance(dofx.identify(query, graph).witness, InsideCycle)
        answered[broke] += bool(found)
        if found.estimand is None:
            continue
        model = Looped(problem, seed)
        tables = {name: dofx.Table(problem.nodes, model.joint(s)) for name, s in (("P", ()), ("trial", z))}
        answer = found.estimand.evaluate(tables)
        truth = dofx.Table(problem.nodes, model.joint((x,))).marginal((x, y))
        assert np.abs(answer.array((x, y)) - truth.array((x, y))).max() < 1e-9, (seed, found.estimand)
    assert answered[True] > 5, answered
    assert answered[False] > 10, answered


@pytest.mark.parametrize(
    ("graph", "query", "answer"),
    [
        ("a -> d; b -> d -> b; d -> c; feedback {b, d}", "P(a | do(c, d), b)", "survey(a)"),
        ("a -> c -> a -> d -> c; b -> d; feedback {a, c, d}", "P(b | do(a, d), c)", "survey(b)"),
        ("b -> a; d <-> a; b -> d -> b; feedback {b, d}", "P(a | do(d), b)", None),
    ],
)
def test_a_condition_inside_a_broken_cycle(graph: str, query: str, answer: str | None) -> None:
    """With declared data sets these were answered by P(a | b) of the rows, as if do(d) were outside of the cycle."""
    data = [DataSet("survey"), DataSet("trial", sets=["b"])]
    for sets in (data, data[:1]):
        found = dofx.identify(query, graph, data=sets)
        assert bool(found) == bool(dofx.identify(query, graph)) == (answer is not None)
        if answer is not None:
            assert str(found.estimand) == f"{query} = {answer}"


@pytest.mark.parametrize("states", [2, 3])
def test_random_experiments_under_conditions(states: int) -> None:
    """As above, with conditions, of which some are inside the cycle that the query breaks."""
    answered = Counter[bool]()
    for seed in range(150):
        rng = np.random.default_rng([62, states, seed])
        problem = replace(looped(seed), policies={})
        problem = replace(problem, states=dict.fromkeys(problem.nodes, states))
        graph = dofx.ADMG(problem.nodes, problem.directed, problem.bidirected, feedback=problem.nodes)
        if not graph.cycles or len(problem.nodes) != 3 or len(problem.bidirected) > 1:
            continue
        x, y, z = (str(v) for v in rng.permutation(problem.nodes))
        sets = (x,) if rng.random() < 0.5 else (z,)
        query = f"P({y} | do({x}), {z})"
        found = dofx.identify(query, graph, data=[DataSet("survey"), DataSet("trial", sets=sets)])
        alone = dofx.identify(query, graph)
        assert bool(dofx.identify(query, graph, data=[DataSet("survey")])) == bool(alone)
        assert bool(found) >= bool(alone)
        if found.estimand is None:
            continue
        inside = any({x, z} <= set(graph.order.set(loop)) for loop in graph.cycles)
        answered[inside] += 1
        model = Looped(problem, seed)
        laws = {"survey": model.joint(), "trial": model.joint(sets)}
        answer = found.estimand.evaluate({name: dofx.Table(problem.nodes, law) for name, law in laws.items()})
        law = dofx.Table(problem.nodes, model.joint((x,))).marginal((x, z, y)).array((x, z, y))
        shown = [name for name in (x, z, y) if name in answer.names]
        value = answer.array(shown)[tuple(slice(None) if v in shown else None for v in (x, z, y))]
        chance = law.sum(-1, keepdims=True)
        truth = law / np.where(chance > 1e-14, chance, 1.0)
        assert np.abs(value - truth)[law > 1e-14].max() < 1e-9, (seed, query)
    assert answered[True] > 3, answered
    assert answered[False] > 3, answered


def test_a_network_of_several_worlds_with_a_cycle() -> None:
    nodes = ("cost", "price", "quantity", "profit")
    edges = ("cost", "price"), ("price", "quantity"), ("quantity", "price"), ("quantity", "profit")
    asked_about = (Event("profit", (("cost", 1),)),), (Event("cost", (), 0),)
    problem = Problem(nodes, edges, (), *asked_about, dict.fromkeys(nodes, 2))
    model = Looped(problem, 8)
    sampler = dofx.compile(problem.query, MARKET)
    found = sampler.network.evaluate(dofx.Table(nodes, model.joint()))
    axes, value = model.truth()
    np.testing.assert_allclose(found.array(axes), value, atol=1e-9)
