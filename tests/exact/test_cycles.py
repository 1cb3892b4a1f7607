"""Graphs with cycles against oracles that know the equations: verdicts, values, networks and separation.

`benchmarks/compiling/cycles.py` does the same for thousands of problems.
"""

from __future__ import annotations

import numpy as np
import pytest

import dofx
from dofx.compiler.driver import compile_query
from models.cyclic import Cyclic, random_graph, sigma_separated
from oracles.ioid import decides
from posed.settled import Problem, finite_error, linear_error, problems

POSED = list(enumerate(problems(1, 250)))


def test_verdicts_and_values() -> None:
    """A linear model depends on its cycles for sure; the finite one goes through `evaluate`."""
    identified = with_cycles = 0
    for seed, problem in POSED:
        found = dofx.identify(problem.query, problem.admg)
        expected = decides(problem.graph, problem.outcomes, problem.interventions, problem.conditions)
        assert bool(found) == expected, problem
        if found.estimand:
            identified += 1
            with_cycles += bool(problem.admg.cycles)
            assert linear_error(problem, found.estimand, seed) < 1e-9, problem
            assert finite_error(problem, found.estimand, seed) < 1e-9, problem
    assert identified > 100
    assert with_cycles > 50
    assert len(POSED) - identified > 40


def test_networks_after_every_pass_and_the_search() -> None:
    """A network, and each alternative that the search may choose, gives what the estimand gives."""
    compiled = 0
    for seed, problem in POSED[:120]:
        found = dofx.identify(problem.query, problem.admg)
        if found and problem.admg.cycles:
            network = compile_query(problem.query, problem.admg).network
            assert finite_error(problem, network, seed) < 1e-9, problem
            compiled += 1
    assert compiled > 25


def test_separation_is_sigma_separation_of_walks() -> None:
    rng = np.random.default_rng(7)
    connected = separated = 0
    for _ in range(150):
        graph = random_graph(rng, int(rng.integers(3, 7)))
        admg = dofx.ADMG(graph.nodes, graph.directed, graph.bidirected, feedback=graph.nodes)
        names = [str(v) for v in rng.permutation(graph.nodes)]
        x, y, given = names[0], names[1], names[2 : 2 + int(rng.integers(0, 4))]
        expected = sigma_separated(graph, x, y, given)
        assert admg.is_separated([x], [y], given) == expected
        separated, connected = separated + expected, connected + (not expected)
    assert min(separated, connected) > 25


@pytest.mark.parametrize(
    ("given", "expected"),
    [((), True), (("x3",), False), (("x4",), False), (("x3", "x4"), False)],
)
def test_separation_around_a_cycle(given: tuple[str, ...], expected: bool) -> None:
    """Forré and Mooij's example: conditioning on a cycle does not separate its causes."""
    graph = dofx.graph("x1 -> x3 -> x4 -> x3; x2 -> x4; feedback {x3, x4}")
    assert graph.is_separated(["x1"], ["x2"], given) == expected


def test_limits_hide_variables_of_cycles() -> None:
    """What is avoided is projected out first, also where it is on a cycle."""
    checked = 0
    for seed, problem in POSED[:120]:
        asked = {*problem.outcomes, *problem.interventions, *problem.conditions}
        avoid = [v for v in problem.graph.nodes if v not in asked][:1]
        if avoid and problem.admg.cycles:
            found = dofx.identify(problem.query, problem.admg, avoid=avoid)
            if found.estimand:
                assert finite_error(problem, found.estimand, seed) < 1e-9, problem
                assert linear_error(problem, found.estimand, seed) < 1e-9, problem
                checked += 1
    assert checked > 10


def test_the_verdict_does_not_depend_on_names_or_order() -> None:
    for _, problem in POSED[:60]:
        admg = problem.admg
        turned = dofx.ADMG(admg.nodes[::-1], admg.directed[::-1], admg.bidirected[::-1], feedback=admg.nodes)
        again = Problem(
            problem.graph, problem.outcomes[::-1], problem.interventions[::-1], problem.conditions[::-1]
        )
        assert bool(dofx.identify(problem.query, admg)) == bool(dofx.identify(again.query, turned))


_NAPKIN = [("w", "v"), ("v", "w"), ("w", "r"), ("r", "x"), ("x", "y"), ("y", "s"), ("s", "y")]


@pytest.mark.parametrize(
    ("directed", "bidirected", "outcomes"),
    [
        (_NAPKIN, [("x", "w"), ("w", "y")], ["y"]),
        (_NAPKIN, [("x", "v"), ("w", "s")], ["y", "s"]),
        ([("w", "r"), ("r", "q"), ("q", "r"), ("q", "x"), ("x", "y")], [("x", "w"), ("w", "y")], ["y"]),
        ([("x", "m"), ("m", "n"), ("n", "m"), ("n", "y")], [("x", "y")], ["y"]),
    ],
)
def test_napkins_and_front_doors_of_cycles(
    directed: list[tuple[str, str]], bidirected: list[tuple[str, str]], outcomes: list[str]
) -> None:
    """Variables of the napkin and of the front door, each replaced by a cycle: kernels are conditioned again."""
    nodes = tuple(dict.fromkeys(a for edge in directed for a in edge))
    problem = Problem(Cyclic(nodes, tuple(directed), tuple(bidirected)), outcomes, ["x"], [])
    found = dofx.identify(problem.query, problem.admg)
    assert found.estimand is not None
    assert linear_error(problem, found.estimand, 3) < 1e-9
    assert finite_error(problem, found.estimand, 3) < 1e-9
    assert finite_error(problem, compile_query(problem.query, problem.admg).network, 4) < 1e-9
