"""Fusing whole chains of draws, and the order of conditions by which fits are shared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dofx.compiler.driver import compile_query
from dofx.compiler.estimand.table import Table
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.model.query import Query
from dofx.compiler.model.worlds import FACTUAL
from dofx.compiler.network.ir import Draw, SamplingNetwork, Simulated, Stage
from dofx.compiler.network.verify import verify
from dofx.compiler.passes import Context, blanket, fuse, prune, share
from dofx.compiler.passes.cost import cost
from models import oracle
from models.graphs import Graph, random_graph


def chain(graph: Graph, outcomes: tuple[str, ...], *, staged: bool) -> SamplingNetwork:
    """The joint of all variables by the chain rule, drawn from the data or a copy of it, cut to a few."""
    draws = tuple(Draw.of(v, v, tuple((u, u) for u in graph.order[:k])) for k, v in enumerate(graph.order))
    everything = tuple((v, v) for v in graph.order)
    kept = tuple((v, v) for v in outcomes)
    if not staged:
        return SamplingNetwork(Query.of(outcomes), (Stage("answer", (), draws, kept),))
    copy = Stage("Q₁", (), draws, everything, FACTUAL)
    again = tuple(replace(d, source=Simulated("Q₁")) for d in draws)
    return SamplingNetwork(Query.of(outcomes), (copy, Stage("answer", (), again, kept)))


def test_fuse_keeps_the_distribution_and_drops_draws() -> None:
    rng = np.random.default_rng(5)
    hidden = left = 0
    for seed in range(120):
        graph = random_graph(rng, int(rng.choice([4, 5, 6])))
        admg = ADMG(graph.nodes, graph.directed, graph.bidirected)
        outcomes = tuple(v for v in graph.nodes if rng.random() < 0.5) or graph.nodes[:1]
        joint = Table(graph.nodes, oracle.random_model(graph, seed).joint())
        before = blanket(chain(graph, outcomes, staged=seed % 3 == 0), Context.of(admg))
        after = verify(prune(fuse(before, Context.of(admg)), Context.of(admg)))
        error = np.abs(before.evaluate(joint).array(outcomes) - after.evaluate(joint).array(outcomes)).max()
        assert error < 1e-9, f"{admg}\n{before}\n{after}"
        assert cost(after) <= cost(before)
        hidden += len(before.answer.hidden)
        left += len(after.answer.hidden)
    assert left < 0.7 * hidden


def test_a_large_draw_pays_for_wider_conditionals() -> None:
    graph = ADMG([], [("a", "h"), ("b", "h"), ("h", "y"), ("c", "y"), ("d", "y")])
    draws = (
        Draw.of("h", "h", (("a", "a"), ("b", "b"))),
        Draw.of("y", "y", (("h", "h"), ("c", "c"), ("d", "d"))),
    )
    inputs = tuple((v, v) for v in "abcd")
    network = SamplingNetwork(Query.of("y", "abcd"), (Stage("answer", inputs, draws, (("y", "y"),)),))
    assert fuse(network, Context.of(graph)) == network
    assert len(fuse(network, Context.of(graph, sizes={"h": 784})).draws) == 1


def test_sources_and_values_are_not_mixed() -> None:
    graph = ADMG([], [("x", "h"), ("x", "y"), ("h", "y")])
    draws = (
        Draw.of("x'", "x"),
        Draw.of("h", "h", (("x", "x"),)),
        Draw.of("y", "y", (("x", "x'"), ("h", "h"))),
    )
    network = SamplingNetwork(
        Query.of(("y",), ("x",)), (Stage("answer", (("x", "x"),), draws, (("y", "y"),)),)
    )
    assert fuse(network, Context.of(graph)) == network


def test_queries_about_one_graph_share_fits() -> None:
    graph = ADMG([], [("a", "x"), ("b", "x"), ("x", "m"), ("a", "y"), ("b", "y"), ("m", "y")], [("x", "y")])
    fits = [
        fit
        for query in ("P(y | do(m))", "P(y | do(m, a))", "P(y | do(b, m))")
        for fit in compile_query(query, graph).network.fits
    ]
    by_set = {(fit.targets, frozenset(fit.given), fit.source) for fit in fits}
    assert len(set(fits)) == len(by_set)


def test_equal_stages_are_one() -> None:
    inner = (Draw.of("x", "x"), Draw.of("y", "y", (("x", "x"),)))
    stages = tuple(Stage(name, (), inner, (("x", "x"), ("y", "y"))) for name in ("Q₁", "Q₂"))
    draws = tuple(
        Draw.of(id, "y", (("x", "x"),), Simulated(name)) for id, name in (("y", "Q₁"), ("y'", "Q₂"))
    )
    network = SamplingNetwork(
        Query.of(("y",), ("x",)), (*stages, Stage("answer", (("x", "x"),), draws, (("y", "y"),)))
    )
    shared = verify(share(network, Context.of(ADMG([], [("x", "y")]))))
    assert [stage.name for stage in shared] == ["Q₁", "answer"]
    assert (network.refits, shared.refits) == (2, 1)
