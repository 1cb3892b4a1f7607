"""Instruments: found where two-stage least squares recovers the effect of a linear model, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

import dofx
from dofx.compiler.identify.instruments import instruments


def found(query: str, graph: str, **limits: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.name, each.given) for each in instruments(dofx.identify(query, graph, **limits))]


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        ("z -> x -> y; x <-> y", [("z", ())]),
        ("z <-> x; x -> y; x <-> y", [("z", ())]),  # it need not be a cause
        ("z -> x -> y; x <-> y; z -> y", []),  # it affects the outcome itself
        ("z -> x -> y; x <-> y; z <-> y", []),
        ("w -> {z, y}; z -> x -> y; x <-> y", [("z", ("w",))]),
        ("z -> x -> m -> y; x <-> y; x <-> m", [("z", ())]),  # the effect goes through m
        ("x -> y; x <-> y; z -> y", []),  # it says nothing about the cause
        ("x -> z; x -> y; x <-> y", []),  # an effect of the cause
        ("latent u; u -> {x, y}; z -> x -> y; t -> z", [("z", ()), ("t", ())]),
    ],
)
def test_by_hand(graph: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert found("P(y | do(x))", graph) == expected


def test_only_where_they_are_needed() -> None:
    assert found("P(y | do(x))", "z -> x -> y") == []
    assert found("P(y | do(x, z))", "z -> x -> y; x <-> y") == []


def test_a_variable_that_is_to_be_avoided_is_not_conditioned_on() -> None:
    graph = "w -> {z, y}; z -> x -> y; x <-> y"
    assert found("P(y | do(x))", graph, avoid="w") == []


def test_on_linear_models() -> None:
    """What is named in random graphs gives the effect exactly: in five random linear models each, from covariances."""
    rng = np.random.default_rng(5)
    named = 0
    for _ in range(600):
        n = int(rng.integers(3, 6))
        arrows = np.triu(rng.random((n, n)) < 0.5, 1)
        arcs = np.triu(rng.random((n, n)) < 0.3, 1)
        x, y = sorted(rng.choice(n, 2, replace=False))
        edges = [f"v{i} -> v{j}" for i, j in np.argwhere(arrows)]
        edges += [f"v{i} <-> v{j}" for i, j in np.argwhere(arcs)]
        identification = dofx.identify(
            f"P(v{y} | do(v{x}))", "; ".join([*(f"v{i}" for i in range(n)), *edges])
        )
        for each in instruments(identification):
            given = [int(name[1:]) for name in each.given]
            named += 1
            assert all(is_right(arrows, arcs, x, y, int(each.name[1:]), given, rng) for _ in range(5)), str(
                each
            )
    assert named > 20


def is_right(
    arrows: np.ndarray, arcs: np.ndarray, x: int, y: int, z: int, given: list[int], rng: np.random.Generator
) -> bool:
    """Whether cov(z, y | given) / cov(z, x | given) is the effect of x on y in one random linear model."""
    n = len(arrows)
    weights = arrows * rng.normal(size=(n, n))
    noise = np.eye(n) * n
    for i, j in np.argwhere(arcs):
        noise[i, j] = noise[j, i] = rng.uniform(0.3, 0.9)
    total = np.linalg.inv(np.eye(n) - weights.T)
    covariance = total @ noise @ total.T
    if given:
        inner = np.linalg.solve(covariance[np.ix_(given, given)], covariance[given])
        covariance = covariance - covariance[:, given] @ inner
    return bool(np.isclose(covariance[z, y] / covariance[z, x], total[y, x], atol=1e-8))
