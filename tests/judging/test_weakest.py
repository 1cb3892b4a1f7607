"""The weakest link: the generator that was broken on purpose is named, and the bound covers what that did."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import dofx
from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.families import Noise
from dofx.runtime.families.table import TableGenerator
from dofx.runtime.judging.links import Link
from dofx.runtime.sampler import Sampler
from dofx.runtime.training.settings import FitReport, FitSettings
from models.worlds import FRONT_DOOR, NAPKIN, Rows, front_door_rows, napkin_rows
from stand_ins.zoo import zoo

WORLDS: dict[str, tuple[SamplingNetwork, Callable[..., tuple[Rows, np.ndarray]]]] = {
    "front-door": (FRONT_DOOR, front_door_rows),
    "napkin": (NAPKIN, napkin_rows),
}
BROKEN = [
    ("front-door", "P(z | x)"),
    ("front-door", "P(y | x, z)"),
    ("napkin", "P(x | w, r)"),
    ("napkin", "P(y | w, r, x)"),
    ("napkin", "Q₁(y | x)"),
]


def blend(sampler: Sampler, text: str, share: float) -> Sampler:
    """The sampler with that share of one table's draws replaced by fair dice."""
    modules = dict(sampler.modules)
    for fit, record in zip(sampler.network.fits, sampler.report or (), strict=True):
        if record.fit == text:
            module = modules[fit]
            assert isinstance(module, TableGenerator)
            worse = TableGenerator(module.target, module.given)
            worse.set_table((1 - share) * module.table + share / module.table.shape[-1])
            modules[fit] = worse
    return sampler.like(modules)


@pytest.mark.parametrize(("world", "text"), BROKEN)
def test_the_broken_generator_is_named_and_the_bound_holds(world: str, text: str) -> None:
    network, make = WORLDS[world]
    rows, truth = make(20_000)
    fresh, _ = make(6_000, seed=9)
    sampler = Sampler(network).fit(rows)
    assert sampler.links(fresh).weakest is None
    broken = blend(sampler, text, 0.5)
    found = broken.links(fresh)
    assert found.weakest is not None
    assert found.weakest.fit == text
    assert f"weakest link: {found.weakest.draw} ~ {text}" in str(found)
    moved = 0.5 * np.abs(broken.distribution().array() - truth).sum(1).mean()
    assert moved <= found.at_most
    assert found.moves <= found.at_most


def test_rows_that_fit_held_out_will_do_and_a_shared_table_counts_for_each_draw() -> None:
    rows, _ = front_door_rows(20_000)
    sampler = Sampler(FRONT_DOOR).fit(rows)
    found = sampler.links()
    assert found.weakest is None
    assert [link.draw for link in found] == ["z", "x′", "y"]
    assert found.at_most < 0.1
    assert str(sampler.links()) == str(found)
    assert "no weakest link" in sampler.explain()


def test_real_variables_and_vectors_are_judged_in_the_same_unit() -> None:
    rng = np.random.default_rng(0)

    def world(rows: int) -> dict[str, np.ndarray]:
        x = rng.normal(size=rows)
        v = np.stack([x + rng.normal(size=rows), rng.normal(size=rows)], axis=1)
        return {"x": x, "v": v, "y": rng.random(rows) < 1 / (1 + np.exp(-v[:, 0]))}

    class Known(nn.Module):
        """A generator that is right up to a shift."""

        def __init__(self, law: str, shift: float) -> None:
            super().__init__()
            self.law = law
            self.noise = Noise((2,) if law == "v" else (), "uniform" if law == "y" else "normal")
            self.shift = shift

        def forward(self, noise: Tensor, given: Tensor) -> Tensor:
            if self.law == "v":
                return torch.stack([given + noise[:, 0] + self.shift, noise[:, 1]], dim=1)
            return (noise < torch.sigmoid(given[:, 0] + self.shift)).long()

        def fit(self, target: Tensor, given: object, settings: FitSettings) -> FitReport:
            return FitReport(None, 0, len(target), 0.0)

    draws = (Draw.of("v", "v", (("x", "x"),)), Draw.of("y", "y", (("v", "v"),)))
    network = SamplingNetwork(
        Query.of(("y",), ("x",)), (Stage("answer", (("x", "x"),), draws, (("y", "y"),)),)
    )

    def weakest(v: float, y: float) -> Link | None:
        generators = {"v": Known("v", v), "y": Known("y", y)}
        return Sampler(network).fit(world(2_000), generators=generators).links(world(4_000)).weakest

    assert weakest(0, 0) is None
    found = weakest(0.5, 0.2)
    assert found is not None
    assert found.draw == "v"
    assert 0.1 < found.moves < 0.25  # the truth is 0.197, and it is seen in 8 bins
    found = weakest(0, 1.0)
    assert found is not None
    assert found.draw == "y"


def test_where_no_row_is_near_nothing_is_known() -> None:
    rng = np.random.default_rng(0)
    z = rng.random(4_000) < 0.5
    x = z & (rng.random(4_000) < 0.5)
    y = rng.random(4_000) < 0.2 + 0.3 * x + 0.3 * z
    sampler = dofx.compile("P(y | do(x = true))", "z -> {x, y}; x -> y").fit({"x": x, "y": y, "z": z})
    assert isinstance(sampler, Sampler)
    weakest = sampler.links().weakest
    assert weakest is not None
    assert weakest.draw == "y"
    assert 0.4 < weakest.comparison.beyond < 0.6  # x is never set where z is not


def test_images_are_drawn_but_not_judged() -> None:
    found = zoo().links()
    assert found.unjudged == ("photo",)
    assert {link.draw for link in found} == {"visit", "mood", "cost", "scan", "gait", "breath"}
    assert str(found).endswith("; not judged: photo")


@pytest.mark.parametrize(("count", "epochs"), [(5, 1), (60, 0)])
def test_without_rows_held_out_nothing_is_judged(count: int, epochs: int) -> None:
    x = np.random.default_rng(0).normal(size=count)
    rows = {"x": x, "y": x + 1.5 * (x > 0)}
    sampler = dofx.compile("P(y | do(x))", "x -> y").fit(rows, progress=False, epochs=epochs)
    assert "held-out rows" not in sampler.explain()
    with pytest.raises(DofxError, match="fitting held out no rows"):
        sampler.links()
    assert len(sampler.links(rows).links) == 1
