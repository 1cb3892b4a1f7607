"""The variables of a cycle as one draw: just what the chain rule gives, by one generator where there is one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

import dofx
from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.compiler.passes import Context, blanket, settle
from models.cyclic import Finite
from posed.settled import problems

MARKET = "cost -> price -> demand -> price; feedback {price, demand}"


def test_the_cycles_of_a_joint_distribution_are_one_draw_each() -> None:
    """But for a few, between whose members another variable of their district is drawn."""
    together = cycles = 0
    for seed, problem in enumerate(problems(4, 50)):
        graph = problem.admg.acyclic
        order, loops = graph.topological_order(), problem.admg.feedback
        draws = tuple(Draw.of(v, v, tuple((u, u) for u in order[:k])) for k, v in enumerate(order))
        stage = Stage("answer", (), draws, tuple((v, v) for v in order))
        context = Context.of(graph, cycles=loops)
        separate = blanket(SamplingNetwork(Query.of(order), (stage,)), context)
        network = settle(separate, context)
        assert settle(network, context) == network
        table = dofx.Table(
            problem.admg.nodes, Finite.random(problem.graph, np.random.default_rng([2, seed])).joint()
        )
        found = network.evaluate(table).array(problem.admg.nodes)
        np.testing.assert_allclose(found, table.array(), atol=1e-9)
        drawn = {frozenset(draw.variables) for draw in network.draws}
        cycles, together = cycles + len(loops), together + sum(frozenset(loop) in drawn for loop in loops)
        finite = replace(context, states=dict.fromkeys(order, 2))
        assert settle(separate, finite) == separate
    assert cycles > 20
    assert together > 0.75 * cycles


def market(n: int = 500) -> dict[str, np.ndarray]:
    """Rows of price = demand / 2 + cost + noise and demand = -0.8 price + noise, once both have settled."""
    rng = np.random.default_rng(0)
    cost, by_price, by_demand = rng.normal(size=(3, n))
    price = (cost + by_price + by_demand / 2) / 1.4
    return {"cost": cost, "price": price, "demand": by_demand - 0.8 * price}


def test_one_generator_draws_a_cycle_of_numbers(tmp_path: Path) -> None:
    rows = market()
    sampler = dofx.compile("P(price, demand | do(cost))", MARKET).fit(rows, seed=0, epochs=5)
    assert [draw.variables for draw in sampler.network.draws] == [("demand", "price")]
    assert [record.fit for record in sampler.report or ()] == ["P(demand, price | cost)"]
    drawn = sampler.sample(20_000, do={"cost": 1.0}, seed=0)
    price, demand = drawn["price"].double().numpy(), drawn["demand"].double().numpy()
    # Four standard errors of a regression of 500 rows; price and demand vary by 0.8 and 0.91 at each cost.
    assert abs(price.mean() - 1 / 1.4) < 0.2
    assert abs(demand.mean() + 0.8 / 1.4) < 0.2
    sampler.save(tmp_path / "bundle")
    again = dofx.load(tmp_path / "bundle").sample(20, do={"cost": 1.0}, seed=3)
    assert again.to_pandas().equals(sampler.sample(20, do={"cost": 1.0}, seed=3).to_pandas())


def test_states_and_chosen_generators_stay_apart() -> None:
    rows = market(300)
    coins = {name: values > 0 for name, values in rows.items()}
    finite = dofx.compile("P(price, demand | do(cost))", MARKET).fit(coins)
    assert [len(draw.ids) for draw in finite.network.draws] == [1, 1]
    assert finite.distribution().array().sum() == np.float64(2)
    mixed = dofx.compile("P(price, demand | do(cost))", MARKET).fit(
        rows | {"price": coins["price"]}, epochs=1
    )
    assert [len(draw.ids) for draw in mixed.network.draws] == [1, 1]
    chosen = dofx.compile("P(price, demand | do(cost))", MARKET)
    chosen.fit(rows, epochs=1, generators={"price": "spline"})
    assert [len(draw.ids) for draw in chosen.network.draws] == [1, 1]
    text = "query a = P(price, demand | do(cost))\nquery b = P(price | do(cost))"
    program = dofx.compile(text, MARKET).fit(rows, epochs=1)
    assert [len(draw.ids) for draw in program["a"].network.draws] == [2]
