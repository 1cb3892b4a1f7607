"""A sampler with a draw of every family, and a block of two, for tests of what holds for all of them."""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import torch
from torch import Tensor

import dofx
from dofx.runtime.families import FAMILIES, Family
from dofx.runtime.families.atoms import AtomsGenerator
from dofx.runtime.families.softmax import SoftmaxGenerator
from dofx.runtime.families.spline import SplineGenerator
from dofx.runtime.families.velocities.ddpm import DdpmGenerator
from dofx.runtime.families.velocities.flow_matching import FlowMatchingGenerator
from dofx.runtime.sampler import Sampler
from dofx.runtime.sampling.noise import NoiseStream
from dofx.runtime.sampling.running import noise_laws
from dofx.runtime.training.settings import FitSettings

torch.set_num_threads(1)

GRAPH = """
    season -> {dose, mood, cost, scan}; dose -> {mood, cost, scan, photo, gait}; season -> visit; visit -> cost
    wealth -> cost; mood -> {scan, photo}; cost -> scan; {season, dose} -> {pulse, breath}; pulse <-> breath
"""
QUERY = "P(wealth, visit, mood, cost, scan, photo, gait, pulse, breath | do(dose), season)"
GENERATORS = {
    "wealth": "rows",
    "visit": "table",
    "mood": partial(SoftmaxGenerator, hidden=(8,)),
    "cost": partial(AtomsGenerator, hidden=(8,), bins=4),
    "scan": partial(SplineGenerator, hidden=(8,), bins=4, transforms=1),
    "photo": partial(FlowMatchingGenerator, width=8, steps=2),
    "gait": partial(DdpmGenerator, width=8, steps=2),
    ("pulse", "breath"): partial(SplineGenerator, hidden=(8,), bins=4, transforms=1),
}
"""Small ones: what they are made of is what takes time to export."""


@cache
def zoo() -> Sampler:
    """Interventional samples given a season: finite, mixed, real and vector outcomes of a real dose."""
    rng = np.random.default_rng(0)
    rows = 400
    season = rng.integers(0, 3, rows)
    dose = rng.normal(size=rows) + season
    visit = (rng.random(rows) < 0.2 + 0.2 * season).astype(int)
    mood = (dose + rng.normal(size=rows) > 1).astype(int) + (season == 2)
    cost = np.where(rng.random(rows) < 0.3, 0.0, np.exp(0.3 * dose + 0.3 * rng.normal(size=rows)))
    data = {
        "wealth": np.exp(rng.normal(size=rows)),
        "season": np.array(["dry", "wet", "cold"])[season],
        "dose": dose,
        "visit": visit.astype(bool),
        "mood": mood,
        "cost": cost,
        "photo": (dose + mood)[:, None, None, None] + rng.normal(size=(rows, 1, 4, 4)),
        "scan": np.stack([dose + mood, cost], 1) + 0.1 * rng.normal(size=(rows, 2)),
        "gait": dose[:, None] + rng.normal(size=(rows, 3)),
        "pulse": dose + season + rng.normal(size=rows),
        "breath": dose[:, None] - season[:, None] + rng.normal(size=(rows, 2)),
    }
    sampler = dofx.compile(QUERY, GRAPH)
    assert isinstance(sampler, Sampler)
    sampler.fit(data, generators=GENERATORS, settings=FitSettings(epochs=1), progress=False)
    families = {module.family for module in sampler.modules.values() if isinstance(module, Family)}
    exportable = {family.family for family in FAMILIES if family.unexportable is None}
    assert families == exportable, "a new family joins the zoo"
    _shake(sampler)
    return sampler


def inputs(
    sampler: Sampler, rows: int, seed: int = 0
) -> tuple[dict[str, Tensor], dict[str, Tensor], dict[str, Tensor]]:
    """Noise, and what is set and seen, as the graph of a sampler made here takes them."""
    noise = NoiseStream(seed, noise_laws(sampler.module)).take(rows)
    query, dose, season = sampler.network.query, torch.linspace(-1, 2, rows), torch.arange(rows) % 3
    return noise, dict.fromkeys(query.interventions, dose), dict.fromkeys(query.conditions, season)


@cache
def small() -> Sampler:
    """A sampler of one table and one spline, quick to compile."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    data = {"x": x, "z": (x > 0).astype(int), "y": x + rng.normal(size=200)}
    sampler = dofx.compile("P(z, y | do(x))", "z -> y; x -> y")
    assert isinstance(sampler, Sampler)
    spline = partial(SplineGenerator, hidden=(8,), bins=4)
    sampler.fit(data, generators={"y": spline}, settings=FitSettings(epochs=1), progress=False)
    _shake(sampler)
    return sampler


def _shake(sampler: Sampler) -> None:
    """Move the weights, so that every output depends on every input, as after a long fit."""
    source = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in sampler.module.parameters():
            parameter += 0.1 * torch.randn(parameter.shape, generator=source)
