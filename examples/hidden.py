"""Published Bayesian networks with most nodes hidden: interventional answers beside the exact truth."""

from __future__ import annotations

from dataclasses import dataclass

import networks
import numpy as np
from networks import BayesianNetwork
from numpy.typing import NDArray

import dofx

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A query about a published network of which a few nodes are observed.

    Args:
        title: What it shows.
        network: Name of the network.
        about: What the network models, with its source.
        observed: The observed variables; every other node is hidden.
        x: The intervention.
        y: The outcome.
    """

    title: str
    network: str
    about: str
    observed: tuple[str, ...]
    x: str
    y: str

    @property
    def query(self) -> str:
        """The query's text."""
        return f"P({self.y} | do({self.x}))"


FRONT_DOOR = Case(
    "Front-door",
    "alarm",
    "patient monitoring in intensive care, Beinlich et al. (1989)",
    ("VENTALV", "ARTCO2", "EXPCO2"),
    "VENTALV",
    "EXPCO2",
)
NAPKIN = Case(
    "Napkin",
    "andes",
    "a student at work on physics problems, Conati et al. (1997)",
    ("GOAL_81", "GOAL_83", "GOAL_143", "RApp12"),
    "GOAL_143",
    "RApp12",
)


@dataclass(frozen=True)
class Answer:
    """Distributions of the outcome, one row a state of the intervention.

    Args:
        states: The states of the intervention.
        outcomes: The states of the outcome.
        truth: ``P(y | do(x))`` from the whole network.
        estimate: The same from the observed rows, by dofx.
        seen: ``P(y | x)`` in the rows, which is what confounding leaves to a naive eye.
        rows: How many rows were observed.
    """

    states: tuple[str, ...]
    outcomes: tuple[str, ...]
    truth: Array
    estimate: Array
    seen: Array
    rows: int

    def distance(self, other: Array) -> Array:
        """Total variation to the truth, for each state of the intervention."""
        return np.asarray(0.5 * np.abs(other - self.truth).sum(-1))


def compiled(case: Case, network: BayesianNetwork) -> dofx.Sampler:
    """The case's sampler, not fitted; the hidden nodes are projected out by the compiler."""
    types = {v: f"category({', '.join(repr(s) for s in network.states[v])})" for v in case.observed}
    sampler = dofx.compile(case.query, network.graph(case.observed), variables=types)
    assert isinstance(sampler, dofx.Sampler)
    return sampler


def answer(case: Case, network: BayesianNetwork, sampler: dofx.Sampler, rows: int, seed: int = 0) -> Answer:
    """Fit the sampler to sampled rows of the observed variables, and read its exact distribution."""
    data = network.sample(rows, case.observed, seed)
    sampler.fit(data, seed=seed)
    states, outcomes = network.states[case.x], network.states[case.y]
    pairs = [[np.sum((data[case.x] == s) & (data[case.y] == o)) for o in outcomes] for s in states]
    counts = np.array(pairs, dtype=float)
    estimate = sampler.distribution().array([case.x, case.y])
    truth = network.truth((case.y,), (case.x,))
    return Answer(states, outcomes, truth, estimate, counts / counts.sum(1, keepdims=True), rows)


def load(case: Case) -> BayesianNetwork:
    """The case's network."""
    return networks.load(case.network)
