"""Several draws by one generator: the same distribution, one call, and what the order does not allow."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

import dofx
from dofx.compiler.printers.network.text import parse_network
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.families import Noise
from dofx.runtime.families.joint import split
from dofx.runtime.families.spline import SplineGenerator
from dofx.runtime.families.velocities.flow_matching import FlowMatchingGenerator
from dofx.runtime.faster.batching import batched
from dofx.runtime.sampler import Sampler
from dofx.runtime.sampling.noise import NoiseStream
from dofx.runtime.sampling.running import noise_laws
from dofx.runtime.training.settings import FitSettings
from dofx.runtime.variables import Real, VariableType
from models.worlds import NAPKIN
from stand_ins.elsewhere import Elsewhere

torch.set_num_threads(1)

SPLINE = partial(SplineGenerator, hidden=(16,), bins=6, transforms=1)
GRAPH = "a -> x -> y; a -> y; x <-> y"
QUERY = "P(x, y | do(a))"
SLOPES = torch.tensor([0.7, 0.2])


def confounded(rows: int, seed: int = 0) -> dict[str, Tensor]:
    """Rows of x of two numbers and y, with a common cause, both Gaussian and linear in a."""
    source = torch.Generator().manual_seed(seed)
    noise = torch.randn(rows, 6, generator=source)
    a, u = noise[:, 0], noise[:, 1:3]
    x = a[:, None] * torch.tensor([1.0, -0.5]) + u + 0.5 * noise[:, 3:5]
    return {"a": a, "x": x, "y": x @ SLOPES + 0.3 * a + u.sum(1) + 0.5 * noise[:, 5]}


def napkin(rows: int, seed: int = 0) -> dict[str, Tensor]:
    """Rows of w -> r -> x -> y, x <-> w <-> y with x and w of two numbers: E[y | do(x)] is x · SLOPES."""
    source = torch.Generator().manual_seed(seed)
    noise = torch.randn(rows, 10, generator=source)
    u, v = noise[:, :2], noise[:, 2:4]
    w = u + v + 0.3 * noise[:, 4:6]
    r = 0.7 * w.sum(1) + noise[:, 6]
    x = r[:, None] * torch.tensor([0.6, 0.3]) + u + 0.5 * noise[:, 7:9]
    return {"w": w, "r": r, "x": x, "y": x @ SLOPES + v.sum(1) + 0.5 * noise[:, 9]}


@cache
def block() -> Sampler:
    """Draws x and y as one block, barely trained."""
    sampler = dofx.compile(QUERY, GRAPH)
    assert isinstance(sampler, Sampler)
    return sampler.fit(confounded(400), generators={("x", "y"): SPLINE}, epochs=2, progress=False)


def drawn(sampler: Sampler, rows: int, a: float = 1.0, **options: int) -> Tensor:
    """Samples of x and y side by side, ``(rows, 3)``."""
    samples = sampler.sample(rows, do={"a": a}, seed=1, **options)
    return torch.cat([samples["x"], samples["y"][:, None]], 1)


def test_a_block_has_the_joint_distribution() -> None:
    """Means and covariances within 0.1 of the truth, in standard deviations; x and y correlate by 0.8; seed 0."""
    sampler = dofx.compile(QUERY, GRAPH)
    sampler.fit(confounded(6_000), generators={("x", "y"): SPLINE}, epochs=60, progress=False)
    cross = 1.25 * SLOPES + 1
    variance = 1.25 * SLOPES.square().sum() + 2 * SLOPES.sum() + 2.25
    covariance = torch.tensor([[1.25, 0, cross[0]], [0, 1.25, cross[1]], [cross[0], cross[1], variance]])
    scale = covariance.diagonal().sqrt()
    for a in (-1.0, 1.0):
        found, mean = drawn(sampler, 20_000, a) / scale, a * torch.tensor([1.0, -0.5, 0.9]) / scale
        torch.testing.assert_close(found.mean(0), mean, atol=0.1, rtol=0)
        torch.testing.assert_close(found.T.cov(), covariance / torch.outer(scale, scale), atol=0.1, rtol=0)


def test_a_refit_learns_from_rows_whose_x_and_y_are_one_block() -> None:
    """The napkin: the effect of x on y within 0.1 of 0.9, where what is seen is off by more than 0.3; seed 0."""
    rows = napkin(6_000)
    sampler = dofx.compile("P(y | do(x))", "w -> r -> x -> y; x <-> w <-> y")
    sampler.fit(rows, generators={("x", "y"): SPLINE, "y": SPLINE}, epochs=60, progress=False)
    assert [record.fit for record in sampler.report] == ["P(w)", "P(x, y | w, r)", "Q₁(y | x)"]
    assert [record.family for record in sampler.report] == ["rows", "spline", "spline"]
    low, high = (sampler.sample(20_000, do={"x": [x, x]}, seed=0)["y"].mean() for x in (-0.5, 0.5))
    assert (high - low).item() == pytest.approx(SLOPES.sum().item(), abs=0.1)
    seen = torch.linalg.lstsq(rows["x"], rows["y"]).solution.sum().item()
    assert abs(seen - SLOPES.sum().item()) > 0.3


def test_one_call_draws_a_block() -> None:
    module = block().module
    calls = [node for node in module.graph.nodes if node.op == "call_module"]
    assert [(call.name, call.target) for call in calls] == [("x_y", "generators.x_y_given_a")]
    assert {id: law.shape for id, law in noise_laws(module).items()} == {"x": (3,)}
    assert list(module.draw_noise(4)) == ["x"]
    assert len(list(module.generators.children())) == 1


def test_the_generator_of_a_block_makes_all_of_it_from_one_noise() -> None:
    sampler = block()
    noise, a = torch.randn(7, 3, generator=torch.Generator().manual_seed(0)), torch.linspace(-1, 1, 7)
    rows = sampler.module({"x": noise}, {"a": a}, {})
    (fit,) = sampler.network.fits
    x, y = sampler.modules[fit](noise, a)
    assert torch.equal(x, rows["x"])
    assert torch.equal(y, rows["y"])


def test_a_row_alone_is_drawn_again() -> None:
    whole = drawn(block(), 50)
    torch.testing.assert_close(drawn(block(), 1, start=41), whole[41:42])


def test_a_block_is_no_real_row_nor_is_what_reads_it() -> None:
    source = torch.Generator().manual_seed(0)
    rows = dict(zip("xyw", torch.randn(3, 200, generator=source), strict=True))
    sampler = dofx.compile("P(x, y, w)", "x -> y -> w; x -> w")

    def families(*block: str) -> dict[str, str]:
        sampler.fit(rows, generators={block: SPLINE}, epochs=1, progress=False)
        return {record.fit: record.family for record in sampler.report}

    assert families("x") == {"P(x)": "spline", "P(y | x)": "atoms", "P(w | x, y)": "atoms"}
    assert families("x", "y") == {"P(x, y)": "spline", "P(w | x, y)": "atoms"}
    assert families("w", "y") == {"P(x)": "rows", "P(y, w | x)": "spline"}
    assert families("y", "x", "w") == {"P(x, y, w)": "spline"}
    assert [node.args[1] for node in sampler.module.graph.nodes if node.name in "xyw"] == [0, 1, 2]


def test_blocks_are_copied_draw_by_draw() -> None:
    """Two blocks of one generator in a stage have noise of their own."""
    network = parse_network(
        "network P(y, z | do(a))\nanswer (y, z ‖ a)\n  x ~ P(x | a)\n  x' ~ P(x | a)\n  y ~ P(y | a, x)\n"
        "  y' ~ P(y | a, x = x')\n  z ~ P(z | x = x', y = y')"
    )
    rows = {**confounded(300), "z": torch.randn(300, generator=torch.Generator().manual_seed(9))}
    sampler = Sampler(network).fit(rows, generators={("x", "y"): SPLINE}, epochs=1, progress=False)
    assert list(noise_laws(sampler.module)) == ["x", "x'", "z"]
    noise = NoiseStream(0, noise_laws(sampler.module)).take(5)
    a = {"a": torch.zeros(5)}
    before = sampler.module(noise, a, {})
    after = sampler.module({**noise, "x'": noise["x'"] + 1}, a, {})
    assert torch.equal(before["y"], after["y"])
    assert not torch.equal(before["z"], after["z"])


def test_saved_and_loaded(tmp_path: Path) -> None:
    block().save(tmp_path / "block")
    loaded = dofx.load(tmp_path / "block")
    assert torch.equal(drawn(loaded, 20), drawn(block(), 20))
    assert str(loaded.module.provenance) == str(block().module.provenance)
    assert [record.fit for record in loaded.report] == ["P(x, y | a)"]


def test_a_query_that_needs_the_first_alone_is_served_by_the_block(tmp_path: Path) -> None:
    """A program trains the block once, and each of its queries can be saved."""
    program = dofx.compile(f"graph {{ {GRAPH} }}\nquery both = {QUERY}\nquery one = P(x | do(a))")
    program.fit(confounded(400), generators={("x", "y"): SPLINE}, epochs=2, progress=False)
    assert [record.fit for record in program.report] == ["P(x, y | a)"]
    assert [record.fit for record in program["one"].report] == ["P(x, y | a)"]
    one = program["one"].sample(10, do={"a": 1.0}, seed=0)["x"]
    assert torch.equal(one, program["both"].sample(10, do={"a": 1.0}, seed=0)["x"])
    program["one"].save(tmp_path / "one")
    assert torch.equal(dofx.load(tmp_path / "one").sample(10, do={"a": 1.0}, seed=0)["x"], one)
    assert [link.fit for link in program["one"].links()] == ["P(x, y | a)"]


def test_kept_in_a_cache_beside_the_same_fits_alone(tmp_path: Path) -> None:
    def reused(generators: dict[object, object]) -> list[bool]:
        sampler = dofx.compile(QUERY, GRAPH)
        sampler.fit(confounded(300), generators=generators, epochs=1, cache=tmp_path, progress=False)
        return [record.reused for record in sampler.report]

    assert reused({("x", "y"): SPLINE}) == [False]
    assert reused({("y", "x"): SPLINE}) == [True]
    assert reused({"x": SPLINE, "y": SPLINE}) == [False, False]


def test_equal_wherever_it_is_trained() -> None:
    rows, generators = napkin(300), {("x", "y"): SPLINE, "y": SPLINE}
    here, there = (
        Sampler(NAPKIN).fit(rows, generators=generators, epochs=1, progress=False, engine=engine)
        for engine in (None, Elsewhere(3))
    )
    for fit in here.network.fits:
        state = here.modules[fit].state_dict()
        assert all(torch.equal(value, state[name]) for name, value in there.modules[fit].state_dict().items())


def test_replicates_of_a_block() -> None:
    replicates = block().bootstrap(confounded(300), 2, generators={("x", "y"): SPLINE}, epochs=1)
    first, second = (drawn(replicate, 5) for replicate in replicates)
    assert not torch.equal(first, second)
    assert all(len(noise_laws(replicate.module)) == 1 for replicate in replicates)


class Pair(nn.Module):
    """A custom generator of three stacked numbers, normal about their means."""

    def __init__(self) -> None:
        super().__init__()
        self.noise = Noise((3,), "normal")
        self.register_buffer("mean", torch.zeros(3))

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        return noise + self.mean  # type: ignore[operator]

    def fit(self, target: Tensor, given: Sequence[Tensor], settings: FitSettings) -> None:
        self.mean = target.mean(0)

    def joined(self, types: Sequence[VariableType]) -> nn.Module:
        return Apart(self, types)


class Apart(nn.Module):
    """The variables that are stacked in the value of a `Pair`."""

    def __init__(self, whole: Pair, types: Sequence[VariableType]) -> None:
        super().__init__()
        self.whole, self.types, self.noise = whole, tuple(types), whole.noise
        self.stacked_type = Real((3,))

    def split(self, value: Tensor) -> tuple[Tensor, ...]:
        return split(value, self.types)

    def forward(self, noise: Tensor, *given: Tensor) -> tuple[Tensor, ...]:
        return self.split(self.whole(noise, *given))


def test_a_custom_generator_that_can_split_its_values_draws_several_variables(tmp_path: Path) -> None:
    rows = confounded(300)
    sampler = dofx.compile(QUERY, GRAPH).fit(rows, generators={("x", "y"): Pair()}, progress=False)
    found = sampler.sample(20_000, do={"a": 0.0}, seed=0)
    assert found["x"].shape == (20_000, 2)
    for name in "xy":  # standard error 0.007
        assert torch.allclose(found[name].mean(0), rows[name].mean(0), atol=0.04)
    sampler.save(tmp_path / "bundle")
    with pytest.raises(DofxError, match="E0607"):
        dofx.load(tmp_path / "bundle")
    again = dofx.load(tmp_path / "bundle", generators={"x": Pair()})
    assert torch.equal(again.sample(5, do={"a": 0.0}, seed=0)["x"], found["x"][:5])


def test_judged_as_one() -> None:
    (link,) = block().links()
    assert (link.draw, link.fit, link.comparison.rows) == ("x", "P(x, y | a)", 40)
    assert "P(x, y | a)  spline" in block().explain()


def test_draws_beside_a_block_still_share_a_call() -> None:
    rows = confounded(300)
    rows |= {name: rows["a"] + torch.randn(300, generator=torch.Generator().manual_seed(5)) for name in "bc"}
    sampler = dofx.compile("P(x, y, b, c | do(a))", f"{GRAPH}; a -> b; a -> c")
    sampler.fit(rows, generators={("x", "y"): SPLINE, "b": SPLINE, "c": SPLINE}, epochs=1, progress=False)
    together = batched(sampler.module)
    assert together is not None
    noise = NoiseStream(0, noise_laws(sampler.module)).take(6)
    inputs = noise, {"a": torch.linspace(-1, 1, 6)}, {}
    for name, value in sampler.module(*inputs).items():
        torch.testing.assert_close(together(*inputs)[name], value)


@pytest.mark.parametrize("bytes", [False, True])
def test_images_are_stacked_by_channels(bytes: bool, tmp_path: Path) -> None:
    source = torch.Generator().manual_seed(0)
    pixels = torch.rand(40, 4, 4, 4, generator=source)
    pixels = (255 * pixels).to(torch.uint8) if bytes else pixels
    rows = {**napkin(40), "x": pixels[:, :3], "y": pixels[:, 3:]}
    sampler = dofx.compile("P(y | do(x))", "w -> r -> x -> y; x <-> w <-> y")
    flow = partial(FlowMatchingGenerator, width=8, steps=1)
    settings = FitSettings(epochs=1, sheets=tmp_path)
    sampler.fit(rows, generators={("x", "y"): flow, "y": flow}, settings=settings, progress=False)
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["2-x_y", "3-y"]
    joint = sampler.modules[sampler.network.fits[1]]
    assert str(joint.generator.target) == f"image(4, 4, 4{', ' + repr('uint8') if bytes else ''})"
    assert sampler.links().unjudged == ("x", "y")
    y = sampler.sample(3, do={"x": rows["x"][:3]}, seed=0)["y"]
    assert (y.dtype, y.shape) == (rows["y"].dtype, (3, 1, 4, 4))


def test_a_condition_that_makes_no_difference_is_no_obstacle() -> None:
    """The pass `blanket` drops a from P(y | x), because y depends on it through x alone; the graph says so."""
    sampler = dofx.compile(QUERY, "a -> x -> y")
    assert [draw.reads for draw in sampler.network.draws] == [("a",), ("x",)]
    sampler.fit(confounded(100), generators={("x", "y"): SPLINE}, epochs=1, progress=False)
    assert [record.fit for record in sampler.report] == ["P(x, y | a)"]
