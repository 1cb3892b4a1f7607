"""A sampler's graph inside other people's modules: gradients, vmap, compilation, precision, copies."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import dofx
from dofx.compiler.emit import GradientWarning, SamplingGraph
from dofx.foreign import from_function
from dofx.runtime.foreign.foreign import Given
from dofx.runtime.sampler import Sampler
from models.worlds import FRONT_DOOR, front_door_rows
from stand_ins.zoo import inputs, small, zoo

ROWS = 64
KNOWING = pytest.mark.filterwarnings("ignore::dofx.compiler.emit.GradientWarning")
"""For tests that know that part of the gradient stops at a finite draw."""


class Host(nn.Module):
    """Reads samples into a layer of its own."""

    def __init__(self, sampler: nn.Module) -> None:
        super().__init__()
        self.sampler = sampler
        self.head = nn.Linear(4, 1)

    def forward(self, noise: dict[str, Tensor], do: dict[str, Tensor], given: dict[str, Tensor]) -> Tensor:
        rows = self.sampler(noise, do, given)
        seen = [rows["visit"], rows["mood"], rows["cost"], rows["scan"][:, 0]]
        return self.head(torch.stack([value.float() for value in seen], dim=1))


@pytest.fixture
def host() -> Host:
    torch.manual_seed(0)
    return Host(copy.deepcopy(zoo().module))


def scan(dose: Tensor) -> Tensor:
    """The mean of an outcome that is drawn through others, at one dose."""
    noise, _, given = inputs(zoo(), ROWS)
    mean: Tensor = zoo().module(noise, {"dose": dose.expand(ROWS)}, given)["scan"].mean(0)
    return mean


@KNOWING
def test_gradients_of_do_values_are_those_of_finite_differences() -> None:
    noise, _, given = inputs(zoo(), ROWS)
    doses = torch.linspace(-1, 1, ROWS, requires_grad=True)
    (slopes,) = torch.autograd.grad(zoo().module(noise, {"dose": doses}, given)["scan"].sum(), doses)
    step = 1e-2
    with torch.no_grad():
        ends = [zoo().module(noise, {"dose": doses + sign * step}, given) for sign in (1, -1)]
    same = ends[0]["mood"] == ends[1]["mood"]  # where a state jumps, the difference has no limit
    same &= (ends[0]["cost"] == 0) == (ends[1]["cost"] == 0)
    differences = ((ends[0]["scan"] - ends[1]["scan"]) / (2 * step)).sum(1)
    assert same.float().mean() > 0.8
    torch.testing.assert_close(slopes[same], differences[same], rtol=0.05, atol=0.05)
    assert slopes.abs().min() > 0


@KNOWING
@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")  # torch's own, in jacfwd
def test_transforms_of_functions_agree() -> None:
    dose = torch.tensor(0.3)
    backward = torch.func.jacrev(scan)(dose)
    torch.testing.assert_close(torch.func.jacfwd(scan)(dose), backward)
    (column,) = torch.autograd.grad(scan(value := dose.clone().requires_grad_())[1], value)
    torch.testing.assert_close(column, backward[1])
    curvature = torch.func.hessian(lambda value: scan(value).sum())(dose)
    assert curvature.shape == ()
    assert bool(curvature.isfinite())


def test_vmap_over_do_values_is_a_loop() -> None:
    doses = torch.linspace(-1, 2, 5)
    torch.testing.assert_close(torch.func.vmap(scan)(doses), torch.stack([scan(dose) for dose in doses]))


def test_the_graph_itself_is_mapped_over_many_inputs() -> None:
    """Torch asks what it maps for its name, or else for its text, and zuko draws random numbers for that."""
    many = [inputs(small(), 5, seed) for seed in range(3)]
    stacked = [{name: torch.stack([each[k][name] for each in many]) for name in many[0][k]} for k in range(3)]
    found = torch.func.vmap(small().module)(*stacked)
    for place, each in enumerate(many):
        for name, value in small().module(*each).items():
            torch.testing.assert_close(found[name][place], value)


def test_finite_samplers_vmap_too() -> None:
    rows, _ = front_door_rows(200)
    module = Sampler(FRONT_DOOR).fit(rows, progress=False).module
    noise = {origin.draw: torch.rand(9) for origin in module.provenance}
    arms = torch.func.vmap(lambda x: module(noise, {"x": x.expand(9)}, {})["y"])(torch.tensor([0, 1]))
    assert torch.equal(arms[1], module(noise, {"x": torch.ones(9, dtype=torch.int64)}, {})["y"])


def test_a_sampler_compiles_into_one_graph() -> None:
    compiled = torch.compile(small().module, fullgraph=True, backend="aot_eager")
    arguments = inputs(small(), ROWS)
    torch.testing.assert_close(compiled(*arguments), small().module(*arguments))


@pytest.mark.long
def test_the_host_compiles_into_one_graph(host: Host) -> None:
    compiled = torch.compile(host, fullgraph=True, backend="aot_eager")
    arguments = inputs(zoo(), ROWS)
    torch.testing.assert_close(compiled(*arguments), host(*arguments))


def test_autocast_costs_digits_of_the_networks_alone(host: Host) -> None:
    arguments = inputs(zoo(), ROWS)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = host.sampler(*arguments)
        assert host(*arguments).dtype == torch.bfloat16
    expected = host.sampler(*arguments)
    assert {name: value.dtype for name, value in found.items()} == {n: v.dtype for n, v in expected.items()}
    for name in ("visit", "mood"):
        assert (found[name] != expected[name]).float().mean() <= 0.05
    off = (found["cost"] - expected["cost"]).abs() / (1 + expected["cost"].abs())
    assert off.median() < 0.02


def test_weights_round_trip(host: Host) -> None:
    arguments = inputs(zoo(), ROWS)
    state = {name: value.clone() for name, value in host.state_dict().items()}
    other = Host(copy.deepcopy(zoo().module))
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.zero_()
    assert not torch.equal(other(*arguments), host(*arguments))
    assert not any(other.load_state_dict(state))
    assert torch.equal(other(*arguments), host(*arguments))


class Offer(nn.Module):
    """A policy of numbers with a parameter."""

    def __init__(self) -> None:
        super().__init__()
        self.slope = nn.Parameter(torch.tensor([0.3, -0.2]))

    def forward(self, z: Tensor) -> Tensor:
        return (self.slope[0] * z + self.slope[1]).tanh()


class Lookup(nn.Module):
    """A policy of states that looks up its logits by the number of a state."""

    def __init__(self) -> None:
        super().__init__()
        self.logits = nn.Embedding(3, 2)

    def forward(self, z: Tensor) -> Tensor:
        found: Tensor = self.logits(z)
        return found


def test_a_graph_in_float64_loses_no_digits_in_models_that_are_given() -> None:
    """Finite differences of 1e-6: whatever is rounded to float32 on the way shows."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=100)
    rows = {"z": z, "x": z + rng.normal(size=100), "y": z + rng.normal(size=100)}
    shift = nn.Linear(2, 1)

    def given_values(noise: Tensor, given: Given) -> Tensor:
        return shift(torch.stack([given["z"], given["x"]], 1).to(shift.weight.dtype)).tanh()[:, 0] + noise

    sampler = dofx.compile("P(y | do(x ~ offer(z)))", "z -> {x, y}; x -> y")
    sampler.fit(rows, generators={"y": from_function(given_values)}, progress=False)
    graph = copy.deepcopy(sampler.following({"offer": Offer()}).module).double()
    shift.double()
    noise = {name: value.double() for name, value in graph.draw_noise(20).items()}
    name = next(name for name, _ in graph.named_parameters() if name.endswith("slope"))

    def mean(slope: Tensor) -> Tensor:
        found: Tensor = torch.func.functional_call(graph, {name: slope}, (noise, {}, {}))["y"]
        assert found.dtype == torch.float64
        return found.mean()

    assert torch.autograd.gradcheck(mean, torch.tensor([0.3, -0.2], dtype=torch.float64, requires_grad=True))


