"""Policies at sampling time: train once, ask any policy, of rows whose law under each policy is known."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dofx import Table, load
from dofx.compiler.graph.read import graph_of
from dofx.compiler.model.query import Query
from dofx.compiler.model.resolve import query_of
from dofx.compiler.model.worlds import Event, Policy, World
from dofx.compiler.network.ir import Draw, SamplingNetwork
from dofx.compiler.printers.network.text import parse_network
from dofx.foreign import from_function
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.grammar.parse import parse_query
from dofx.runtime.families.table import TableGenerator
from dofx.runtime.policies.generators import takes_random
from dofx.runtime.sampler import Sampler
from dofx.runtime.variables import Finite
from models.levels import level_rows, level_truth

LINES = """
network P(y)
answer (y)
  z, x ~ P(z, x)
  x' ~ policy g(x | x, z)
  y ~ P(y | z, x = x')
"""


def network() -> SamplingNetwork:
    """``P(y, x | do(x ~ g(x, z)))``."""
    world = World.where(x=Policy("g", (Event("x"), Event("z"))))
    parsed = parse_network(LINES)
    answer = replace(parsed.answer, outputs=(("y", "y"), ("x", "x'")))
    return SamplingNetwork(Query((Event("y", world), Event("x", world)), (), world), (answer,))


@cache
def fitted() -> Sampler:
    types = {"z": Finite(("low", "middle", "high"))}
    return Sampler(network(), types=types).fit(level_rows())


class Logits(nn.Module):
    """A policy with parameters, which gets state numbers of z, a text."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([1.0, -2.0]))

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        score = self.weight[0] * x.float() + self.weight[1] * z.float()
        return torch.stack([torch.zeros_like(score), score], 1)


STATES = {"x": (False, True), "x'": (False, True)}
HALF = Table(["x", "z", "x'"], np.full((2, 3, 2), 0.5), STATES)
KEEP = Table(
    ["z", "x'", "x"], np.broadcast_to(np.eye(2), (3, 2, 2)), {**STATES, "z": ("high", "low", "middle")}
)


@pytest.mark.parametrize(
    ("policy", "chance", "exact"),
    [
        (lambda x, z: ~x, lambda x, z: 1.0 - x, True),
        (lambda x, z: z == "high", lambda x, z: float(z == 2), True),
        (lambda x, z: True, lambda x, z: 1.0, True),
        (lambda x, z, rng: rng.random(len(x)) < 0.25, lambda x, z: 0.25, False),
        (lambda x, z, *, rng: rng.random(len(x)) < 0.25, lambda x, z: 0.25, False),
        (HALF, lambda x, z: 0.5, True),
        (KEEP, lambda x, z: float(x), True),
        (Logits(), lambda x, z: 1 / (1 + np.exp(2.0 * z - x)), True),
        (from_function(lambda noise, given: noise < 0.75, noise="uniform"), lambda x, z: 0.75, False),
    ],
)
def test_train_once_ask_any_policy(policy: Any, chance: Callable[[int, int], float], exact: bool) -> None:
    expected, sampler = level_truth(chance), fitted()
    drawn = sampler.sample(50_000, policies={"g": policy}, seed=3)
    assert abs(float(drawn["y"].double().mean()) - expected) < 0.02
    if exact:
        table = sampler.distribution(policies={"g": policy})
        assert table.names == ("y", "x")
        assert abs(table.marginal(["y"]).array()[1] - expected) < 0.01
        empirical = np.histogram2d(drawn["y"].numpy(), drawn["x"].numpy(), bins=2)[0] / 50_000
        assert np.abs(empirical - table.array()).max() < 0.01
    else:
        with pytest.raises(DofxError, match="E0425"):
            sampler.distribution(policies={"g": policy})


def test_rows_of_a_policy_repeat() -> None:
    sampler = fitted()
    for policy in (lambda x, z: ~x, lambda x, z, rng: rng.random(len(x)) < 0.5):
        first, again = (sampler.sample(3_000, policies={"g": policy}, seed=5) for _ in range(2))
        assert torch.equal(first["y"], again["y"])
        few = sampler.sample(100, policies={"g": policy}, seed=5)
        assert torch.equal(first["x"][:100], few["x"])
    late = sampler.sample(10, policies={"g": lambda x, z: ~x}, seed=5, start=2_000)
    assert torch.equal(
        sampler.sample(3_000, policies={"g": lambda x, z: ~x}, seed=5)["y"][2_000:2_010], late["y"]
    )


def test_a_bound_sampler_keeps_its_policies_and_shares_its_generators() -> None:
    bound = fitted().following({"g": KEEP})
    assert torch.equal(
        bound.sample(500, seed=1)["y"], fitted().sample(500, policies={"g": KEEP}, seed=1)["y"]
    )
    assert all(bound.modules[fit] is fitted().modules[fit] for fit in bound.network.fits)
    sent: Sampler = pickle.loads(pickle.dumps(bound))
    assert torch.equal(sent.sample(500, seed=1)["y"], bound.sample(500, seed=1)["y"])
    folded = bound.folded()
    assert (
        abs(float(folded.sample(50_000, seed=0)["y"].double().mean()) - level_truth(lambda x, z: float(x)))
        < 0.02
    )
    with pytest.raises(DofxError, match="E0461"):
        folded.sample(10, policies={"g": HALF})


def test_gradients_reach_the_parameters_of_a_policy() -> None:
    policy = Logits()
    optimiser = torch.optim.Adam(policy.parameters(), lr=0.2)
    graph = fitted().following({"g": policy}).relaxed()
    for seed in range(40):
        drawn = graph(graph.draw_noise(2_000, torch.Generator().manual_seed(seed)), {}, {})
        loss = -drawn["y"][:, 1].mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    learned = fitted().sample(20_000, policies={"g": policy}, seed=0)
    assert float(learned["x"].float().mean()) > 0.75, "to set x raises y"


def test_what_is_not_seen_under_a_policy() -> None:
    rows = level_rows(5_000)
    kept = ~(rows["x"] & (rows["z"] == "high"))
    rows = {name: values[kept] for name, values in rows.items()}
    sampler = Sampler(network(), types={"z": Finite(("low", "middle", "high"))}).fit(rows)
    assert not sampler.unseen(policies={"g": lambda x, z: x})
    (found,) = sampler.unseen(policies={"g": lambda x, z: np.ones(len(x), bool)})
    assert found.share > 0.05


def fault_of(call: Callable[[], object]) -> str:
    with pytest.raises(DofxError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize(
    ("policies", "message"),
    [
        ({}, "the policy `g` is not given"),
        ({"h": HALF}, "`h` is not a policy of the query"),
        ({"g": 3}, "the policy `g` cannot be 3"),
        (7, "policies is a `int`"),
        ({"g": Table(["z", "x"], np.full((3, 2), 0.5))}, "is a table over z, x, not over x, z, x'"),
        ({"g": Table(["x", "z", "x'"], np.full((2, 2, 2), 0.5))}, "does not have the states of z"),
        ({"g": Table(["x", "z", "x'"], np.full((2, 3, 2), 0.4))}, "is not a distribution of x'"),
        ({"g": lambda x, z: z}, "is not a state"),
        ({"g": lambda x, z: x[:3]}, "does not return what draw `x` takes"),
    ],
)
def test_what_a_policy_cannot_be(policies: Any, message: str) -> None:
    assert message in fault_of(lambda: fitted().sample(10, policies=policies))


def test_how_a_function_takes_random_numbers() -> None:
    assert takes_random(lambda x, z: x, 2) is None
    assert takes_random(lambda x, z, source: x, 2) == ""
    assert takes_random(lambda x, z, rng=None: x, 2) == "rng"
    assert takes_random(lambda *every: every, 2) is None


def test_a_generator_is_a_policy() -> None:
    types = [Finite((False, True)), Finite(("low", "middle", "high"))]
    table = TableGenerator(types[0], types)
    table.set_table(torch.tensor([0.0, 1.0]).expand(2, 3, 2))
    assert bool(fitted().sample(100, policies={"g": table}, seed=0)["x"].all())


def test_a_bundle_keeps_tables_of_policies(tmp_path: Path) -> None:
    bound = fitted().following({"g": KEEP})
    bound.save(tmp_path / "kept")
    again = load(tmp_path / "kept")
    assert again.query == bound.query
    assert torch.equal(again.sample(500, seed=1)["y"], bound.sample(500, seed=1)["y"])
    assert again.sample(100, policies={"g": lambda x, z: True}, seed=1)["x"].all()
    fitted().following({"g": lambda x, z: x}).save(tmp_path / "bare")
    assert "the policy `g` is not given" in fault_of(lambda: load(tmp_path / "bare").sample(10))


def test_a_policy_is_exported_with_its_sampler(tmp_path: Path) -> None:
    for policy in (KEEP, Logits()):
        bound = fitted().following({"g": policy})
        program = torch.export.load(bound.export(tmp_path / "bound.pt2")).module()
        noise = bound.module.draw_noise(500, torch.Generator().manual_seed(0))
        with torch.no_grad():
            drawn, expected = program(*noise.values()), bound.module(noise, {}, {})
        assert torch.equal(drawn["y"], expected["y"])
    with pytest.raises(DofxError, match="E0901"):
        fitted().following({"g": lambda x, z, rng: x}).export(tmp_path / "function.pt2")


def shifted(text: str) -> SamplingNetwork:
    """``P(y, x | do(x = ...))``, a shift in place of the policy."""
    ((_, shift),) = query_of(parse_query(f"P(y | do(x = {text}))"), graph_of("z -> x -> y; z -> y")).do
    assert isinstance(shift, Policy)
    world = World.where(x=shift)
    before, given = network().answer, {"x": ("x", "x"), "z": ("z", "z")}
    draw = Draw.of("x'", "x", tuple(given[str(read)] for read in shift.reads), shift)
    stage = replace(before, draws=(before.draws[0], draw, before.draws[2]))
    return SamplingNetwork(Query((Event("y", world), Event("x", world)), (), world), (stage,))


def real_rows(n: int) -> dict[str, Any]:
    rng = np.random.default_rng(1)
    z = rng.normal(size=n)
    x = 2 + z + rng.normal(size=n)
    return {"z": z, "x": x, "y": x + z + rng.normal(size=n)}


def test_a_shift_of_numbers_moves_each_row() -> None:
    sampler = Sampler(shifted("max(0.5 * x, z)")).fit(real_rows(4_000), epochs=3)
    drawn = sampler.sample(4_000, seed=0)
    rows = real_rows(200_000)
    expected = np.maximum(0.5 * rows["x"], rows["z"])
    assert abs(float(drawn["x"].mean()) - expected.mean()) < 0.1
    graph = sampler.module
    assert not graph.training
    assert sampler.query.policies == {}


def test_a_shift_of_states_is_a_table() -> None:
    rows = level_rows()
    numbers = {**rows, "x": rows["x"].astype(int), "z": np.unique(rows["z"], return_inverse=True)[1]}
    sampler = Sampler(shifted("1 - x")).fit(numbers)
    found = sampler.distribution().marginal(["y"]).array()[1]
    assert abs(found - level_truth(lambda x, z: 1.0 - x)) < 0.01
    assert abs(float(sampler.sample(50_000, seed=0)["y"].double().mean()) - found) < 0.01
    known = Table("zxy", np.random.default_rng(0).dirichlet(np.ones(12)).reshape(3, 2, 2))
    for text in ("1 - x", "min(x + z, 1)", "max(x - 1, 0)"):
        exact = shifted(text).evaluate(known).array(["y", "x"])
        fitted_to = Sampler(shifted(text)).fit(known).distribution().array(["y", "x"])
        np.testing.assert_allclose(fitted_to, exact, atol=1e-12)
    with pytest.raises(DofxError, match="E0463"):
        Sampler(shifted("x + 1")).fit(numbers)
    with pytest.raises(DofxError, match="E0462"):
        Sampler(shifted("min(x, z)"), types={"z": Finite(("low", "middle", "high"))}).fit(rows)
