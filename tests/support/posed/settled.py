"""Problems on graphs with cycles, posed to dofx through its public contract, and how far its answers are off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

import dofx
from models.cyclic import Cyclic, Finite, Linear, random_graph, random_query
from oracles.gaussian import gaussian


@dataclass(frozen=True)
class Problem:
    """``P(outcomes | do(interventions), conditions)`` on a graph."""

    graph: Cyclic
    outcomes: list[str]
    interventions: list[str]
    conditions: list[str]

    @property
    def query(self) -> str:
        """The query as text."""
        rest = "".join(f", {name}" for name in self.conditions)
        return f"P({', '.join(self.outcomes)} | do({', '.join(self.interventions)}){rest})"

    @property
    def admg(self) -> dofx.ADMG:
        """The graph, which admits all of its cycles."""
        graph = self.graph
        return dofx.ADMG(graph.nodes, graph.directed, graph.bidirected, feedback=graph.nodes)


def problems(seed: int, number: int, smallest: int = 3, largest: int = 6) -> Iterator[Problem]:
    """Random problems; most graphs have a cycle."""
    rng = np.random.default_rng([2019, seed])
    made = 0
    while made < number:
        graph = random_graph(rng, int(rng.integers(smallest, largest + 1)))
        outcomes, interventions, conditions = random_query(rng, graph)
        if interventions:
            made += 1
            yield Problem(graph, outcomes, interventions, conditions)


def linear_error(problem: Problem, estimand: dofx.Estimand, seed: int) -> float:
    """The largest error of an estimand on a linear model, in entries of the quadratic form."""
    model = Linear.random(problem.graph, np.random.default_rng([1, seed]))
    truth = model.truth(problem.outcomes, problem.interventions, problem.conditions)
    return float(np.abs(gaussian(estimand, problem.graph.nodes, model.precision) - truth).max())


def finite_error(problem: Problem, answering: dofx.Estimand | dofx.SamplingNetwork, seed: int) -> float:
    """The largest error of an estimand or a network on a finite model, in probabilities."""
    model = Finite.random(problem.graph, np.random.default_rng([2, seed]))
    truth = model.truth(problem.outcomes, problem.interventions, problem.conditions)
    found = answering.evaluate(dofx.Table(problem.graph.nodes, model.joint()))
    axes = [*problem.interventions, *problem.conditions, *problem.outcomes]
    array = found.array([name for name in axes if name in found.names])
    shape = [model.sizes[name] if name in found.names else 1 for name in axes]
    return float(np.abs(array.reshape(shape) - truth).max())
