"""Every pass leaves the exact denotation as it was, keeps the verifier content and does what it is for."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import dofx
from dofx.compiler.driver import resolve
from dofx.compiler.estimand.table import Table
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.identify.identify import identify_query
from dofx.compiler.network.ir import SamplingNetwork
from dofx.compiler.network.lower import lower
from dofx.compiler.network.verify import verify
from dofx.compiler.passes import PASSES, Context, Pass, blanket, prune, see, settle
from faces import cases
from models import oracle
from models.graphs import Graph, Query, random_cases

STRATA = ("unconditional", "conditional", "interim and conditional")


def lowered(graph: Graph, query: Query) -> tuple[SamplingNetwork, ADMG] | None:
    admg = ADMG(graph.nodes, graph.directed, graph.bidirected)
    answer = identify_query(resolve(str(query), admg), admg)
    return (verify(lower(answer.estimand)), admg) if answer.estimand else None


@cache
def networks() -> list[tuple[Graph, Query, SamplingNetwork, ADMG, int]]:
    found = []
    drawn = [(g, q, seed) for g, q, seed in random_cases([11], 500, [4, 5, 6])]
    mined = [(g, q, seed) for stratum in STRATA for seed, (g, q) in enumerate(cases.interim(stratum)[:60])]
    for graph, query, seed in drawn + mined:
        compiled = lowered(graph, query)
        if compiled:
            found.append((graph, query, *compiled, seed))
    return found


@pytest.mark.parametrize("run", [run for run in PASSES if run is not settle], ids=lambda run: run.__name__)
def test_a_pass_keeps_the_exact_denotation(run: Pass) -> None:
    """Of the lowered network, and of what the passes before it leave."""
    changed = 0
    for graph, query, network, admg, seed in networks():
        context = Context.of(admg, states=dict.fromkeys(graph.nodes, 2))
        reached = network
        for before in PASSES[: PASSES.index(run)]:
            reached = before(reached, context)
        for start in dict.fromkeys((network, reached)):
            improved = verify(run(start, context))
            if improved == start:
                continue
            changed += 1
            joint = Table(graph.nodes, oracle.random_model(graph, seed).joint())
            expected = network.evaluate(joint).array(query.axes)
            error = np.abs(expected - improved.evaluate(joint).array(query.axes)).max()
            assert error < 1e-9, f"{run.__name__}: {query} on\n{admg}\nfrom\n{start}\nto\n{improved}"
    assert changed > 5


@pytest.mark.parametrize("run", PASSES, ids=lambda run: run.__name__)
def test_a_pass_is_idempotent(run: Pass) -> None:
    for graph, _, network, admg, _ in networks()[:150]:
        context = Context.of(admg, states=dict.fromkeys(graph.nodes, 2))
        once = run(network, context)
        assert run(once, context) == once


def test_prune_drops_what_nothing_reads() -> None:
    admg = ADMG([], [("w", "x"), ("x", "y")])
    answer = identify_query(resolve("P(w, y | do(x))", admg), admg)
    assert answer.estimand
    network = lower(answer.estimand)
    stage = network.answer
    only_y = type(stage)(stage.name, stage.inputs, stage.draws, (("y", "y"),))
    smaller = SamplingNetwork(dofx.Query.of("y", "x"), (only_y,))
    assert [draw.id for draw in prune(smaller, Context.of(admg)).draws] == ["y"]


def test_passes_never_add_fits_or_conditions() -> None:
    for _, _, network, admg, _ in networks():
        for run in (blanket, prune):
            improved = run(network, Context.of(admg))
            assert len(improved.fits) <= len(network.fits)
            assert sum(len(f.given) for f in improved.fits) <= sum(len(f.given) for f in network.fits)


def test_see_spares_refits_and_keeps_what_the_napkin_needs() -> None:
    before = after = 0
    for _, query, network, admg, _ in networks():
        context = Context.of(admg)
        seen = prune(see(network, context), context)
        assert seen.refits <= network.refits
        if query.conditions:
            before, after = before + network.refits, after + seen.refits
    assert 0 < after < 0.8 * before
    napkin = ADMG([], [("w", "r"), ("r", "x"), ("x", "y")], [("w", "x"), ("w", "y")])
    answer = identify_query(resolve("P(y | do(x))", napkin), napkin)
    assert answer.estimand
    assert see(lower(answer.estimand), Context.of(napkin)).refits == 1


def test_draws_that_read_one_another_are_seen_together() -> None:
    """Tian (2002), p. 90: the inner kernel is Σ_w3 P(w3 | w1, w2) P(x, y | w3, w1, w4, w2) and needs no refit."""
    edges = [("w1", "w2"), ("w2", "x"), ("x", "y"), ("w3", "w4"), ("w4", "x")]
    confounded = [("w1", "x"), ("w1", "y"), ("w1", "w3"), ("w3", "w2"), ("w3", "w5"), ("w5", "w4")]
    admg = ADMG([], edges, confounded)
    answer = identify_query(resolve("P(y | do(x))", admg), admg)
    assert answer.estimand
    assert lower(answer.estimand).refits == 3
    assert prune(see(lower(answer.estimand), Context.of(admg)), Context.of(admg)).refits == 1
