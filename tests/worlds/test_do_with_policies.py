"""Policies and constants within one do(), in the estimand and in the network, against enumerated models."""

from __future__ import annotations

import numpy as np
import pytest

import dofx
from models.functional import Event, Model, Problem

EDGES = (("z", "x"), ("z", "y"), ("x", "y"), ("w", "y")), (("z", "w"),)
READS = (("z", None),)


@pytest.mark.parametrize("states", [2, 3])
@pytest.mark.parametrize(
    ("query", "asked", "given", "setting"),
    [
        ("P(y | do(x ~ g(z), w = 1))", Event("y"), (), 1),
        ("P(y | do(x ~ g(z), w = 1), z)", Event("y"), (Event("z"),), 1),
        ("P(y = 1 | do(x ~ g(z), w = 0), z = 0)", Event("y", (), 1), (Event("z", (), 0),), 0),
        ("P(y | do(x ~ g(z), w))", Event("y"), (), "w"),
    ],
)
def test_axes_and_values(
    query: str, asked: Event, given: tuple[Event, ...], setting: int | str, states: int
) -> None:
    rule = np.random.default_rng(states).dirichlet(np.ones(states), size=states)
    world = (("x", ("policy", "g", READS)), ("w", setting))
    events = [Event(event.variable, world, event.value) for event in (asked, *given)]
    problem = Problem(
        tuple("zxwy"),
        *EDGES,
        (events[0],),
        tuple(events[1:]),
        dict.fromkeys("zxwy", states),
        {"g": ("x", READS, rule)},
    )
    model = Model(problem, 1)
    axes, truth = model.truth()
    names = [axis.split("[")[0] for axis in axes]
    joint, policies = dofx.Table(problem.nodes, model.joint()), {"g": dofx.Table(["z", "x"], rule)}
    graph = dofx.ADMG(problem.nodes, *EDGES)
    estimand = dofx.identify(query, graph).estimand
    assert estimand is not None
    for interpreted in (estimand, dofx.compile(query, graph).network):
        found = interpreted.evaluate(joint, policies=policies)
        assert set(found.names) == set(names)
        np.testing.assert_allclose(found.array(names), truth, atol=1e-9)


@pytest.mark.parametrize("states", [2, 3])
def test_what_a_policy_reads_comes_first(states: int) -> None:
    """Also where it shares causes with an effect of what is set, and the graph alone would put that effect first."""
    rule = np.random.default_rng(states).dirichlet(np.ones(states), size=states)
    reads = (("d", None),)
    world = (("x", ("policy", "g", reads)),)
    problem = Problem(
        tuple("axbcd"),
        (("a", "b"), ("a", "c"), ("x", "b"), ("c", "d")),
        (("a", "c"), ("b", "c"), ("c", "d")),
        (Event("b", world), Event("c", world)),
        (),
        dict.fromkeys("axbcd", 2) | {"b": states, "d": states, "x": states},
        {"g": ("x", reads, rule)},
    )
    model = Model(problem, 1)
    axes, truth = model.truth()
    names = [axis.split("[")[0] for axis in axes]
    joint, policies = dofx.Table(problem.nodes, model.joint()), {"g": dofx.Table(["d", "x"], rule)}
    graph, query = dofx.ADMG(problem.nodes, problem.directed, problem.bidirected), "P(b, c | do(x ~ g(d)))"
    estimand = dofx.identify(query, graph).estimand
    assert estimand is not None
    for interpreted in (estimand, dofx.compile(query, graph).network):
        found = interpreted.evaluate(joint, policies=policies)
        np.testing.assert_allclose(found.array(names), truth, atol=1e-9)