def test_a_policy_that_looks_states_up_has_a_gradient_too() -> None:
    rng = np.random.default_rng(0)
    rows = {name: rng.integers(0, size, 300) for name, size in (("z", 3), ("x", 2), ("y", 2))}
    sampler = dofx.compile("P(y | do(x ~ advice(z)))", "z -> {x, y}; x -> y").fit(rows, progress=False)
    advice = Lookup()
    graph = sampler.following({"advice": advice}).relaxed()
    drawn = graph(graph.draw_noise(20_000, torch.Generator().manual_seed(0)), {}, {})
    (slope,) = torch.autograd.grad(drawn["y"][:, 1].mean(), advice.logits.weight)
    chances = advice.logits.weight.detach().double().requires_grad_()
    share = torch.tensor([(rows["z"] == k).mean() for k in range(3)])
    table = torch.tensor(
        [[rows["y"][(rows["z"] == k) & (rows["x"] == j)].mean() for j in (0, 1)] for k in range(3)]
    )
    (expected,) = torch.autograd.grad((share[:, None] * chances.softmax(1) * table).sum(), chances)
    torch.testing.assert_close(slope.double(), expected, rtol=0, atol=0.01)


def test_copies_are_apart(host: Host) -> None:
    arguments = inputs(zoo(), ROWS)
    twin = copy.deepcopy(host)
    assert isinstance(twin.sampler, SamplingGraph)
    assert len(twin.sampler.provenance) == len(zoo().module.provenance)
    assert torch.equal(twin(*arguments), host(*arguments))
    with torch.no_grad():
        for parameter in twin.sampler.parameters():
            parameter.add_(1)
    assert not torch.equal(twin(*arguments), host(*arguments))


def test_hosts_are_pickled_to_other_processes(host: Host) -> None:
    arguments = inputs(zoo(), ROWS)
    assert torch.equal(
        pickle.loads(pickle.dumps(host.sampler))(*arguments)["scan"], host.sampler(*arguments)["scan"]
    )


def test_the_head_trains_while_the_sampler_is_frozen(host: Host) -> None:
    host.sampler.requires_grad_(False)
    before = copy.deepcopy(host.sampler.state_dict())
    optimiser = torch.optim.SGD([p for p in host.parameters() if p.requires_grad], lr=0.01)
    losses = []
    for _ in range(20):
        loss = (host(*inputs(zoo(), ROWS)) - 1).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    assert all(torch.equal(value, before[name]) for name, value in host.sampler.state_dict().items())


def test_a_gradient_that_stops_is_warned_of_where_it_is_asked_for() -> None:
    noise, do, given = inputs(zoo(), ROWS)
    dose = do["dose"].requires_grad_()
    with pytest.warns(GradientWarning) as caught:
        zoo().module(noise, {"dose": dose}, given)
    text = str(caught[0].message)
    assert "the gradient with respect to dose is zero through" in text
    assert "draw mood ~ P(mood | season, dose)" in text
    assert "the choice among atoms in draw cost" in text
    assert caught[0].filename == __file__
    with torch.no_grad():
        zoo().module(noise, {"dose": dose}, given)
    zoo().module(noise, {"dose": dose.detach()}, given)
    zoo().relaxed()(noise, {"dose": dose}, given)
