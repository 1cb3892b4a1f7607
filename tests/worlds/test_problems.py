"""Queries over several worlds: published cases with their verdicts, and random ones against enumerated models."""

from __future__ import annotations

import json
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dofx
from dofx.compiler.estimand.algebra import Estimand
from dofx.grammar.diagnostics.diagnostic import DofxError
from models.functional import Event, Problem
from oracles.decider import Decider
from posed import asked

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "exact" / "data" / "published_worlds.json").read_text(encoding="utf-8")
)


def posed(case: dict[str, Any]) -> dofx.Identification:
    """What dofx says about a published case."""
    graph = dofx.graph(f"{case['graph']}; {'; '.join(case['nodes'])}")
    policies = {
        name: dofx.Table(each["axes"], each["table"]) for name, each in case.get("policies", {}).items()
    }
    sets = case.get("data")
    if sets == "every":
        sets = [z for k in range(len(case["nodes"])) for z in combinations(case["nodes"], k)]
    data = None if sets is None else [dofx.DataSet(f"P{i}", sets=z) for i, z in enumerate(sets)]
    return dofx.identify(case["query"], graph, data=data, policies=policies)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_published_verdicts(case: dict[str, Any]) -> None:
    found = posed(case)
    assert found.verdict == case["verdict"]
    assert (found.witness is not None) == (case["verdict"] == "not identified")
    assert found.explain().startswith(str(found.query))


@pytest.mark.parametrize("kind", asked.KINDS)
def test_random_problems(kind: str) -> None:
    """The estimand has the value that enumeration finds, and it survives JSON."""
    verdicts: Counter[str] = Counter()
    for seed in range(40):
        problem = asked.random_problem(np.random.default_rng([11, seed, len(kind)]), kind)
        try:
            found = asked.identified(problem)
        except DofxError as error:
            assert "which depends on" in str(error)  # noqa: PT017 (a policy may read what it changes)
            continue
        verdicts[found.verdict] += 1
        assert Decider(problem).verdict() == found.verdict, problem.query
        if found.estimand is not None:
            assert asked.error(problem, found, seed) < 1e-9, problem.query
            assert Estimand.from_json(json.loads(json.dumps(found.estimand.to_json()))) == found.estimand
    assert verdicts["identified"] > 5
    assert verdicts["not identified"] + verdicts["undefined"] + verdicts["zero"] > 2


def test_conditions_in_a_world_that_changes_nothing() -> None:
    """All events are named by a world that sets an idle variable, and several conditions form a chain."""
    for seed in range(60):
        rng = np.random.default_rng([13, seed])
        nodes = tuple(str(v) for v in rng.permutation(tuple("abc")))
        pairs = list(combinations(nodes, 2))
        directed = tuple(pair for pair in pairs if rng.random() < 0.5)
        bidirected = tuple(pair for pair in pairs if rng.random() < 0.6)
        states = {v: int(rng.choice([2, 3])) for v in (*nodes, "d")}
        world = (("d", int(rng.integers(2))),)
        asked_about, *given = (str(v) for v in rng.permutation(nodes))
        known = [Event(v, world, 0 if rng.random() < 0.3 else None) for v in given]
        problem = Problem(
            (*nodes, "d"), directed, bidirected, (Event(asked_about, world),), tuple(known), states
        )
        found = asked.identified(problem)
        assert found.verdict == "identified"
        assert asked.error(problem, found, seed) < 1e-9, problem.query
