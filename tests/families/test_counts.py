"""Whole numbers are drawn whole, and what is never negative is never drawn so."""

from typing import Any

import pytest
import torch
from torch import Tensor

from dofx.runtime.families.atoms import AtomsGenerator
from dofx.runtime.families.spline import SplineGenerator
from dofx.runtime.families.velocities.ddpm import DdpmGenerator
from dofx.runtime.families.velocities.flow_matching import FlowMatchingGenerator
from dofx.runtime.training.settings import FitSettings
from dofx.runtime.variables import Real


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def counts(kind: str, rows: int = 3_000) -> Tensor:
    """Counts of events of some laws."""
    rates = {"few": 4.0, "many": 40.0, "spread": 30.0}[kind]
    source = torch.Generator().manual_seed(0)
    rate = torch.full((rows,), rates)
    if kind == "spread":
        rate = rate * -torch.rand(rows, generator=source).clamp(min=1e-6).log()
    return torch.poisson(rate, generator=source)


@pytest.mark.parametrize("family", [SplineGenerator, AtomsGenerator, FlowMatchingGenerator, DdpmGenerator])
@pytest.mark.parametrize("kind", ["few", "many", "spread"])
def test_counts_come_out_as_counts(family: Any, kind: str) -> None:
    """A third of drawn counts used to be fractions, and some below zero."""
    rows = counts(kind)
    vectors = family in (FlowMatchingGenerator, DdpmGenerator)
    generator = family(Real((1,)) if vectors else Real(), [Real()])
    target = rows.unsqueeze(1) if vectors else rows
    generator.fit(target, [rows + normal(len(rows))], FitSettings(epochs=5))
    given = rows.repeat(3)[:5_000]
    with torch.no_grad():
        drawn = generator(normal(5_000, *generator.noise.shape), given).reshape(-1)
    assert torch.equal(drawn, drawn.round())
    assert float(drawn.min()) >= 0
    assert float((drawn - given).abs().mean()) < 2 * float(rows.std())


def test_a_gradient_passes_the_rounding_of_counts() -> None:
    rows = counts("many")
    generator = SplineGenerator(Real(), [Real()])
    generator.fit(rows, [rows + normal(len(rows))], FitSettings(epochs=20))
    given = torch.full((500,), 40.0, requires_grad=True)
    generator(normal(500), given).sum().backward()
    assert given.grad is not None
    assert float(given.grad.mean()) > 0.1


def test_a_column_that_is_never_negative_has_no_negative_samples() -> None:
    """The lowest value recurs: spread for training, it went below zero and took the samples with it."""
    waits = torch.cat([torch.zeros(15), (normal(1_500, seed=3)).exp()])
    generator = SplineGenerator(Real(), [])
    generator.fit(waits, [], FitSettings(epochs=5))
    with torch.no_grad():
        drawn = generator(normal(50_000))
    assert float(drawn.min()) >= 0
    assert not torch.equal(drawn, drawn.round())


def test_only_whole_columns_of_a_vector_are_drawn_whole() -> None:
    rows = torch.stack([counts("many"), normal(3_000)], dim=1)
    generator = SplineGenerator(Real((2,)), [])
    generator.fit(rows, [], FitSettings(epochs=3))
    with torch.no_grad():
        drawn = generator(normal(1_000, 2))
    assert torch.equal(drawn[:, 0], drawn[:, 0].round())
    assert not torch.equal(drawn[:, 1], drawn[:, 1].round())
