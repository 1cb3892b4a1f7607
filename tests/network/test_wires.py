"""Wires: draws that read constants, one variable as an input twice, and policies, in every form of a network."""

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from dofx import Table
from dofx.compiler.driver import resolve
from dofx.compiler.emit import emit
from dofx.compiler.graph.admg import ADMG
from dofx.compiler.identify.identify import identify_query
from dofx.compiler.model.query import Query
from dofx.compiler.model.worlds import Constant, Event, Open, Policy, World
from dofx.compiler.network.ir import Draw, SamplingNetwork, Wire
from dofx.compiler.network.lower import lower
from dofx.compiler.network.verify import InvalidNetworkError, verify
from dofx.compiler.passes import PASSES, Context
from dofx.compiler.printers.network.json import network_to_json
from dofx.compiler.printers.network.text import parse_network
from dofx.runtime.families.table import TableGenerator
from dofx.runtime.variables import Finite
from dofx.runtime.variables.constants import encoder
from faces import cases
from models import oracle
from models.graphs import random_cases
from posed.mine import STRATA

BACK_DOOR = """
network P(y | do(x))
answer (y ‖ x)
  z ~ P(z | x)
  y ~ P(y | x = 1, z)
"""


def rewired(network: SamplingNetwork, query: Query, rng: np.random.Generator) -> SamplingNetwork:
    """The network in which each draw of the answer reads its interventions as seen, as set or at a constant."""
    world = World(tuple((name, Open(f"?{name}")) for name in query.interventions))
    given = (
        *(Event(name) for name in query.interventions),
        *(Event(name, world) for name in query.conditions),
    )
    several = Query(tuple(Event(name, world) for name in query.outcomes), given)
    set_as = {*query.interventions} & {*network.inputs}

    def wire(name: str, now: Wire) -> Wire:
        if now not in network.inputs:
            return now
        if now not in set_as:
            return f"{now}[{world}]"
        wires: tuple[Wire, ...] = (name, f"?{name}", Constant(int(rng.integers(2))))
        return wires[int(rng.integers(3))]

    answer = network.answer
    draws = tuple(replace(d, given=tuple((v, wire(v, now)) for v, now in d.given)) for d in answer.draws)
    inputs = tuple(
        (name, id)
        for name, now in answer.inputs
        for id in ((name, f"?{name}") if now in set_as else (f"{now}[{world}]",))
    )
    stage = replace(answer, draws=draws, inputs=inputs)
    return verify(SamplingNetwork(several, (*network.stages[:-1], stage)))


def wired() -> Iterator[tuple[ADMG, SamplingNetwork, Table, str]]:
    """Networks with random wires: of random graphs, and of queries whose answer recurses."""
    drawn = [*random_cases([12, 5], 60, sizes=(3, 4, 5))]
    drawn += [(g, q, seed) for stratum in STRATA for seed, (g, q) in enumerate(cases.interim(stratum)[:20])]
    for graph, query, seed in drawn:
        admg = ADMG(graph.nodes, graph.directed, graph.bidirected)
        estimand = identify_query(resolve(str(query), admg), admg).estimand
        if estimand is None or not query.interventions:
            continue
        network = rewired(lower(estimand), estimand.query, np.random.default_rng([seed, 8]))
        joint = Table(graph.nodes, oracle.random_model(graph, seed).joint())
        yield admg, network, joint, f"{query} on {graph}"


def test_every_pass_keeps_the_meaning_of_wires() -> None:
    changed = dict.fromkeys((run.__name__ for run in PASSES), 0)
    for graph, network, joint, what in wired():
        context = Context.of(graph, states=joint.sizes)
        axes = network.query.variables
        expected = network.evaluate(joint).array(axes)
        before = network
        for run in PASSES:
            after = verify(run(before, context))
            assert np.abs(after.evaluate(joint).array(axes) - expected).max() < 1e-9, (
                f"{run.__name__}: {what}"
            )
            changed[run.__name__] += after != before
            before = after
    del changed["turn"]  # which is for queries over several worlds
    del changed["settle"]  # which is for graphs with cycles
    assert min(changed.values()) > 2, changed


def test_wires_print_and_parse() -> None:
    lines = BACK_DOOR + "  w ~ P(w | x = 'a \"b\"', z = true, u = -1.5, y)\n  x' ~ policy g(x | z, y = 2)"
    network = parse_network(lines)
    assert parse_network(str(network)) == network
    assert network.draws[1].given == (("x", Constant(1)), ("z", "z"))
    assert network.draws[1].reads == ("z",)
    assert network.draws[3].source == Policy("g", (Event("z"), Event("y")))
    kept = network_to_json(network)["stages"][0]["draws"]
    assert json.loads(json.dumps(kept)) == kept
    assert "x = 1" in parse_network(BACK_DOOR)._repr_svg_()


