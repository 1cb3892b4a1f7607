"""Published Bayesian networks with most nodes hidden: interventional answers beside the exact truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

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
        observed: The observed variables and what they mean; every other node is hidden.
        x: The intervention.
        y: The outcome.
        generators: Families of generators where the default does not suit the rows.
    """

    title: str
    network: str
    about: str
    observed: Mapping[str, str]
    x: str
    y: str
    generators: Mapping[str, str] = field(default_factory=dict)

    @property
    def query(self) -> str:
        """The query's text."""
        return f"P({self.y} | do({self.x}))"


FRONT_DOOR = Case(
    "Front-door",
    "alarm",
    "patients in intensive care, Beinlich et al. (1989)",
    {
        "VENTALV": "ventilation of the alveoli",
        "ARTCO2": "carbon dioxide in the arteries",
        "EXPCO2": "carbon dioxide breathed out",
    },
    "VENTALV",
    "EXPCO2",
)
NAPKIN = Case(
    "Napkin",
    "diabetes",
    "glucose and insulin hour by hour, Andreassen et al. (1991)",
    {
        "endo_bal_0": "glucose that the body itself gains or loses in an hour",
        "tot_bal_0": "the same with what meals add",
        "bg_1": "blood glucose at the end of that hour",
        "ins_dep_util_1": "glucose that insulin lets muscle and fat take up in the next, mmol/kg/h",
    },
    "bg_1",
    "ins_dep_util_1",
    # 255 and 2,805 combinations of conditions, most of them rare: a network learns from their neighbours.
    {"bg_1": "softmax", "P(ins_dep_util_1 | endo_bal_0, tot_bal_0, bg_1)": "softmax"},
)


@dataclass(frozen=True)
class Answer:
    """Distributions of the outcome, one row a state of the intervention.

    Args:
        states: The states of the intervention.
        outcomes: The states of the outcome.
        shares: How frequent each state of the intervention is in the rows.
        truth: ``P(y | do(x))`` from the whole network.
        estimate: The same from the observed rows, by dofx.
        seen: ``P(y | x)`` in the rows, which is what confounding leaves to a naive eye.
        trial: The same as `truth`, estimated from a randomised experiment of as many rows.
    """

    states: tuple[str, ...]
    outcomes: tuple[str, ...]
    shares: Array
    truth: Array
    estimate: Array
    seen: Array
    trial: Array

    def distances(self, other: Array) -> Array:
        """Total variation to the truth, for each state of the intervention."""
        return np.asarray(0.5 * np.abs(other - self.truth).sum(-1))

    def distance(self, other: Array) -> float:
        """The same, averaged over the states as often as they occur."""
        return float(self.shares @ self.distances(other))


def compiled(case: Case, network: BayesianNetwork) -> dofx.Sampler:
    """The case's sampler, not fitted; the hidden nodes are projected out by the compiler."""
    types = {v: f"category({', '.join(repr(s) for s in network.states[v])})" for v in case.observed}
    sampler = dofx.compile(case.query, network.graph(tuple(case.observed)), variables=types)
    assert isinstance(sampler, dofx.Sampler)
    return sampler


def answer(
    case: Case,
    network: BayesianNetwork,
    sampler: dofx.Sampler,
    rows: int,
    *,
    epochs: int | None = None,
    seed: int = 0,
) -> Answer:
    """Fit the sampler to sampled rows of the observed variables, and read its exact distribution."""
    data = network.sample(rows, tuple(case.observed), seed)
    sampler.fit(data, generators=dict(case.generators), epochs=epochs, seed=seed)
    states, outcomes = network.states[case.x], network.states[case.y]
    pairs = [[np.sum((data[case.x] == s) & (data[case.y] == o)) for o in outcomes] for s in states]
    counts = np.array(pairs)
    shown = np.maximum(counts.sum(1, keepdims=True), 1)
    truth = network.truth((case.y,), (case.x,))
    return Answer(
        states,
        outcomes,
        counts.sum(1) / rows,
        truth,
        sampler.distribution().array([case.x, case.y]),
        counts / shown,
        np.random.default_rng(seed).multinomial(shown[:, 0], truth) / shown,
    )


def load(case: Case) -> BayesianNetwork:
    """The case's network."""
    return networks.load(case.network)
