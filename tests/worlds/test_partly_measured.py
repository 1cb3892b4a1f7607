"""Questions about several worlds where data sets measure a part of the variables: projections, verdicts and values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import dofx
from dofx import DataSet
from models.functional import Model, Problem, mentioned
from oracles.decider import Decider, TooLongError
from posed import asked


@pytest.mark.parametrize(
    ("query", "graph", "data", "answer"),
    [
        (
            "P(y[x = 0] | x = 1)",
            "x -> m -> y; z -> x; z -> y",
            [DataSet("P", measures=["x", "y", "z"])],
            "Σ_z P(z | x = 1) P(y | z, x = 0)",
        ),
        (
            "P(y[x = 0] | x = 1)",
            "x -> m -> y",
            [DataSet("trial", sets=["x"], measures=["y"]), DataSet("survey", measures=["x"])],
            "trial(y | do(x = 0))",
        ),
        (
            "P(y[x = 0], x = 1)",
            "x -> m -> y; u -> x",
            [DataSet("trial", sets=["x"], measures=["y"]), DataSet("survey", measures=["x"])],
            "survey(x = 1) trial(y | do(x = 0))",
        ),
        (
            "P(y | do(x ~ g(z)))",
            "z -> x -> m -> y; z -> y",
            [DataSet("survey", measures=["x", "y", "z"])],
            "Σ_{z, x} survey(z) g(x | z) survey(y | z, x)",
        ),
    ],
)
def test_what_is_not_measured_is_projected_out(
    query: str, graph: str, data: list[DataSet], answer: str
) -> None:
    found = dofx.identify(query, graph, data=data).estimand
    assert found is not None
    assert str(found).endswith(f" = {answer}")


def test_a_mediator_that_decides_has_to_be_measured() -> None:
    query, graph = "P(y[x = 0] | x = 1)", "x -> m -> y; x <-> y"
    assert dofx.identify(query, graph, data=[DataSet("P2")])
    assert not dofx.identify(query, graph, data=[DataSet("P2", measures=["x", "y"])])


def test_a_policy_may_be_about_what_no_table_has() -> None:
    """Y does not depend on x, so that no data set needs it: the policy's own table says how many states it has."""
    policy = {"g": dofx.Table(["z", "x"], [[0.2, 0.8], [0.5, 0.5]])}
    found = dofx.identify(
        "P(y, x[x ~ g(z)])", "z -> x; z -> y", data=[DataSet("part", measures=["z", "y"])], policies=policy
    ).estimand
    assert found is not None
    joint = dofx.Table(["z", "y"], [[0.1, 0.2], [0.3, 0.4]])
    answer = found.evaluate({"part": joint}, policies=policy)
    truth = np.einsum("zy,zx->yx", joint.array(["z", "y"]), policy["g"].array(["z", "x"]))
    np.testing.assert_allclose(answer.array(["y", "x[x~g(z)]"]), truth, atol=1e-12)


def test_random_problems() -> None:
    """One data set that measures what the query speaks of: the verdict is as on the projection, values are right."""
    seen = {"identified": 0, "not identified": 0, "zero": 0, "undefined": 0}
    for seed in range(120):
        kind = asked.KINDS[seed % len(asked.KINDS)]
        problem = replace(
            asked.random_problem(np.random.default_rng([40, seed]), kind, hidden=2.0), data=((),)
        )
        measured = [v for v in problem.nodes if v in mentioned(problem) or seed % 5 == 0]
        if len(measured) == len(problem.nodes):
            continue
        graph = dofx.ADMG(problem.nodes, problem.directed, problem.bidirected)
        policies = asked.policy_tables(problem)
        try:
            found = dofx.identify(
                problem.query, graph, data=[DataSet("part", measures=measured)], policies=policies
            )
            truth = Decider(projected(problem, measured)).verdict()
        except (dofx.DofxError, TooLongError):
            continue
        assert found.verdict == truth, problem.query
        seen[truth] += 1
        if found.estimand is not None:
            model = Model(problem, seed)
            rows = dofx.Table(problem.nodes, model.joint()).marginal(measured)
            answer = found.estimand.evaluate({"part": rows}, policies=policies)
            axes, value = model.truth()
            error = np.nan_to_num(answer.array(axes) - value, nan=0.0)
            assert np.abs(error).max(initial=0.0) < 1e-9, problem.query
    assert seen["identified"] > 15
    assert seen["not identified"] > 5


def projected(problem: Problem, measured: list[str]) -> Problem:
    """The problem on the projection of its graph, by what paths through hidden variables lead to."""
    hidden = {v for v in problem.nodes if v not in measured}

    def below(start: str) -> set[str]:
        found, waiting = set[str](), [start]
        while waiting:
            top = waiting.pop()
            for a, b in problem.directed:
                if a == top and b not in found:
                    found.add(b)
                    waiting += [b] if b in hidden else []
        return found - hidden

    reach = {v: below(v) | ({v} - hidden) for v in problem.nodes}
    both = {frozenset((a, b)) for u in hidden for a in reach[u] for b in reach[u] if a != b}
    for u, v in problem.bidirected:
        tops = [reach[w] if w in hidden else {w} for w in (u, v)]
        both |= {frozenset((a, b)) for a in tops[0] for b in tops[1] if a != b}
    directed = tuple((a, b) for a in measured for b in measured if b in below(a))
    pairs = tuple((a, b) for a in measured for b in measured if a < b and frozenset((a, b)) in both)
    return replace(problem, nodes=tuple(measured), directed=directed, bidirected=pairs)