def test_a_constant_is_an_entry_of_the_table() -> None:
    joint = Table("zxy", np.random.default_rng(0).dirichlet(np.ones(8)).reshape(2, 2, 2))
    p = joint.array()
    z_given_x = p.sum(2) / p.sum((0, 2))
    expected = np.einsum("zx,zy->xy", z_given_x, p[:, 1] / p[:, 1].sum(1, keepdims=True))
    found = parse_network(BACK_DOOR).evaluate(joint)
    np.testing.assert_allclose(found.array(["x", "y"]), expected, atol=1e-12)
    labelled = Table("zxy", p, {"x": ("low", "high")})
    named = parse_network(BACK_DOOR.replace("x = 1", "x = 'high'")).evaluate(labelled)
    np.testing.assert_allclose(named.array(["x", "y"]), expected, atol=1e-12)


def test_a_policy_is_a_table_that_comes_with_the_question() -> None:
    network = parse_network("""
        network P(y | do(w))
        answer (y ‖ w)
          z, x ~ P(z, x)
          x' ~ policy g(x | x, z)
          y ~ P(y | z, x = x', w)
    """)
    rng = np.random.default_rng(1)
    joint = Table("wzxy", rng.dirichlet(np.ones(24)).reshape(2, 3, 2, 2))
    g = rng.dirichlet(np.ones(2), (2, 3))
    p = joint.array()
    y = p / p.sum(-1, keepdims=True)
    expected = np.einsum("zx,xzv,wzvy->wy", p.sum((0, 3)), g, y)
    found = network.evaluate(joint, policies={"g": Table(["x", "z", "x'"], g)})
    np.testing.assert_allclose(found.array(["w", "y"]), expected, atol=1e-12)
    context = Context.of(ADMG([], [("z", "x"), ("z", "y"), ("x", "y"), ("w", "y")]), states=joint.sizes)
    for run in PASSES:
        network = verify(run(network, context))
    found = network.evaluate(joint, policies={"g": Table(["x'", "x", "z"], np.moveaxis(g, -1, 0))})
    np.testing.assert_allclose(found.array(["w", "y"]), expected, atol=1e-12)
    assert not any(fit.is_policy for fit in network.fits)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (None, "is not given"),
        (Table(["z", "x"], np.full((3, 2), 0.5)), "is over z, x, not x, z, x'"),
        (Table(["x", "z", "x'"], np.full((2, 2, 2), 0.5)), "has 2 entries for z, not 3"),
        (Table(["x", "z", "x'"], np.full((2, 3, 2), 0.4)), "is not a distribution of x'"),
    ],
)
def test_what_a_policy_must_be(table: Table | None, message: str) -> None:
    network = parse_network("network P(x)\nanswer (x = x')\n  z, x ~ P(z, x)\n  x' ~ policy g(x | x, z)")
    joint = Table("zx", np.full((3, 2), 1 / 6))
    with pytest.raises(ValueError, match=message):
        network.evaluate(joint, policies={} if table is None else {"g": table})


def test_two_outcomes_may_be_one_value() -> None:
    world = World.where(x=Constant(0))
    query = Query((Event("z", world), Event("z")))
    network = parse_network("network P(z)\nanswer (z)\n  z ~ P(z)")
    stage = replace(network.answer, outputs=(("z", "z"), ("z", "z")))
    found = SamplingNetwork(query, (stage,)).evaluate(Table("z", [0.3, 0.7]))
    assert found.names == ("z[x=0]", "z")
    np.testing.assert_allclose(found.array(), [[0.3, 0.0], [0.0, 0.7]])


def test_the_verifier_knows_wires() -> None:
    network = parse_network("network P(x)\nanswer (x = x')\n  z, x ~ P(z, x)\n  x' ~ policy g(x | x, z)")
    draw = replace(network.draws[1], given=network.draws[1].given[::-1])
    with pytest.raises(InvalidNetworkError, match="sets one variable and reads x, z"):
        verify(replace(network, stages=(replace(network.answer, draws=(network.draws[0], draw)),)))


def test_an_emitted_constant_is_a_buffer() -> None:
    network = parse_network(BACK_DOOR)
    types = {name: Finite(("low", "high")) for name in "xyz"}
    constant = replace(network.draws[1], given=(("x", Constant("high")), ("z", "z")))
    stage = replace(network.answer, draws=(network.draws[0], constant))
    network = SamplingNetwork(network.query, (stage,))
    modules = {
        fit: TableGenerator(types[fit.targets[0]], [types[v] for v in fit.given]) for fit in network.fits
    }
    certain = torch.tensor([[[1.0, 0.0], [1.0, 0.0]], [[0.0, 1.0], [0.0, 1.0]]])
    modules[constant.fit].set_table(certain)
    graph = emit(network, modules, encoder(types))
    assert [name for name, _ in graph.named_buffers() if "constant" in name] == ["constant_x_high"]
    drawn = graph(graph.draw_noise(50), {"x": torch.zeros(50, dtype=torch.int64)}, {})
    assert drawn["y"].tolist() == [1] * 50


def test_what_a_draw_reads_is_worked_out_once() -> None:
    draw = Draw.of("y", "y", (("x", "x"),))
    assert draw.fit is draw.fit
    assert draw.reads is draw.reads
    other = replace(draw, given=(("z", "z"),))
    assert (other.fit.given, other.reads) == (("z",), ("z",))
    assert draw == Draw.of("y", "y", (("x", "x"),)), "what is kept tells no two draws apart"
