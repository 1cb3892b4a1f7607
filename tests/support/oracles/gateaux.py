"""Influence functions of random finite effects, and numerical derivatives of their answers to compare with."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import dofx

INTERIM = Path(__file__).parents[2] / "exact" / "data" / "interim.json.gz"

Array = NDArray[np.float64]
Asked = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""Variables, edges, outcomes, interventions and conditions."""


@dataclass(frozen=True)
class Problem:
    """A random effect, and a random distribution."""

    seed: int
    graph: str
    effect: str
    passes: tuple[()] | None
    names: tuple[str, ...]
    joint: Array


def problem(seed: int) -> Problem:
    """The problem of a seed; its effect need not be identifiable."""
    rng = np.random.default_rng(seed)
    names, edges, outcomes, do, given = interim(rng) if seed % 3 == 0 else anything(rng)
    states = {name: 2 if len(names) > 6 or rng.random() < 0.6 else 3 for name in names}
    shape = [states[name] for name in names]
    joint = rng.dirichlet(np.ones(int(np.prod(shape)))).reshape(shape)
    joint = 0.5 * joint + 0.5 / joint.size

    def value(name: str) -> str:
        return f"{name} = {rng.integers(states[name])}"

    def leaf() -> str:
        told = [f"do({', '.join(map(value, do))})", *map(value, given)]
        if len(outcomes) == 1 and rng.random() < 0.5:
            return f"E[{outcomes[0]} | {', '.join(told)}]"
        return f"P({', '.join(map(value, outcomes))} | {', '.join(told)})"

    effect = str(rng.choice(["{a}", "{a} - {b}", "{a} / {b}", "2 * {a} * {b} - {a}"]))
    effect = effect.format(a=leaf(), b=leaf())
    graph = "; ".join([", ".join(names), *edges])
    return Problem(seed, graph, effect, () if rng.random() < 0.5 else None, names, joint)


def anything(rng: np.random.Generator) -> Asked:
    """A random graph and query."""
    number = int(rng.integers(3, 9))
    names = tuple(f"v{i}" for i in range(number))
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    edges = [f"{a} -> {b}" for a, b in pairs if rng.random() < 2.4 / number]
    edges += [f"{a} <-> {b}" for a, b in pairs if rng.random() < 1.6 / number]
    roles = tuple(map(str, rng.permutation(names)))
    outcomes = roles[: 1 + (rng.random() < 0.35)]
    rest = roles[len(outcomes) :]
    do = rest[: 1 + (rng.random() < 0.3 and len(rest) > 1)]
    return names, tuple(edges), outcomes, do, rest[len(do) :][: int(rng.choice([0, 1, 1, 2]))]


def interim(rng: np.random.Generator) -> Asked:
    """A query whose network has interim stages, of those that the exact tests have collected."""
    kinds = json.loads(gzip.decompress(INTERIM.read_bytes()))
    cases = kinds[str(rng.choice(sorted(kinds)))]
    case = cases[int(rng.integers(len(cases)))]
    edges = [" -> ".join(pair) for pair in case["directed"]] + [
        " <-> ".join(pair) for pair in case["bidirected"]
    ]
    found = re.fullmatch(r"P\((.*) \| do\((.*?)\)(?:, (.*))?\)", case["query"])
    assert found is not None
    outcomes, do, given = (tuple(part.split(", ")) if part else () for part in found.groups())
    return tuple(case["nodes"]), tuple(edges), outcomes, do, given


def check(
    case: Problem, directions: int = 4, policies: Mapping[str, dofx.Table] | None = None
) -> tuple[float, bool] | None:
    """The largest relative difference, and whether a network has interim stages; None if not identifiable."""
    program = dofx.compile(f"graph {{ {case.graph} }}\neffect e = {case.effect}", passes=case.passes)
    assert isinstance(program, dofx.CompiledProgram)
    if not program.identified:
        return None
    program.bind(policies or {})
    rng = np.random.default_rng(case.seed)
    rows = {n: a.ravel() for n, a in zip(case.names, np.indices(case.joint.shape), strict=True)}
    program.fit(dofx.Table(case.names, case.joint))
    values = program.influence(rows)["e"].reshape(case.joint.shape)
    interim = any(
        len(program.sampler_for(query).network.stages) > 1 for query in program.asked.effects[0].kernels
    )

    def answer(joint: Array) -> float:
        return float(program.fit(dofx.Table(case.names, joint)).answer()["e"].value)

    worst = abs(float((values * case.joint).sum()))
    for number in range(directions):
        towards = np.zeros(case.joint.size)
        if number % 2:
            towards[:] = rng.dirichlet(np.ones(towards.size))
        else:
            towards[rng.integers(towards.size)] = 1.0
        towards = towards.reshape(case.joint.shape)
        step = 0.02 * float(case.joint.min())
        near, far = (
            (
                answer(case.joint + h * (towards - case.joint))
                - answer(case.joint - h * (towards - case.joint))
            )
            / (2 * h)
            for h in (step / 2, step)
        )
        truth, said = (4 * near - far) / 3, float((values * towards).sum())
        worst = max(worst, abs(said - truth) / max(1.0, abs(truth)))
    return worst, interim
