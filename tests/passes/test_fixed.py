"""An interim stage is the distribution of its outputs under do(fixed), as the oracle knows it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import dofx
from dofx.compiler.driver import resolve
from dofx.compiler.estimand.contraction import contract
from dofx.compiler.estimand.table import Table
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.identify.identify import identify_query
from dofx.compiler.network.exact import evaluate
from dofx.compiler.network.ir import SamplingNetwork, Stage
from dofx.compiler.network.lower import lower
from dofx.compiler.passes import Context, prune, see
from faces import cases
from models import oracle
from models.graphs import Graph, Query, random_cases


def staged() -> Iterator[tuple[Graph, Query, int]]:
    """Queries whose networks have interim stages, most of them."""
    yield from random_cases([12], 600, [5, 6])
    for stratum in ("unconditional", "interim and conditional"):
        yield from ((*case, seed) for seed, case in enumerate(cases.interim(stratum)[:80]))


def upto(network: SamplingNetwork, stage: Stage) -> SamplingNetwork:
    """The network that ends with an interim stage."""
    stages = network.stages[: network.stages.index(stage) + 1]
    asked = dofx.Query.of((variable for variable, _ in stage.outputs), stage.input_variables)
    return SamplingNetwork(asked, stages)


def test_a_stage_is_a_distribution_under_do() -> None:
    checked = 0
    for graph, query, seed in staged():
        admg = ADMG(graph.nodes, graph.directed, graph.bidirected)
        estimand = identify_query(resolve(str(query), admg), admg).estimand
        if not estimand or not estimand.kernels:
            continue
        model = oracle.random_model(graph, seed)
        joint = Table(graph.nodes, model.joint())
        raw = lower(estimand)
        context = Context.of(admg)
        for network in (raw, prune(raw, context), prune(see(raw, context), context)):
            for stage in network.stages[:-1]:
                assert stage.world is not None
                part = upto(network, stage)
                value = evaluate(part, joint).array(part.query.variables)
                causal = Query(part.query.outcomes, stage.world.variables)
                ones = [(np.ones(joint.sizes[name]), (name,)) for name in stage.input_variables]
                truth = contract([(model.truth(causal), causal.axes), *ones], part.query.variables)
                assert np.abs(value - truth).max() < 1e-9, f"{stage} of {query} on {graph}"
                checked += 1
    assert checked > 300
