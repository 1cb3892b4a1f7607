"""A kind of data set that dofx does not have: a lottery, whose draws depend on a variable, in place of an experiment.

The toy is the whole of what has to be written: what the kind declares is a world, in which the exposure follows a
policy, and its rows are of that world. Everything after it takes the data set as any other.
"""

from __future__ import annotations

import numpy as np
import pytest

import dofx
from dofx import DataSet, Table
from dofx.compiler.model.worlds import Event, Policy, World
from models.graphs import Query, parse_graph
from models.oracle import Model, random_model

QUERY, ASKED = "P(y | do(x))", Query(("y",), ("x",))
GRAPH = "w -> x -> y; w -> y; x <-> y"


class Lottery(DataSet):
    """Rows in which a lottery drew the last variable of `differs`; its odds depend on the variables before it."""

    @property
    def world(self) -> World:
        *read, drawn = self.differs[-2:]
        return World.where(**{drawn: Policy(self.name, tuple(map(Event, read)))})

    @property
    def design(self) -> tuple[str, ...]:
        return (*super().design, *self.differs[-2:-1])


def lottery() -> Lottery:
    """Draws x with odds that depend on w. The distribution of w is not that of the population."""
    return Lottery("lottery", differs=["w", "x"])


def tables(model: Model, seed: int) -> dict[str, Table]:
    """The tables of the population and of the lottery: there w is another, and x depends on nothing but w."""
    rng = np.random.default_rng([5, seed])
    cards = model.cards
    drawn = model.mechanisms | {
        "w": (("w",), rng.dirichlet(np.ones(cards["w"]))),
        "x": (("w", "x"), 0.2 / cards["x"] + 0.8 * rng.dirichlet(np.ones(cards["x"]), size=cards["w"])),
    }
    there = Model(model.graph, cards, model.latents, drawn)
    names = model.graph.nodes
    return {"P": Table(names, model.joint()), "lottery": Table(names, there.joint())}


def test_its_rows_answer_what_those_of_the_population_do_not() -> None:
    assert not dofx.identify(QUERY, GRAPH)
    assert not dofx.identify(QUERY, GRAPH, data=[DataSet("P"), DataSet("lottery", differs=["w", "x"])])
    found = dofx.identify(QUERY, GRAPH, data=[DataSet("P"), lottery()])
    assert str(found.estimand) == f"{QUERY} = Σ_w P(w) lottery(y | x, w)"


@pytest.mark.parametrize(
    "graph",
    [
        GRAPH,
        "w -> x -> m -> y; w -> y; x <-> m; x <-> y",
        "w -> x -> y; w <-> x; x <-> y; z -> y; x <-> z",
        "x -> y; x <-> y; w -> z -> y",
    ],
)
def test_it_is_held_to_the_oracle(graph: str) -> None:
    """Estimand and network, on random models with two and three states."""
    shape = parse_graph(graph)
    estimand = dofx.identify(QUERY, graph, data=[DataSet("P"), lottery()]).estimand
    assert estimand is not None
    sampler = dofx.compile(QUERY, graph, data=[DataSet("P"), lottery()])
    for seed in range(12):
        model = random_model(shape, seed)
        given, truth = tables(model, seed), model.truth(ASKED)
        assert np.abs(estimand.evaluate(given).array(["x", "y"]) - truth).max() < 1e-9
        assert np.abs(sampler.network.evaluate(given).array(["x", "y"]) - truth).max() < 1e-9


def test_what_it_answers_is_fitted_and_sampled() -> None:
    """Fitted exactly, its distribution is the oracle's; each frequency in its sample within five standard errors."""
    shape, rows = parse_graph(GRAPH), 20_000
    model = random_model(shape, 3)
    truth = model.truth(ASKED)
    sampler = dofx.compile(QUERY, GRAPH, data=[DataSet("P"), lottery()]).fit(tables(model, 3))
    assert np.abs(sampler.distribution().array(["x", "y"]) - truth).max() < 1e-6
    for x, law in enumerate(truth):
        drawn = sampler.sample(rows, do={"x": x}, seed=x)["y"].numpy()
        often = np.bincount(drawn, minlength=len(law)) / rows
        assert (np.abs(often - law) < 5 * np.sqrt(law * (1 - law) / rows)).all()


def test_a_cause_that_only_the_lottery_reads_is_kept_in_the_graph() -> None:
    """The lottery reads w, which y leads to: so x is an effect of y there, which makes a cycle."""
    with pytest.raises(dofx.DofxError, match="cycle"):
        dofx.identify(QUERY, "x -> y -> w; x <-> y", data=[DataSet("P"), lottery()])
