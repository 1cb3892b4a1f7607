"""Strategies: a toy one decides what it can, the others decide the rest, and all of it holds to the exact oracle."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

import dofx
from dofx.compiler.estimand.algebra import Conditional, marginal, product
from dofx.compiler.identify import identify
from dofx.compiler.identify.derivation import Rule
from dofx.compiler.identify.strategies import STRATEGIES, Strategy
from dofx.compiler.identify.verdict import Identified, Verdict
from dofx.compiler.identify.work import Work
from models import oracle
from models.graphs import Graph, Query, parse_graph, parse_query, random_cases, random_graph
from posed.judge import judge

QUERY, GRAPH = "P(y | do(x))", "w -> z; w -> x; z -> m -> y; z -> x -> y"
BY_CAUSES = "P(y | do(x)) = Σ_{w, z} P(w, z) P(y | x, w, z)"


def by_direct_causes(work: Work) -> Verdict | None:
    """Adjust for the causes of one intervention that shares none of them unseen (Pearl 2009, theorem 3.2.2)."""
    graph, x = work.graph, work.interventions
    causes = graph.parents_of(x)
    if x.bit_count() != 1 or work.conditions or graph.siblings_of(x) or causes & work.outcomes or not causes:
        return None
    names = graph.order.set
    seen = Conditional(names(work.outcomes), names(x | causes))
    work.note(Rule.SEE, x, graph.all, seen)
    return work.identified(marginal(names(causes), product([Conditional(names(causes), names(0)), seen])))


def first(strategy: Strategy, patch: pytest.MonkeyPatch) -> list[Verdict | None]:
    """Tries a strategy before the others, and lists what it finds."""
    found: list[Verdict | None] = []

    def listed(work: Work) -> Verdict | None:
        found.append(strategy(work))
        return found[-1]

    patch.setattr(identify, "STRATEGIES", (listed, *STRATEGIES))
    return found


def test_the_first_verdict_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    before = dofx.identify(QUERY, GRAPH)
    first(by_direct_causes, monkeypatch)
    after = dofx.identify(QUERY, GRAPH)
    assert (str(after.estimand), [step.rule for step in after.derivation]) == (BY_CAUSES, [Rule.SEE])
    assert str(before.estimand) != BY_CAUSES


def cases() -> Iterator[tuple[Graph, Query, int]]:
    """``P(y | do(x))`` on random graphs; in two of three, x shares no cause unseen."""
    rng = np.random.default_rng([7, 3])
    for seed in range(150):
        graph = random_graph(rng, int(rng.choice((4, 5))))
        x, y = graph.order[-3], graph.order[-1]
        shared = tuple(edge for edge in graph.bidirected if x not in edge or seed % 3 == 0)
        yield Graph(graph.nodes, graph.directed, shared), Query((y,), (x,)), seed


def test_a_strategy_is_held_to_the_oracle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verdict, estimand and network of each query that the toy strategy decides, and of those that it leaves."""
    found = first(by_direct_causes, monkeypatch)
    decided = 0
    for graph, query, seed in cases():
        found.clear()
        judge(graph, query, seed)
        decided += isinstance(found[0], Identified)
    assert 25 < decided < 125


def test_what_a_strategy_finds_is_fitted_and_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fitted exactly, its distribution is the oracle's; each frequency in its sample within five standard errors."""
    first(by_direct_causes, monkeypatch)
    graph, query, rows = parse_graph(GRAPH), parse_query(QUERY), 20_000
    model = oracle.random_model(graph, 5)
    truth = model.truth(query)
    sampler = dofx.compile(QUERY, dofx.graph(GRAPH), passes=[]).fit(dofx.Table(graph.nodes, model.joint()))
    assert str(sampler.estimand) == BY_CAUSES
    assert np.abs(sampler.distribution().array(query.axes) - truth).max() < 1e-6
    for x, law in enumerate(truth):
        drawn = sampler.sample(rows, do={"x": x}, seed=x)["y"].numpy()
        often = np.bincount(drawn, minlength=len(law)) / rows
        assert (np.abs(often - law) < 5 * np.sqrt(law * (1 - law) / rows)).all()


def test_a_strategy_that_gives_up_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def in_vain(work: Work) -> None:
        work.note(Rule.SEE, work.interventions, work.graph.all)
        work.interims.kernels.clear()
        work.interventions = work.conditions = 0

    for graph in (GRAPH, "w -> r -> x -> y; x <-> w <-> y", "x -> y; x <-> y"):
        monkeypatch.undo()
        before = dofx.identify(QUERY, graph)
        found = first(in_vain, monkeypatch)
        assert dofx.identify(QUERY, graph) == before
        assert found == [None]


def test_the_last_strategy_decides_every_query(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the others the verdicts are the same, and so are the exact answers."""
    monkeypatch.setattr(identify, "STRATEGIES", STRATEGIES[-1:])
    verdicts = {judge(*case) for case in random_cases([7, 4], 60, sizes=(3, 4, 5))}
    assert verdicts == {True, False}
